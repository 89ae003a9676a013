from odoo import fields, models
from odoo.tools import SQL

from .crm_alliance_settlement_line import KINDS, SIDES


class CrmAllianceSettlementGroup(models.Model):
    """The sums of a settlement by offer and kind: each is one line of its documents."""

    _name = "crm.alliance.settlement.group"
    _description = "Settlement by Offer"
    _auto = False
    _depends = {
        "crm.alliance.settlement.line": [
            "settlement_id",
            "alliance_id",
            "company_id",
            "side",
            "kind",
            "offer_id",
            "quantity",
            "base_amount",
            "amount",
        ],
    }
    _order = "settlement_id desc, side desc, kind, id"
    _rec_name = "kind"

    settlement_id = fields.Many2one(comodel_name="crm.alliance.settlement", readonly=True)
    alliance_id = fields.Many2one(comodel_name="crm.alliance", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    side = fields.Selection(selection=list(SIDES.items()), readonly=True)
    kind = fields.Selection(selection=list(KINDS.items()), readonly=True)
    offer_id = fields.Many2one(comodel_name="crm.alliance.offer", readonly=True)
    line_count = fields.Integer(string="Sources", readonly=True)
    quantity = fields.Float(string="Quantity or Points", digits=(16, 2), readonly=True)
    base_amount = fields.Monetary(string="Net Amount", readonly=True)
    amount = fields.Monetary(
        readonly=True, help="Above zero the partner owes it to us, below zero we owe it to him."
    )

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT MIN(id) AS id, settlement_id, alliance_id, company_id, side, kind, offer_id,
                   COUNT(*) AS line_count, SUM(quantity) AS quantity,
                   SUM(base_amount) AS base_amount, SUM(amount) AS amount
              FROM crm_alliance_settlement_line
             GROUP BY settlement_id, alliance_id, company_id, side, kind, offer_id
            """
        )

    def action_view_lines(self):
        """Open the sources of this sum."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_loyalty.crm_alliance_settlement_line_action"
        )
        return action | {
            "domain": [
                ("settlement_id", "=", self.settlement_id.id),
                ("side", "=", self.side),
                ("kind", "=", self.kind),
                ("offer_id", "=", self.offer_id.id),
            ]
        }
