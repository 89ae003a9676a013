from odoo import fields, models


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
