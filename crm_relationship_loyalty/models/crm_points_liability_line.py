from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..logic.lots import Entry, remaining_of


class CrmPointsLiabilityLine(models.Model):
    """What one lot had left when the month ended, and what that was worth."""

    _name = "crm.points.liability.line"
    _description = "Points Liability of a Lot"
    _order = "liability_id, program_id, lot_id"

    liability_id = fields.Many2one(
        "crm.points.liability", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    program_id = fields.Many2one("loyalty.program", required=True, readonly=True)
    # a coupon that core deletes with its order leaves the amount that was booked
    card_id = fields.Many2one("loyalty.card", readonly=True, index=True, ondelete="set null")
    lot_id = fields.Many2one("loyalty.history", readonly=True, index=True, ondelete="set null")
    points = fields.Float(digits=(16, 2), readonly=True)
    value = fields.Monetary(readonly=True)

    _once = models.Constraint(
        "UNIQUE(liability_id, lot_id)", "The lot is in the liability of this month already."
    )


class CrmPointsLiability(models.Model):
    """How the lots of a past day are worked out from the entries of the ledger."""

    _inherit = "crm.points.liability"

    def _note_lots(self, programs):
        """Write a line for each lot that was open when the closing day ended.

        Each program's sum is rounded once: a line has the rounded sum up to it less the one before.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL("DELETE FROM crm_points_liability_line WHERE liability_id = %s", self.id)
        )
        replayed = self._replayed_lots(programs)
        units = {
            program.id: program.point_value * (1 - program.breakage_rate / 100)
            for program in programs
        }
        self.env.cr.execute(
            SQL(
                """
                WITH unit AS (
                    SELECT * FROM UNNEST(%(programs)s::int[], %(units)s::numeric[])
                        AS unit (program_id, value)
                ), lot AS (
                    %(plain)s
                     UNION ALL
                    SELECT award.id, award.card_id, award.program_id, replayed.points
                      FROM UNNEST(%(lots)s::int[], %(left)s::numeric[]) AS replayed (id, points)
                      JOIN loyalty_history award ON award.id = replayed.id
                     WHERE award.expiration_date IS NULL OR award.expiration_date > %(day)s
                ), valued AS (
                    SELECT lot.*, lot.points * unit.value AS exact,
                           SUM(lot.points * unit.value)
                               OVER (PARTITION BY lot.program_id ORDER BY lot.id) AS up_to
                      FROM lot JOIN unit USING (program_id)
                     WHERE lot.points > 0
                )
                INSERT INTO crm_points_liability_line (
                    liability_id, company_id, program_id, card_id, lot_id, points, value,
                    create_uid, create_date, write_uid, write_date
                )
                SELECT %(liability)s, %(company)s, program_id, card_id, id, points,
                       ROUND(up_to, %(digits)s) - ROUND(up_to - exact, %(digits)s),
                       %(user)s, %(now)s, %(user)s, %(now)s
                  FROM valued
                """,
                programs=list(units),
                units=[repr(unit) for unit in units.values()],
                plain=self._plain_lots(programs),
                lots=list(replayed),
                left=[repr(points) for points in replayed.values()],
                day=self.closing_date,
                liability=self.id,
                company=self.company_id.id,
                digits=self.currency_id.decimal_places,
                user=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        self.env.invalidate_all()

    def _plain_lots(self, programs) -> SQL:
        """Return the lots of cards that never owed points: an award less what was taken from it."""
        return SQL(
            """
            SELECT award.id, award.card_id, award.program_id,
                   award.points + COALESCE(SUM(taken.points), 0) AS points
              FROM loyalty_history award
              LEFT JOIN loyalty_history taken
                ON taken.award_id = award.id AND taken.state = 'active' AND taken.date < %(end)s
             WHERE award.program_id = ANY(%(programs)s) AND award.state = 'active'
               AND award.award_id IS NULL AND award.points > 0 AND award.date < %(end)s
               AND (award.expiration_date IS NULL OR award.expiration_date > %(day)s)
               AND award.card_id NOT IN (%(debtors)s)
             GROUP BY award.id
            """,
            end=self._end(),
            programs=programs.ids,
            day=self.closing_date,
            debtors=self._debtors(programs),
        )

    def _debtors(self, programs) -> SQL:
        """Return the cards that owed points at some time: their awards have paid for that."""
        return SQL(
            """
            SELECT card_id FROM loyalty_history
             WHERE program_id = ANY(%s) AND state = 'active' AND award_id IS NULL
               AND points < 0 AND date < %s
            """,
            programs.ids,
            self._end(),
        )

    def _replayed_lots(self, programs):
        """Return ``{lot's id: points}`` of the cards that owed points at some time."""
        rows = self.env["loyalty.history"]._entries_by_card(
            SQL("row.card_id IN (%s)", self._debtors(programs)), self._end()
        )
        lots = {}
        for entries in rows.values():
            lots.update(remaining_of(entries))
        return {lot: points for lot, points in lots.items() if points > 0}

    def _end(self):
        """Return the moment (UTC) at which the closing day is over where the company is."""
        return self.company_id._start_of_day(self.closing_date + timedelta(days=1))


class LoyaltyHistory(models.Model):
    _inherit = "loyalty.history"

    def _entries_by_card(self, condition: SQL, end=None):
        """Return ``{card's id: entries}`` of active rows before a moment, as they came about."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT row.card_id, row.id, row.points, row.award_id, row.expiration_date
                  FROM loyalty_history row
                  LEFT JOIN loyalty_history award ON award.id = row.award_id
                 WHERE row.state = 'active' AND %s AND %s
                 ORDER BY row.card_id, GREATEST(row.date, award.date), row.id
                """,
                condition,
                SQL("GREATEST(row.date, award.date) < %s", end) if end else SQL("TRUE"),
            )
        )
        entries = {}
        for card_id, row_id, points, award_id, last_day in rows:
            entry = Entry(row_id, float(points), award_id, str(last_day or ""))
            entries.setdefault(card_id, []).append(entry)
        return entries
