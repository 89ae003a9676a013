"""While a customer owes overdue invoices, his tiers bring nothing at checkout."""

from odoo import api, fields, models, tools
from odoo.tools import SQL

PAUSE_FIELDS = frozenset({"pause_overdue", "overdue_days"})


class CrmLoyaltyLadder(models.Model):
    _inherit = "crm.loyalty.ladder"

    pause_overdue = fields.Boolean(
        string="Pause While Overdue",
        tracking=True,
        help="While the customer, with all contacts of his company, owes an invoice for too long,"
        " he gets no more points by his tier, and no programs and rewards that are only for it. The"
        " tier itself, its level and its prices stay. The day of the order counts.",
    )
    overdue_days = fields.Integer(
        string="Days Overdue",
        tracking=True,
        help="An invoice may be overdue for so many days before the benefits are paused.",
    )

    _overdue_range = models.Constraint(
        "CHECK (overdue_days BETWEEN 0 AND 3650)",
        "Invoices may be overdue for 0 to 3,650 days: correct the number.",
    )

    def write(self, vals):
        if PAUSE_FIELDS & vals.keys():
            self.env.registry.clear_cache()
        return super().write(vals)

    @api.model
    @tools.ormcache()
    def _pausing(self):
        """Return ``{tier's id: days of tolerance}`` of the ladders in force that pause."""
        # sudo: the rules of a ladder are no secret
        ladders = self.sudo().search([("state", "=", "published"), ("pause_overdue", "=", True)])
        return {tier.id: tier.ladder_id.overdue_days for tier in ladders.tier_ids}

    @api.model
    def _overdue_since(self, partners, company, day):
        """Return ``{customer's id: first due date}`` of what was still owed on a day.

        As of that day: what was paid later was owed then. Amounts are those of the invoices.
        """
        for name in ("account.move", "account.move.line", "account.partial.reconcile"):
            self.env[name].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT line.partner_id, MIN(line.date_maturity)
                      FROM account_move_line line
                      JOIN account_move move ON move.id = line.move_id
                     WHERE line.partner_id = ANY(%(partners)s)
                       AND line.company_id = %(company)s AND line.parent_state = 'posted'
                       AND line.display_type = 'payment_term' AND line.date_maturity < %(day)s
                       AND move.move_type IN ('out_invoice', 'out_receipt')
                       AND line.amount_currency > COALESCE((
                            SELECT SUM(part.debit_amount_currency)
                              FROM account_partial_reconcile part
                             WHERE part.debit_move_id = line.id AND part.max_date <= %(day)s
                           ), 0)
                     GROUP BY line.partner_id
                    """,
                    partners=partners.ids,
                    company=company.id,
                    day=day,
                )
            )
        )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    paused_tier_ids = fields.Many2many(
        comodel_name="crm.loyalty.tier",
        string="Paused Tiers",
        compute="_compute_paused_tier_ids",
        compute_sudo=True,
        help="Tiers that bring nothing on this order, as the customer owes overdue invoices.",
    )

    @api.depends("loyalty_tier_ids")
    def _compute_paused_tier_ids(self):
        """Find the paused tiers of orders, in one query for all that have a day in common."""
        self.paused_tier_ids = False
        Ladder = self.env["crm.loyalty.ladder"]
        pausing = Ladder._pausing()
        held = self.filtered(lambda order: pausing.keys() & set(order.loyalty_tier_ids.ids))
        for (company, day), orders in held.grouped(lambda order: order._tier_day()).items():
            since = Ladder._overdue_since(orders.partner_id.commercial_partner_id, company, day)
            for order in orders:
                due = since.get(order._commercial_partner().id)
                order.paused_tier_ids = due and order.loyalty_tier_ids.filtered(
                    lambda tier, overdue=(day - due).days: overdue > pausing.get(tier.id, overdue)
                )

    def _benefiting_tiers(self):
        return super()._benefiting_tiers() - self.paused_tier_ids

    def _refusal_paused(self, offer, card, code):
        return (
            self.env._(
                "%(offer)s is paused while %(customer)s's invoices are overdue.",
                offer=self._name_of_offer(offer),
                customer=self._commercial_partner().display_name,
            ),
            self.env._("This offer is paused while invoices are overdue."),
        )


class CrmLoyaltyEligibility(models.AbstractModel):
    _inherit = "crm.loyalty.eligibility"

    def _obstacle(self, order, customer, uses):
        found = super()._obstacle(order, customer, uses)
        # sudo: the seller need not see tiers
        if found == "tier" and self.tier_ids & order.sudo().paused_tier_ids:
            return "paused"
        return found
