from odoo import fields, models


class ResCompany(models.Model):
    """For how long a purchase counts as the effect of a contact."""

    _inherit = "res.company"

    effect_days = fields.Integer(
        string="Response Window (Days)",
        default=30,
        required=True,
        help="Purchases on the day of a contact, and so many days after it, count as its effect.",
    )

    _effect_days_range = models.Constraint(
        "CHECK (effect_days BETWEEN 1 AND 365)",
        "The response window has 1 to 365 days: correct the number.",
    )
