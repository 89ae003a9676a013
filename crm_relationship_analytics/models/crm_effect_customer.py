from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

from .crm_effect_statement import EffectStatement


class CrmEffectCustomer(models.Model):
    """The list behind the figures of an effect: one row for each of its customers."""

    _name = "crm.effect.customer"
    _description = "Effect on a Customer"
    _inherit = ["crm.customer.dimension"]
    _auto = False
    _order = "contact_group, own_revenue desc, id"
    _rec_name = "partner_id"
    _depends = {
        "crm.effect": ["audience", "company_id", "contacted_on", "kind", "res_id", "window_days"],
        "crm.customer.fact": ["amount", "company_id", "date", "kind", "partner_id"],
        "crm.touch": [
            "answer",
            "channel_id",
            "company_id",
            "date_answered",
            "date_done",
            "date_planned",
            "occasion_id",
            "partner_id",
            "plan_id",
            "state",
        ],
        "crm.touch.plan": ["campaign_id"],
        "crm.occasion": ["campaign_id"],
        "crm.interaction": ["campaign_id", "direction"],
        "crm.lead": ["campaign_id", "company_id", "partner_id"],
        "sale.order": ["campaign_id", "margin"],
        "res.company": ["effect_days"],
    }

    effect_id = fields.Many2one(comodel_name="crm.effect", readonly=True)
    kind = fields.Selection(related="effect_id.kind")
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    contact_group = fields.Selection(
        selection=[
            ("contacted", "Contacted"),
            ("not_reached", "Not Reached"),
            ("held_out", "Held Out"),
            ("unasked", "Came Unasked"),
        ],
        string="Group",
        readonly=True,
        help="A firm belongs to the group that its first contact was drawn into.",
    )
    start_day = fields.Date(
        string="From",
        readonly=True,
        help="The day of the first contact, or the day on which he was held out or not reached.",
    )
    last_day = fields.Date(string="Until", readonly=True, help="The last day that counts.")
    is_answer = fields.Integer(string="Answered", readonly=True)
    is_buyer = fields.Integer(string="Bought", readonly=True)
    order_count = fields.Integer(string="Purchases", readonly=True)
    revenue = fields.Monetary(readonly=True, groups=AMOUNT_GROUPS)
    contribution = fields.Monetary(readonly=True, groups=AMOUNT_GROUPS)
    own_order_count = fields.Integer(string="Own Orders", readonly=True)
    own_revenue = fields.Monetary(readonly=True, groups=AMOUNT_GROUPS)
    own_contribution = fields.Monetary(string="Own Margin", readonly=True, groups=AMOUNT_GROUPS)
    contact_cost = fields.Monetary(string="Cost of Contacts", readonly=True, groups=AMOUNT_GROUPS)

    @property
    def _table_query(self) -> SQL:
        """Return the rows of the current companies; 33 bits of the id are those of the contact."""
        policies = self.env["crm.value.policy"]._known_of(self.env.companies)
        return SQL(
            "SELECT effect_id::bigint * (1::bigint << 33) + partner_id AS id, customer.*"
            " FROM (%s) customer",
            EffectStatement(self.env["crm.effect"], policies).customers(),
        )

    def action_open_facts(self):
        """Open the documents of the customer in the window."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.crm_customer_fact_action"
        )
        return action | {
            "domain": [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("date", ">=", self.start_day),
                ("date", "<=", self.last_day),
            ],
            "context": {},
        }
