from psycopg2 import DataError, IntegrityError

from odoo import api, models
from odoo.exceptions import UserError

from ..logic.import_cell import is_shortened
from ..logic.member_number import fault_of, lacks_zeros, normalise

IMPORT_BATCH = 200  # one bad row costs about as much as three times as many good ones


class ResPartner(models.Model):
    """Contacts from a file: each bad row is refused with the reason, the good ones come in."""

    _inherit = "res.partner"

    @api.model
    def get_import_templates(self):
        template = "/crm_relationship/static/xls/customers_import_template.xlsx"
        label = self.env._("Import Template for Customers with Member Numbers")
        return [{"label": label, "template": template}, *super().get_import_templates()]

    @api.model
    def _convert_records(self, records, *, log=lambda message: None, savepoint):
        refusals = self.env.context.get("import_refusals")
        if refusals:
            log, savepoint = refusals.log_or(log), refusals.watch(savepoint)
        return super()._convert_records(records, log=log, savepoint=savepoint)

    def _load_records(self, data_list, update=False):
        refusals = self.env.context.get("import_refusals")
        if not refusals:
            return super()._load_records(data_list, update)
        self._refuse_bad_numbers(data_list, refusals)
        good = [data for data in data_list if not refusals.include(data["info"]["record"])]
        return self._load_good(good, update, refusals)

    def _load_good(self, data_list, update, refusals):
        """Load rows in batches and refuse the bad ones; return the records of the others.

        A bad row is looked for by halves of its batch. After one the batches begin again with a
        single row and double, so that a file full of bad rows costs one attempt for each.
        """
        loaded, start, size, end = [], 0, IMPORT_BATCH, 0
        while start < len(data_list):
            if start < end:  # a bad row is before this end
                size = (end - start + 1) // 2
            batch = data_list[start : start + size]
            records, fault = self._try_to_load(batch, update)
            if fault and len(batch) > 1:
                end = start + len(batch)
                continue
            if fault:
                self._refuse_row(batch[0], refusals, fault)
            loaded.append(records)
            start += len(batch)
            end = 0 if fault else end
            size = 1 if fault else min(2 * size, IMPORT_BATCH)
        return self.browse().concat(*loaded)

    def _try_to_load(self, data_list, update):
        """Return the records of rows, or none of them and the sentence that says why."""
        # Loading takes properties out of the values: a second attempt needs them again.
        attempt = [{**data, "values": dict(data["values"])} for data in data_list]
        try:
            with self.env.cr.savepoint():
                # past our own override, which has looked through the rows already
                loaded = super()._load_records(attempt, update)  # pylint: disable=super-method-mismatch
                return loaded, None
        except (UserError, ValueError, IntegrityError, DataError) as error:
            return self.browse(), self._import_sentence(error)

    def _import_sentence(self, error):
        """Return what the user reads of a row that could not be stored."""
        if isinstance(error, UserError):
            return str(error)
        if isinstance(error, ValueError):
            return self.env._("This row cannot be stored: %(reason)s", reason=str(error))
        return self._sql_error_to_message(error)

    @api.model
    def _refuse_row(self, data, refusals, sentence, **details):
        refusals.add({**data["info"], "type": "error", "message": sentence, **details})

    def _refuse_bad_numbers(self, data_list, refusals):
        """Refuse the rows whose member number is mistyped or taken, all at once.

        A file that is imported a second time has thousands of them.
        """
        number_by_row = {
            data["info"]["record"]: normalise(data["values"]["member_number"])
            for data in data_list
            if data["values"].get("member_number")
        }
        if not number_by_row:
            return
        self.env["crm.member.number"].check_access("create")
        formats = self._import_number_formats()
        taken = self._taken_numbers(list(number_by_row.values()))
        for data in data_list:
            number = number_by_row.get(data["info"]["record"])
            if not number:
                continue
            is_new = not data["xml_id"] and not data["values"].get("id")
            if _is_faulty(number, formats) or (is_new and number in taken):
                sentence = self._number_sentence(data["values"]["member_number"], formats)
                self._refuse_row(data, refusals, sentence, field="member_number")

    @api.model
    def _import_number_formats(self):
        schemes = self.env["crm.member.scheme"]._of_company(self.env.company)
        return [scheme._format() for scheme in schemes]

    @api.model
    def _taken_numbers(self, numbers):
        # sudo: a number is taken also when its owner belongs to another company
        taken = self.env["crm.member.number"].sudo().search([("number", "in", numbers)])
        return set(taken.mapped("number"))

    @api.model
    def _number_sentence(self, typed, formats):
        """Return the sentence that says why a member number of a file is refused."""
        if is_shortened(typed):
            return self.env._(
                "A spreadsheet shortened the member number to %(number)s: format the column as"
                " text there, and enter the number again.",
                number=typed,
            )
        number = normalise(typed)
        sentence = self._number_fault(number, formats)
        if not any(lacks_zeros(number, number_format) for number_format in formats):
            return sentence
        hint = self.env._(
            "If a spreadsheet cut off the zeros in front, format the column as text there, and"
            " enter the number again."
        )
        return f"{sentence} {hint}"

    @api.model
    def _number_fault(self, number, formats):
        Number = self.env["crm.member.number"]
        try:
            if _is_faulty(number, formats):
                Number._schemes_of([number])
            Number._check_free([number])
        except UserError as error:
            return str(error)
        return None


def _is_faulty(number, formats):
    return all(fault_of(number, number_format) for number_format in formats)
