from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_relationship.models.crm_personal_data import PersonalData

EXPORTED = ("date", "alliance_id", "kind", "offer_id", "reference", "code", "is_named")
KINDS = {
    "commission_earned": "Commission on the Partner's Goods",
    "commission_paid": "Commission on Our Goods",
    "fee": "Fee",
    "accrual": "Points Earned There",
    "redemption": "Points Spent There",
}
SIDES = {"receivable": "Owed to Us", "payable": "Owed by Us"}


class CrmAllianceSettlementLine(models.Model):
    """One source of a settlement: a line of an invoice, an accepted offer, an entry of points."""

    _name = "crm.alliance.settlement.line"
    _description = "Source of a Settlement"
    _inherit = ["crm.customer.dimension"]
    _order = "settlement_id desc, side, kind, offer_id, date, id"
    _rec_name = "reference"

    settlement_id = fields.Many2one(
        comodel_name="crm.alliance.settlement",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    alliance_id = fields.Many2one(
        comodel_name="crm.alliance", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(ondelete="restrict")
    side = fields.Selection(selection=list(SIDES.items()), required=True, readonly=True)
    kind = fields.Selection(selection=list(KINDS.items()), required=True, readonly=True)
    offer_id = fields.Many2one(
        comodel_name="crm.alliance.offer",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    presentation_id = fields.Many2one(
        comodel_name="crm.offer.presentation",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    source_model = fields.Char(required=True, readonly=True)
    source_id = fields.Many2oneReference(model_field="source_model", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    is_late = fields.Boolean(
        string="Late",
        readonly=True,
        help="It is of an earlier period, and came after that was settled.",
    )
    reference = fields.Char(
        readonly=True, help="Our invoice, or the partner's own reference of points."
    )
    quantity = fields.Float(string="Quantity or Points", digits=(16, 2), readonly=True)
    base_amount = fields.Monetary(
        string="Net Amount",
        readonly=True,
        help="What the customer was invoiced without taxes, of which the commission is taken.",
    )
    rate = fields.Float(
        digits=(16, 6),
        readonly=True,
        aggregator=None,
        help="The commission in percent, the fee, or the price of a point, when it was settled.",
    )
    amount = fields.Monetary(
        readonly=True, help="Above zero the partner owes it to us, below zero we owe it to him."
    )
    code = fields.Char(
        string="Personal Code", readonly=True, help="By which the partner may know the customer."
    )
    is_named = fields.Boolean(
        string="Agreed to Be Named",
        readonly=True,
        help="On that day the customer agreed that we share with this partner who he is.",
    )
    shown_as = fields.Char(
        string="Customer for the Partner",
        compute="_compute_shown_as",
        compute_sudo=True,
        help="The name of a customer who agreed and has not objected since; else his code.",
    )
    is_settled = fields.Boolean(
        readonly=True, default=True, help="Off when the settlement was cancelled."
    )

    _source_once = models.UniqueIndex(
        "(source_id, source_model, alliance_id) WHERE is_settled",
        "This was settled with the partner already.",
    )

    @api.depends("code", "is_named", "partner_id.name", "alliance_id.purpose_id")
    def _compute_shown_as(self):
        for (company, purpose), lines in self.grouped(
            lambda line: (line.company_id, line.alliance_id.purpose_id)
        ).items():
            named = lines.filtered("is_named").partner_id.with_company(company)
            agreeing = named._agreeing_to(purpose)
            for line in lines:
                may = line.is_named and line.partner_id.id in agreeing
                line.shown_as = line.partner_id.name if may else line.code

    def action_view_source(self):
        """Open the document from which the amount comes."""
        self.ensure_one()
        model, source_id = self.source_model, self.source_id
        if model == "account.move.line":
            # sudo: only the id of the document; to open it needs the right
            model, source_id = "account.move", self.env[model].browse(source_id).sudo().move_id.id
        if not self.env[model].has_access("read"):
            raise UserError(
                self.env._("You may not see what it comes from: ask who makes the invoices.")
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": source_id,
            "view_mode": "form",
        }


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _agreeing_to(self, purpose, day=None):
        """Return the ids of those who agree to a purpose on a day, on one channel or more.

        Who objects on any channel does not agree. Of the current company; today when empty.
        """
        states = {}
        if purpose and self:
            for row in self._consent_rows(day):
                if row["purpose_id"] == purpose.id:
                    states.setdefault(row["partner_id"], set()).add(row["state"])
        return {partner_id for partner_id, found in states.items() if found == {"granted"}}

    def _personal_data_models(self):
        """Add what partners were told of the customer; it is kept with the invoices."""
        told = PersonalData("crm.alliance.settlement.line", exported=EXPORTED, needed=True)
        return [*super()._personal_data_models(), told]
