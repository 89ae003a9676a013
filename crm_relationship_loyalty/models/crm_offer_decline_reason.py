from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmOfferDeclineReason(models.Model):
    """Why customers decline offers."""

    _name = "crm.offer.decline.reason"
    _description = "Reason of a Refused Offer"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)

    _code_unique = models.Constraint("UNIQUE (code)", "The code of a reason is used once.")

    @api.model
    def _by_code(self, code):
        """Return the reason of a code, none without a code; raise UserError for a wrong one."""
        if not code:
            return self
        reason = self.search([("code", "=", code)])
        if not reason:
            raise UserError(
                self.env._(
                    "There is no reason %(code)s. Take one of: %(codes)s.",
                    code=code,
                    codes=", ".join(self.search([]).mapped("code")),
                )
            )
        return reason
