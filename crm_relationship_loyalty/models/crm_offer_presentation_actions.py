"""Presentations on screens: buttons, what came of them, and how often they are accepted."""

from odoo import api, fields, models
from odoo.fields import Domain


class CrmOfferPresentation(models.Model):
    _inherit = "crm.offer.presentation"

    invoice_ids = fields.Many2many(
        comodel_name="account.move", string="Invoices", compute="_compute_invoices"
    )
    invoice_count = fields.Integer(compute="_compute_invoices")
    acceptance_rate = fields.Float(
        string="Acceptance Rate (%)",
        digits=(5, 2),
        compute="_compute_counts",
        store=True,
        precompute=True,
        aggregator="avg",
        help="How many of the presentations were accepted, in percent.",
    )

    @api.depends("order_line_ids.invoice_lines.move_id")
    def _compute_invoices(self):
        for presentation in self:
            # sudo: who answers for offers sees how many invoices came of one, not what is in them
            lines = presentation.sudo().order_line_ids
            presentation.invoice_ids = lines.invoice_lines.move_id
            presentation.invoice_count = len(presentation.invoice_ids)

    def _compute_counts(self):
        result = super()._compute_counts()
        for presentation in self:
            presentation.acceptance_rate = 100.0 * presentation.accepted_count
        return result

    @api.model
    def _close_twins(self, partners):
        """Leave of each offer the presentation to these contacts that can be answered longest."""
        presented = self.search([("partner_id", "in", partners.ids), ("state", "=", "presented")])
        for same in presented.grouped("offer_id").values():
            (same - same.sorted(lambda one: (one.last_day, one.id))[-1]).state = "expired"

    def action_accept(self):
        """Accept for the customer, and open the quotation that the products were added to."""
        answer = self.accept()
        return self.action_view_order() if answer["order_id"] else True

    def action_decline(self):
        """Ask why the customer declines."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_loyalty.crm_offer_decline_action"
        )
        return action | {"context": {"default_presentation_id": self.id}}

    def action_view_order(self):
        """Open the order that the accepted products are in."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "views": [[False, "form"]],
        }

    def action_view_invoices(self):
        """Open what was invoiced, and credited, of the accepted products."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invoices"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": list(Domain("id", "in", self.invoice_ids.ids)),
            "context": {"create": False},
        }


class CrmAllianceOffer(models.Model):
    _inherit = "crm.alliance.offer"

    presentation_count = fields.Integer(
        string="Presentations", compute="_compute_presentation_count"
    )

    def _compute_presentation_count(self):
        groups = self.env["crm.offer.presentation"]._read_group(
            [("offer_id", "in", self.ids)], ["offer_id"], ["__count"]
        )
        counts = dict(groups)
        for offer in self:
            offer.presentation_count = counts.get(offer, 0)
