from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmLead(models.Model):
    """A prospect's contacts, which stay his when he becomes a customer."""

    _inherit = "crm.lead"

    interaction_ids = fields.One2many(
        comodel_name="crm.interaction", inverse_name="lead_id", string="Interactions"
    )
    interaction_count = fields.Integer(
        string="Logged Contacts", compute="_compute_interaction_count"
    )

    @api.depends("interaction_ids")
    def _compute_interaction_count(self):
        count_by_lead = dict(
            self.env["crm.interaction"]._read_group(
                [("lead_id", "in", self.ids)], ["lead_id"], ["__count"]
            )
        )
        for lead in self:
            lead.interaction_count = count_by_lead.get(lead._origin, 0)

    def write(self, vals):
        result = super().write(vals)
        if vals.get("partner_id"):
            self._give_interactions_to_customer()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_logged(self):
        # sudo: a contact counts also where the user may not see it
        Interaction = self.env["crm.interaction"].sudo()
        logged = Interaction.search(
            [("lead_id", "in", self.ids), ("partner_id", "=", False)], limit=1
        )
        if logged:
            raise UserError(
                self.env._(
                    "Contacts with %(lead)s were logged: archive the lead, or mark it as lost,"
                    " instead of deleting it.",
                    lead=logged.lead_id.display_name,
                )
            )

    def action_view_interactions(self):
        """Open what was said with this prospect."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.crm_interaction_action"
        )
        context = {"default_lead_id": self[:1].id, "default_partner_id": self[:1].partner_id.id}
        return action | {"domain": [("lead_id", "in", self.ids)], "context": context}

    def _merge_dependences(self, opportunities):
        result = super()._merge_dependences(opportunities)
        # sudo: the log of all of them moves, whoever merges
        Interaction = self.env["crm.interaction"].sudo()
        Interaction.search([("lead_id", "in", opportunities.ids)]).lead_id = self
        self._give_interactions_to_customer()
        return result

    def _give_interactions_to_customer(self):
        """Give the customer of each lead what was logged before one knew him."""
        # sudo: whoever makes a customer of a prospect moves his whole log
        Interaction = self.env["crm.interaction"].sudo()
        nameless = Interaction.search([("lead_id", "in", self.ids), ("partner_id", "=", False)])
        for lead, interactions in nameless.grouped("lead_id").items():
            if lead.partner_id:
                interactions.partner_id = lead.partner_id
