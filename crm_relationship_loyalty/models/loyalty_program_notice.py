from odoo import api, fields, models
from odoo.exceptions import ValidationError


class LoyaltyProgram(models.Model):
    """How long before they expire a customer is told of his points."""

    _inherit = "loyalty.program"

    expiry_notice_days = fields.Integer(
        string="Notice Before Expiry (Days)",
        help="So many days before his points expire, the customer gets an e-mail. 0: none.",
    )
    expiry_notice_template_id = fields.Many2one(
        comodel_name="mail.template",
        string="Notice",
        domain="[('model', '=', 'crm.points.notice')]",
        ondelete="set null",
        default=lambda self: self.env.ref(
            "crm_relationship_loyalty.mail_template_points_notice", raise_if_not_found=False
        ),
    )

    _expiry_notice_range = models.Constraint(
        "CHECK (expiry_notice_days BETWEEN 0 AND 365)",
        "Customers are told 0 to 365 days before points expire: correct the number.",
    )

    @api.constrains("expiry_notice_days", "expiry_notice_template_id")
    def _check_expiry_notice(self):
        for program in self:
            template = program.expiry_notice_template_id.sudo()  # sudo: read what it is for only
            if program.expiry_notice_days and template.model != "crm.points.notice":
                raise ValidationError(
                    self.env._(
                        "Choose a notice of %(program)s that is an e-mail template for notices of"
                        " expiring points.",
                        program=program.display_name,
                    )
                )
