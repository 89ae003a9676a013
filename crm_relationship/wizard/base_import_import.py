import base64
import io
from datetime import date

import xlsxwriter

from odoo import api, fields, models

from ..logic.import_refusals import ImportRefusals

CUSTOMER_MODEL = "res.partner"
READING_OPTIONS = ("encoding", "separator", "quoting", "sheet", "has_headers")
SHOWN_ROWS = 100
COLUMN_WIDTH = 20


class BaseImportImport(models.TransientModel):
    """An import of customers that keeps the good rows of a file and tells why it refused others."""

    _inherit = "base_import.import"

    refusal = fields.Json(help="The refused rows, and how the file is to be read for them.")
    refused_file = fields.Binary(string="Refused Rows", compute="_compute_refused_file")

    @api.depends("refusal", "file")
    def _compute_refused_file(self):
        for wizard in self:
            wizard.refused_file = bool(wizard.refusal) and wizard._refused_rows_as_xlsx()

    def write(self, vals):
        if "file" in vals:
            vals = {**vals, "refusal": False}
        return super().write(vals)

    def execute_import(self, fields, columns, options, dryrun=False):
        if not (self._is_of_customers() and options.get("keep_good_rows")):
            return super().execute_import(fields, columns, options, dryrun)
        reading = {name: options[name] for name in READING_OPTIONS if name in options}
        skip = int(options.get("skip") or 0)
        refusals = ImportRefusals()
        keeping = super(BaseImportImport, self.with_context(import_refusals=refusals))
        result = keeping.execute_import(fields, columns, options, dryrun)
        if result["messages"]:
            return result
        rows = self._refused_rows(refusals, skip, bool(options.get("has_headers")), result["name"])
        before = [row for row in (self.refusal or {}).get("rows", ()) if row["index"] < skip]
        self.refusal = {"fields": fields, "reading": reading, "rows": [*before, *rows]}
        return self._without_refused_files(result, refusals) | {
            "refused": {
                "count": len(before) + len(rows),
                "rows": [*before, *rows][:SHOWN_ROWS],
                "faults": self._faults_of_columns(refusals),
            }
        }

    def _is_of_customers(self):
        """Hook: tell whether this import is one of customers."""
        return self.res_model == CUSTOMER_MODEL

    @api.model
    def _refused_rows(self, refusals, skip, has_headers, names):
        """Return what is shown of each refused row; the first row of the file is row 1."""
        rows = []
        for faults in refusals.faults.values():
            first = skip + faults[0]["rows"]["from"]
            rows.append(
                {
                    "index": first,
                    "last": skip + faults[0]["rows"]["to"],
                    "row": first + has_headers + 1,
                    "name": names[first] if first < len(names) else "",
                    "reason": " ".join(self._reason_of(fault) for fault in faults),
                }
            )
        return sorted(rows, key=lambda row: row["index"])

    @api.model
    def _faults_of_columns(self, refusals):
        """Return the faults beside whose columns core offers to create or to skip the value."""
        faults = [fault for faults in refusals.faults.values() for fault in faults]
        return [fault for fault in faults if fault.get("moreinfo")][:SHOWN_ROWS]

    @api.model
    def _reason_of(self, fault):
        """Return the sentence of a fault, with the values that would have been right."""
        choice = fault.get("moreinfo")
        if not isinstance(choice, list):
            return fault["message"]
        return self.env._(
            "%(reason)s; choose one of: %(values)s.",
            reason=fault["message"],
            values=", ".join(map(str, choice)),
        )

    @api.model
    def _without_refused_files(self, result, refusals):
        """Return the result with the names of files and images beside the records they are of."""
        refused = {
            index
            for faults in refusals.faults.values()
            for index in range(faults[0]["rows"]["from"], faults[0]["rows"]["to"] + 1)
        }
        if not refused or "binary_filenames" not in result:
            return result
        kept = {
            name: [value for index, value in enumerate(values) if index not in refused]
            for name, values in result["binary_filenames"].items()
        }
        return result | {"binary_filenames": kept}

    def _refused_rows_as_xlsx(self):
        """Return the refused rows as a file to mend and import: as they were, with the reason."""
        self.ensure_one()
        headers, rows = self._rows_of_file()
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            sheet = book.add_worksheet()
            sheet.set_column(0, len(headers or rows[0]), COLUMN_WIDTH)
            lines = [[*headers, self.env._("Refused because")]] if headers else []
            for refused in self.refusal["rows"]:
                first, *more = rows[refused["index"] : refused["last"] + 1]
                lines += [[*first, refused["reason"]], *more]
            for line, values in enumerate(lines):
                for column, value in enumerate(values):
                    if isinstance(value, date):
                        sheet.write_datetime(line, column, value, day)
                    else:
                        sheet.write_string(line, column, str(value))
        return base64.b64encode(content.getvalue())

    def _rows_of_file(self):
        """Return the header and the rows that the import counts, with their unmapped columns."""
        _length, rows = self._read_file(dict(self.refusal["reading"]))
        headers = rows.pop(0) if self.refusal["reading"].get("has_headers") else []
        mapped = [index for index, field in enumerate(self.refusal["fields"]) if field]
        return headers, [row for row in rows if any(row[index] for index in mapped)]
