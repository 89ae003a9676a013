import re
from datetime import date

from odoo import models
from odoo.tools import DEFAULT_SERVER_DATE_FORMAT

from odoo.addons.base_import.models.base_import import DATE_PATTERNS, to_re

from ..logic.birthdate import gregorian
from ..logic.import_cell import THAI_ENCODING, date_of, is_thai, plain_digits, whole_number

NUMBER_FIELDS = ("member_number", "member_number_ids/number")
PREVIEW_ROWS = 1000  # ten birth dates may not tell the day from the month
DATE_LIKE = re.compile(r"\d{1,4}([ /.-])\d{1,2}\1\d{1,4}")


class BaseImportImport(models.TransientModel):
    """How the files of customers are read that Thai offices and their spreadsheets write."""

    _inherit = "base_import.import"

    def parse_preview(self, options, count=10):
        if self._is_of_customers():
            count = max(count, PREVIEW_ROWS)
        return super().parse_preview(options, count=count)

    def _read_csv(self, options):
        if self._is_of_customers() and not options.get("encoding") and is_thai(self.file or b""):
            options["encoding"] = THAI_ENCODING
        return super()._read_csv(options)

    def _try_match_date_time(self, preview_values, options):
        """Find the format also of a column in which some of the cells hold no date."""
        if not self._is_of_customers():
            return super()._try_match_date_time(preview_values, options)
        values = [plain_digits(v) if isinstance(v, str) else v for v in preview_values]
        found = super()._try_match_date_time(values, options)
        return found or self._match_most_dates(values, options)

    def _match_most_dates(self, values, options):
        texts = [value.strip() for value in values if isinstance(value, str) and value.strip()]
        dates = [text for text in texts if DATE_LIKE.fullmatch(text)]
        if 2 * len(dates) <= len(texts):
            return []
        of_user = self.env["res.lang"]._get_data(code=self.env.user.lang).date_format
        patterns = [of_user, *DATE_PATTERNS] if of_user in DATE_PATTERNS else DATE_PATTERNS
        matches = {one: sum(bool(to_re(one).match(text)) for text in dates) for one in patterns}
        best = max(patterns, key=matches.get)
        if 2 * matches[best] <= len(dates):
            return []
        options["date_format"] = best
        return ["date", "datetime"]

    def _parse_import_data(self, data, import_fields, options):
        if self._is_of_customers():
            for name in set(NUMBER_FIELDS).intersection(import_fields):
                index = import_fields.index(name)
                for line in data:
                    if isinstance(line[index], str):
                        line[index] = whole_number(line[index])
        return super()._parse_import_data(data, import_fields, options)

    def _parse_date_from_data(self, data, index, name, field_type, options):
        """Read dates of both eras; a cell without one is left for its row to be refused."""
        if self._is_of_customers() and field_type == "date":
            date_format = options.get("date_format") or DEFAULT_SERVER_DATE_FORMAT
            for line in data:
                line[index] = _read_date(line[index], date_format)
            if options.get("keep_good_rows"):
                return
        super()._parse_date_from_data(data, index, name, field_type, options)


def _read_date(value, date_format):
    """Return the Gregorian date that a cell means, or the cell itself."""
    if isinstance(value, date):
        return gregorian(value)
    return date_of(value, date_format) or value if value else value
