from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..logic.birthdate import fault_of, gregorian


class CrmBornPerson(models.AbstractModel):
    """Somebody with a birth date that one can rely on."""

    _name = "crm.born.person"
    _description = "Person with a Birth Date"

    birthdate = fields.Date(copy=False)

    @api.constrains("birthdate")
    def _check_birthdate(self):
        messages = {
            "future": self.env._("A birth date cannot lie in the future: correct the year."),
            "old": self.env._("Nobody is as old as this: correct the year of the birth date."),
        }
        today = fields.Date.context_today(self)
        for person in self.filtered("birthdate"):
            fault = fault_of(person.birthdate, today)
            if fault:
                raise ValidationError(messages[fault])

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_gregorian_birthdate(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._with_gregorian_birthdate(vals))

    @api.model
    def _with_gregorian_birthdate(self, vals) -> dict:
        """Return the values with a year of the Buddhist era, as Thais write it, turned."""
        if not vals.get("birthdate"):
            return vals
        return {**vals, "birthdate": gregorian(fields.Date.to_date(vals["birthdate"]))}
