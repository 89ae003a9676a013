from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmCustomerInterest(models.Model):
    """That a customer likes or dislikes something, and how we know."""

    _name = "crm.customer.interest"
    _description = "Customer Interest"
    _order = "attitude desc, id"
    _rec_name = "interest_id"

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    interest_id = fields.Many2one(
        comodel_name="crm.interest", required=True, index=True, ondelete="restrict"
    )
    attitude = fields.Selection(
        selection=[("like", "Likes"), ("dislike", "Dislikes")], default="like", required=True
    )
    source = fields.Char(help="Who or what says so, e.g. a conversation or a survey.")
    noted_on = fields.Date(required=True, default=fields.Date.context_today)

    _interest_unique = models.Constraint(
        "UNIQUE (partner_id, interest_id)", "This customer has the interest already: change it."
    )

    @api.constrains("noted_on")
    def _check_noted_on(self):
        today = fields.Date.context_today(self)
        if any(interest.noted_on > today for interest in self):
            raise ValidationError(self.env._("An interest cannot be noted in the future."))
