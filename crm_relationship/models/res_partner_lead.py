from odoo import models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html


class ResPartner(models.Model):
    """Leads that are raised where a customer is served."""

    _inherit = "res.partner"

    def raise_lead(self, subject, note=""):
        """Create a lead for this customer, also without sales rights, and tell who looks after him.

        :param subject: what he is interested in
        :param note: what he said
        :return: ``{"id", "name"}`` of the lead
        :raise UserError: when the subject is empty
        """
        self.ensure_one()
        self._check_works_at_contact_point()
        self.check_access("read")
        if not isinstance(subject, str) or not subject.strip() or not isinstance(note, str):
            raise UserError(self.env._("Say in a few words what the customer is interested in."))
        # sudo: staff who do not sell hand a lead over, without seeing others
        lead = self.env["crm.lead"].sudo().create(self._prepare_lead_values(subject, note))
        return {"id": lead.id, "name": lead.name}

    def _prepare_lead_values(self, subject, note):
        """Hook: return the values of a lead that was raised at a contact point."""
        return {
            "name": subject.strip(),
            "description": plaintext2html(note.strip()),
            "partner_id": self.id,
            "type": "lead",
            "user_id": self._looked_after_by().id,
            "company_id": self.env.company.id,
        }
