"""Brings referrals to what the documents of the friends' first orders say now."""

import logging

from psycopg2 import OperationalError

from odoo import api, models
from odoo.tools import SQL

from ..logic.referral import Figures, outcome
from .crm_referral import UNSETTLED

BATCH = 100
CRON = "crm_relationship_loyalty.ir_cron_settle_referrals"
FINAL = ("refused", "expired")
_logger = logging.getLogger(__name__)


class CrmReferral(models.Model):
    """Compared with the documents, and only what differs is written: done again, it is nothing."""

    _inherit = "crm.referral"

    @api.model
    def _documents_changed(self):
        """Have referrals settled as soon as this transaction is committed, once for each."""
        asked = self.env.cr.precommit.data.setdefault("crm_relationship_loyalty.referrals", set())
        if not asked:
            asked.add(True)
            # sudo: whoever writes documents has the referrals follow
            self.env.ref(CRON).sudo()._trigger()

    @api.model
    def _cron_settle(self):
        """Settle all referrals that are not what their documents say; again changes nothing.

        Each batch is read again in its own transaction. A referral that fails says so, and the
        others go on.
        """
        job = self.env["ir.cron"]
        ids = self._differing().ids
        job._commit_progress(remaining=len(ids))
        for start in range(0, len(ids), BATCH):
            batch = self.browse(ids[start : start + BATCH])
            batch.try_lock_for_update()._settle()
            if not job._commit_progress(len(batch)):
                return

    @api.model
    def _differing(self):
        """Return the referrals whose state is not what their documents say, by a few statements."""
        self.env.flush_all()
        figures = self._figures()
        stored = self.env.execute_query(
            SQL(
                """
                SELECT id, state, reason, program_id, company_id, entered_on
                  FROM crm_referral WHERE id = ANY(%s) ORDER BY id
                """,
                list(figures),
            )
        )
        programs = self.env["crm.referral.program"].browse({row[3] for row in stored})
        companies = self.env["res.company"].browse({row[4] for row in stored})
        today = {company.id: company._business_today() for company in companies}
        terms = {
            (program.id, day): program._terms(day)
            for program in programs
            for day in {row[5] for row in stored}
        }
        return self.browse(
            referral_id
            for referral_id, state, reason, program_id, company_id, day in stored
            if not _is_settled(
                state,
                reason,
                outcome(state, figures[referral_id], terms[program_id, day], today[company_id]),
            )
        )

    def _settle(self):
        """Bring these, which are locked, to what their documents say."""
        if not self:
            return
        figures = self._figures()
        for referral in self.browse(figures).sorted("id"):
            here = referral.with_company(referral.company_id)
            here._settle_or_report(figures[referral.id])

    def _settle_or_report(self, figures):
        try:
            with self.env.cr.savepoint():
                self._settle_one(figures)
        except OperationalError:  # another transaction is at the same member: try again
            _logger.info("Referral %s is settled later", self.id)
            self.env.ref(CRON)._trigger()
        except Exception as error:
            _logger.exception("Referral %s could not be settled", self.id)
            self.problem = str(error)

    def _settle_one(self, figures):
        today = self.company_id._business_today()
        found = outcome(self.state, figures, self.program_id._terms(self.entered_on), today)
        if _is_settled(self.state, self.reason, found):
            return
        if self.state in UNSETTLED and found.state in ("waiting", "rewarded"):
            obstacle = self._obstacle()
            if obstacle:
                self._settle_as("refused", obstacle)
                return
        self._settle_as(found.state, found.reason, paid_on=figures.paid_on)

    def _obstacle(self):
        """Return why a paid order brings no reward, or None."""
        kinship = self._kinship(self.referrer_id, self.partner_id)
        return kinship or ("not_first" if self.order_id._has_bought_before() else None)

    def _settle_as(self, state, reason, **values):
        """Write a state, and give or take back what it changes, all in one transaction."""
        was_rewarded = self.state == "rewarded"
        values = {"state": state, "reason": reason, "note": False, "problem": False, **values}
        if state == "rewarded" and not was_rewarded:
            values |= self._give_rewards()
        elif was_rewarded and state != "rewarded":
            taken = self._take_rewards_back()
            kept = taken.pop("note", None)
            values |= taken
            values["note"] = " ".join(filter(None, (values["note"], kept))) or False
        self.write(values)

    def _figures(self):
        """Return what the documents say, ``{referral's id: Figures}``; of all when empty.

        Referrals that are over are left out.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT referral.id,
                       COALESCE(sale.state = 'sale', FALSE),
                       COALESCE(
                           sale.partner_id = referral.partner_id
                           OR buyer.commercial_partner_id = referral.commercial_partner_id,
                           FALSE
                       ),
                       COALESCE(ordered.is_invoiced AND documents.is_settled, FALSE),
                       COALESCE(
                           ROUND(documents.amount * 10 ^ currency.decimal_places), 0
                       )::bigint,
                       documents.paid_on
                  FROM crm_referral referral
                  JOIN res_company company ON company.id = referral.company_id
                  JOIN res_currency currency ON currency.id = company.currency_id
                  LEFT JOIN sale_order sale ON sale.id = referral.order_id
                  LEFT JOIN res_partner buyer ON buyer.id = sale.partner_id
                  LEFT JOIN LATERAL (%(ordered)s) ordered ON TRUE
                  LEFT JOIN LATERAL (%(documents)s) documents ON TRUE
                 WHERE referral.state NOT IN %(final)s AND referral.is_closed IS NOT TRUE
                   AND %(mine)s
                """,
                ordered=self._ordered_sql(),
                documents=self._documents_sql(),
                final=FINAL,
                mine=SQL("referral.id = ANY(%s)", self.ids) if self else SQL("TRUE"),
            )
        )
        return {row[0]: Figures(*row[1:]) for row in rows}

    @api.model
    def _ordered_sql(self) -> SQL:
        """Return whether all that was ordered has been on invoices, whatever was refunded later."""
        return SQL(
            """
            SELECT BOOL_AND(invoiced.quantity >= line.product_uom_qty - 0.000001) AS is_invoiced
              FROM sale_order_line line
              JOIN uom_uom unit ON unit.id = line.product_uom_id
              JOIN LATERAL (
                    SELECT COALESCE(SUM(
                               bill.quantity * COALESCE(bill_unit.factor / unit.factor, 1)
                           ), 0) AS quantity
                      FROM sale_order_line_invoice_rel link
                      JOIN account_move_line bill ON bill.id = link.invoice_line_id
                      JOIN account_move move ON move.id = bill.move_id
                      LEFT JOIN uom_uom bill_unit ON bill_unit.id = bill.product_uom_id
                     WHERE link.order_line_id = line.id
                       AND move.state = 'posted' AND move.move_type = 'out_invoice'
                   ) invoiced ON TRUE
             WHERE line.order_id = sale.id AND line.display_type IS NULL
               AND line.is_downpayment IS NOT TRUE
               AND line.product_uom_qty > 0 AND line.price_subtotal > 0
            """
        )

    @api.model
    def _documents_sql(self) -> SQL:
        """Return what the posted documents are worth together, and whether and when paid."""
        return SQL(
            """
            SELECT SUM(document.amount) AS amount, BOOL_AND(document.is_settled) AS is_settled,
                   MAX(document.paid_on) AS paid_on
              FROM (
                    SELECT move.move_type = 'out_refund'
                           OR move.payment_state IN ('paid', 'reversed') AS is_settled,
                           SUM(-bill.balance) AS amount,
                           CASE move.move_type WHEN 'out_invoice' THEN COALESCE(
                               (SELECT MAX(part.max_date)
                                  FROM account_move_line due
                                  JOIN account_partial_reconcile part
                                    ON part.debit_move_id = due.id
                                 WHERE due.move_id = move.id),
                               move.invoice_date
                           ) END AS paid_on
                      FROM account_move_line bill
                      JOIN account_move move ON move.id = bill.move_id
                     WHERE bill.id IN (
                               SELECT link.invoice_line_id
                                 FROM sale_order_line line
                                 JOIN sale_order_line_invoice_rel link
                                   ON link.order_line_id = line.id
                                WHERE line.order_id = sale.id
                           )
                       AND move.state = 'posted'
                       AND move.move_type IN ('out_invoice', 'out_refund')
                     GROUP BY move.id
                   ) document
            """
        )


def _is_settled(state, reason, found):
    """Tell whether a stored state is what was found; of a rewarded one the reason stays."""
    if found.state == state == "rewarded":
        return True
    return (found.state, found.reason or False) == (state, reason or False)
