from odoo import api, fields, models, tools
from odoo.exceptions import UserError


class CrmContactChannel(models.Model):
    """A way on which a customer and the company reach each other."""

    _name = "crm.contact.channel"
    _description = "Contact Channel"
    _inherit = ["crm.named.option"]

    code = fields.Char(required=True, help="The name that other programs know the channel by.")

    reached_by = fields.Selection(
        selection=[
            ("email", "E-mail Address"),
            ("phone", "Phone Number"),
            ("address", "Postal Address"),
            ("other", "Something Else"),
        ],
        required=True,
        default="other",
        help="Without it a customer cannot be contacted on the channel.",
    )

    _code_unique = models.Constraint("UNIQUE (code)", "Two channels cannot have the same code.")

    @api.model
    def _by_code(self, code):
        """Return the channel of a code. Raises UserError when there is none."""
        ids = self._ids_by_code()
        if code not in ids:
            raise UserError(
                self.env._(
                    "There is no contact channel %(code)s: use one of %(codes)s.",
                    code=code,
                    codes=", ".join(sorted(ids)),
                )
            )
        return self.browse(ids[code])

    @api.model
    @tools.ormcache()
    def _ids_by_code(self):
        # sudo: the codes of channels are no secret
        return {one.code: one.id for one in self.sudo().with_context(active_test=False).search([])}
