"""Partners who pay before: settlements are drawn from what they paid."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, float_compare

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

from ..logic.alliance import drawn


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    prepaid_alliance_id = fields.Many2one(
        comodel_name="crm.alliance",
        string="Prepayment of Alliance",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The line adds to what the partner has paid before, or is drawn from it.",
    )


class CrmAlliance(models.Model):
    _inherit = "crm.alliance"

    is_prepaid = fields.Boolean(
        string="Paid Before",
        tracking=True,
        help="The partner pays by prepayment invoices, whose amounts wait on the prepayment"
        " account. An invoice of a settlement has all its lines as usual, and one that takes the"
        " amount from the prepayment account: what is left to pay is only what the balance does"
        " not cover.",
    )
    prepayment_account_id = fields.Many2one(
        comodel_name="account.account",
        check_company=True,
        ondelete="restrict",
        domain="[('account_type', 'in', ('liability_current', 'liability_non_current'))]",
        tracking=True,
        help="A liability: what partners have paid and was not drawn yet.",
    )
    prepayment_amount = fields.Monetary(
        string="Prepayment",
        groups=AMOUNT_GROUPS,
        help="What the partner pays at a time, without taxes.",
    )
    prepaid_balance = fields.Monetary(
        string="Balance",
        compute="_compute_prepaid_balance",
        compute_sudo=True,
        groups=AMOUNT_GROUPS,
        help="What was paid of the posted prepayment invoices, less what settlements have drawn,"
        " their drafts included; without taxes.",
    )
    prepaid_threshold = fields.Monetary(
        string="Remind Below",
        groups=AMOUNT_GROUPS,
        help="When the balance falls below this, the responsible person is reminded, once.",
    )
    is_prepaid_low = fields.Boolean(readonly=True, copy=False, groups=AMOUNT_GROUPS)

    _prepayment_positive = models.Constraint(
        "CHECK (prepayment_amount >= 0 AND prepaid_threshold >= 0)",
        "A prepayment and its least balance are 0 or more: correct the amount.",
    )
    _prepayment_account_set = models.Constraint(
        "CHECK (NOT COALESCE(is_prepaid, FALSE) OR prepayment_account_id IS NOT NULL)",
        "Choose the account on which prepayments of the partner wait.",
    )

    def _compute_prepaid_balance(self):
        """Sum up the lines: a prepayment as far as it is paid, all others as they are."""
        self.env["account.move.line"].flush_model()
        self.env["crm.alliance.settlement"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.prepaid_alliance_id,
                       SUM(-line.balance * CASE
                           WHEN line.balance < 0 AND settlement.id IS NULL
                                AND move.move_type = 'out_invoice' AND move.amount_total != 0
                           THEN 1 - move.amount_residual / move.amount_total
                           ELSE 1 END)
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
                  LEFT JOIN crm_alliance_settlement settlement ON settlement.invoice_id = move.id
                 WHERE line.prepaid_alliance_id = ANY(%s)
                   AND (move.state = 'posted'
                        OR (move.state = 'draft' AND settlement.id IS NOT NULL))
                 GROUP BY line.prepaid_alliance_id
                """,
                self.ids,
            )
        )
        balances = dict(rows)
        for alliance in self:
            balance = balances.get(alliance.id, 0.0)
            alliance.prepaid_balance = alliance.currency_id.round(float(balance))

    def action_invoice_prepayment(self):
        """Make the draft invoice by which the partner pays before, and open it."""
        self.ensure_one()
        self.check_access("read")
        self._check_settles()
        if not self.is_prepaid or not self.prepayment_amount:
            raise UserError(
                self.env._("Have the alliance paid before, and type the amount of a prepayment.")
            )
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": self.company_id.id,
                "partner_id": self.partner_id.id,
                "currency_id": self.currency_id.id,
                "journal_id": self.sale_journal_id.id,
                "invoice_line_ids": [
                    Command.create(
                        self._prepayment_line(
                            self.prepayment_amount, self.env._("Prepayment: %s", self.name)
                        )
                    )
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": move.id,
            "view_mode": "form",
        }

    def _prepayment_line(self, amount, name):
        """Return the values of an invoice line that adds to the balance, or draws from it."""
        return {
            "product_id": self.settlement_product_id.id,
            "name": name,
            "quantity": 1.0,
            "price_unit": amount,
            "account_id": self.prepayment_account_id.id,
            "prepaid_alliance_id": self.id,
        }

    def _drawn_of(self, due):
        """Return how much of an amount due is drawn from what was paid before."""
        if not self.is_prepaid:
            return 0.0
        self.invalidate_recordset(["prepaid_balance"])
        return self.currency_id.round(drawn(due, self.prepaid_balance))

    def _alert_low_balance(self):
        """Remind the responsible person once when the balance has fallen below its threshold."""
        self.invalidate_recordset(["prepaid_balance"])
        for alliance in self:
            digits = alliance.currency_id.decimal_places
            is_low = alliance.is_prepaid and (
                float_compare(alliance.prepaid_balance, alliance.prepaid_threshold, digits) < 0
            )
            if is_low and not alliance.is_prepaid_low:
                alliance.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=alliance.env._("The partner's prepayment is nearly used up"),
                    user_id=(alliance.user_id or alliance.env.user).id,
                )
            if is_low != alliance.is_prepaid_low:
                alliance.is_prepaid_low = is_low
