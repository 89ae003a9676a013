from odoo import api, models
from odoo.exceptions import UserError


class CrmMemberCard(models.AbstractModel):
    """The card that a customer carries: his name and his number, to read and to scan."""

    _name = "report.crm_relationship.crm_member_card"
    _description = "Member Card"

    @api.model
    def _get_report_values(self, docids, data=None):
        partners = self.env["res.partner"].browse(docids)
        without = partners.filtered(lambda partner: not partner.member_number)
        if without:
            raise UserError(
                self.env._(
                    "%(customers)s: issue a member number first, then print the card.",
                    customers=", ".join(without[:5].mapped("display_name")),
                )
            )
        return {
            "doc_ids": docids,
            "doc_model": "res.partner",
            "docs": partners,
            "company": self.env.company,
        }
