"""Where the amounts of a settlement come from, each source once."""

from odoo import models
from odoo.tools import SQL, hmac


class CrmAllianceSettlement(models.Model):
    _inherit = "crm.alliance.settlement"

    def _settlement_sources(self):
        """Hook: return queries of what can be settled with the alliance, of any day.

        Each has the columns of :meth:`_goods_sold`, in that order. ``exact`` is not rounded, in the
        company's currency, above zero where the partner owes it, below where we do.
        """
        return [self._goods_sold(), self._fees(), self._points()]

    def _goods_sold(self) -> SQL:
        """Return the posted lines of invoices and credit notes for goods of accepted offers."""
        return SQL(
            """
            SELECT DISTINCT ON (line.id)
                   CASE WHEN good.is_of_partner THEN 'receivable' ELSE 'payable' END AS side,
                   CASE WHEN good.is_of_partner THEN 'commission_earned' ELSE 'commission_paid' END
                       AS kind,
                   presentation.offer_id,
                   presentation.id AS presentation_id,
                   presentation.partner_id,
                   'account.move.line' AS source_model,
                   line.id AS source_id,
                   move.invoice_date AS date,
                   move.name AS reference,
                   presentation.code,
                   CASE WHEN move.move_type = 'out_refund' THEN -line.quantity
                        ELSE line.quantity END::numeric AS quantity,
                   -line.balance AS base_amount,
                   CASE WHEN good.is_of_partner THEN alliance.commission_earned
                        ELSE alliance.commission_paid END AS rate,
                   CASE WHEN good.is_of_partner THEN -line.balance * alliance.commission_earned
                        ELSE line.balance * alliance.commission_paid END / 100 AS exact
              FROM crm_offer_presentation presentation
              JOIN crm_alliance alliance ON alliance.id = presentation.alliance_id
              JOIN sale_order_line sold ON sold.offer_presentation_id = presentation.id
              JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = sold.id
              JOIN account_move_line line ON line.id = rel.invoice_line_id
              JOIN account_move move ON move.id = line.move_id
              LEFT JOIN crm_alliance_offer_line good
                ON good.offer_id = presentation.offer_id AND good.product_id = sold.product_id
             WHERE presentation.alliance_id = %s
               AND move.state = 'posted'
               AND move.move_type IN ('out_invoice', 'out_refund')
               AND move.company_id = alliance.company_id
               AND line.display_type = 'product'
               AND line.balance != 0
             ORDER BY line.id, sold.id
            """,
            self.alliance_id.id,
        )

    def _fees(self) -> SQL:
        """Return the accepted offers that led a customer to the partner, by the day of the answer.

        Those are links, personal codes, and samples of the partner's goods.
        """
        return SQL(
            """
            SELECT 'receivable', 'fee', presentation.offer_id, presentation.id,
                   presentation.partner_id, 'crm.offer.presentation', presentation.id,
                   (presentation.answered_on AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date,
                   NULL, presentation.code, 1, 0, alliance.fee_earned, alliance.fee_earned
              FROM crm_offer_presentation presentation
              JOIN crm_alliance alliance ON alliance.id = presentation.alliance_id
             WHERE presentation.alliance_id = %(alliance)s
               AND presentation.state = 'accepted'
               AND (presentation.kind IN ('link', 'referral')
                    OR (presentation.kind = 'sample' AND EXISTS (
                        SELECT FROM crm_alliance_offer_line good
                         WHERE good.offer_id = presentation.offer_id AND good.is_of_partner)))
            """,
            zone=self.company_id.business_timezone,
            alliance=self.alliance_id.id,
        )

    def _points(self) -> SQL:
        """Return the ledger's entries of points that were earned and spent at the partner's.

        The partner knows them by his own reference: with the code that he knows the customer by
        elsewhere, he would know who that is.
        """
        return SQL(
            """
            SELECT CASE WHEN report.kind = 'accrual' THEN 'receivable' ELSE 'payable' END,
                   report.kind, NULL, NULL, card.partner_id, 'loyalty.history', entry.id,
                   report.day, report.external_ref, report.external_ref,
                   CASE WHEN report.kind = 'accrual' THEN entry.points ELSE -entry.points END, 0,
                   price.value, entry.points * price.value
              FROM loyalty_history entry
              JOIN crm_alliance_points report
                ON report.id = entry.order_id AND entry.order_model = 'crm.alliance.points'
              JOIN crm_alliance alliance ON alliance.id = entry.alliance_id
              JOIN loyalty_card card ON card.id = entry.card_id
             CROSS JOIN LATERAL (
                SELECT CASE WHEN report.kind = 'accrual' THEN alliance.point_price
                            ELSE alliance.point_reimbursement END AS value
             ) price
             WHERE entry.alliance_id = %s AND entry.state = 'active'
            """,
            self.alliance_id.id,
        )

    def _collect(self):
        """Write a line for each source up to the last day that no other settlement has.

        Each line of the documents is rounded once: a source has the rounded sum of those up to it
        less the one before. What another run settles at this moment makes this one be tried again.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL("DELETE FROM crm_alliance_settlement_line WHERE settlement_id = %s", self.id)
        )
        self.env.cr.execute(self._collecting(), log_exceptions=False)
        self._name_customers()
        self.env.invalidate_all(flush=False)
        self._sum_up()

    def _collecting(self) -> SQL:
        return SQL(
            """
            WITH source AS (
                SELECT * FROM (%(sources)s) source
                 WHERE date <= %(until)s
                   AND NOT EXISTS (
                        SELECT FROM crm_alliance_settlement_line line
                         WHERE line.alliance_id = %(alliance)s AND line.is_settled
                           AND line.source_model = source.source_model
                           AND line.source_id = source.source_id)
            ), summed AS (
                SELECT source.*,
                       SUM(exact) OVER (PARTITION BY side, kind, offer_id
                                        ORDER BY date, source_model, source_id) / %(step)s AS up_to
                  FROM source
            )
            INSERT INTO crm_alliance_settlement_line (
                settlement_id, alliance_id, company_id, side, kind, offer_id, presentation_id,
                partner_id, source_model, source_id, date, is_late, reference, code, quantity,
                base_amount, rate, amount, is_settled, is_named,
                create_uid, create_date, write_uid, write_date
            )
            SELECT %(settlement)s, %(alliance)s, %(company)s, side, kind, offer_id,
                   presentation_id, partner_id, source_model, source_id, date, date < %(first)s,
                   reference, COALESCE(code, %(code)s), quantity, base_amount, rate,
                   (ROUND(up_to) - ROUND(up_to - exact / %(step)s)) * %(step)s, TRUE, FALSE,
                   %(user)s, %(now)s, %(user)s, %(now)s
              FROM summed
             ORDER BY side, kind, offer_id, date, source_model, source_id
                ON CONFLICT DO NOTHING
            """,
            sources=SQL(" UNION ALL ").join(
                SQL("(%s)", source) for source in self._settlement_sources()
            ),
            until=self.date_until,
            first=self.date_from,
            alliance=self.alliance_id.id,
            settlement=self.id,
            company=self.company_id.id,
            step=SQL("%s::numeric", repr(self.currency_id.rounding)),
            code=self._code_of_customer(),
            user=self.env.uid,
            now=self.env.cr.now(),
        )

    def _code_of_customer(self) -> SQL:
        """Return the code of a customer for this partner: the same each time, and no other's."""
        key = hmac(self.sudo().env, "alliance", self.alliance_id.id)  # sudo: the key of the server
        return SQL("UPPER(LEFT(ENCODE(SHA256((%s || ',' || partner_id)::bytea), 'hex'), 10))", key)

    def _name_customers(self):
        """Note who had agreed on the day of the source that the partner knows him by name."""
        purpose = self.alliance_id.purpose_id
        if not purpose:
            return
        days = self.env.execute_query(
            SQL(
                """
                SELECT date, ARRAY_AGG(DISTINCT partner_id) FROM crm_alliance_settlement_line
                 WHERE settlement_id = %s AND partner_id IS NOT NULL
                 GROUP BY date
                """,
                self.id,
            )
        )
        for day, partner_ids in days:
            partners = self.env["res.partner"].with_company(self.company_id).browse(partner_ids)
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE crm_alliance_settlement_line SET is_named = TRUE
                     WHERE settlement_id = %s AND date = %s AND partner_id = ANY(%s)
                    """,
                    self.id,
                    day,
                    list(partners._agreeing_to(purpose, day)),
                )
            )

    def _sum_up(self):
        groups = self.env["crm.alliance.settlement.line"]._read_group(
            [("settlement_id", "=", self.id)], ["side"], ["amount:sum", "__count"]
        )
        sums = {side: amount for side, amount, _count in groups}
        late = [("settlement_id", "=", self.id), ("is_late", "=", True)]
        self.write(
            {
                "receivable": self.currency_id.round(sums.get("receivable", 0.0)),
                "payable": -self.currency_id.round(sums.get("payable", 0.0)) + 0.0,
                "line_count": sum(count for *_sum, count in groups),
                "late_count": self.env["crm.alliance.settlement.line"].search_count(late),
            }
        )
