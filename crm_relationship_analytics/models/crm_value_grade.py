from odoo import api, fields, models


class CrmValueGrade(models.Model):
    """A grade may be that of customers who cost more than they bring, and of nobody else."""

    _inherit = "crm.value.grade"

    is_for_negative = fields.Boolean(
        string="Costs More than He Brings",
        tracking=True,
        help="Customers with a negative net contribution have this grade, whatever else they would"
        " have reached; nobody else gets it by rule, and its bound does not count.",
    )

    @api.constrains("is_for_negative")
    def _check_order_of_other_bounds(self):
        """Refuse a grade that takes its place among the others again, where it does not fit."""
        self._check_order_of_bounds()

    def write(self, vals):
        result = super().write(vals)
        if "is_for_negative" in vals:
            self.env["crm.value.policy"]._rules_changed()
        return result
