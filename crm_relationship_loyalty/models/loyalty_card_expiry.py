from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.tools import SQL

BATCH = 5000  # cards
AGAIN_AFTER = timedelta(minutes=5)


class LoyaltyCard(models.Model):
    """Points expire in the night, those of thousands of cards with one statement.

    It posts what `_expire_due` posts when somebody spends, which is why it may run at any time.
    """

    _inherit = "loyalty.card"

    @api.model
    def _cron_expire(self):
        """Take all points whose last day is over where their program's company is."""
        job = self.env["ir.cron"]
        # sudo: programs of all companies, the archived ones too
        everything = self.env["loyalty.program"].sudo().with_context(active_test=False).search([])
        by_day = everything.grouped(lambda program: program._today())
        due = {day: self._cards_due(programs, day) for day, programs in by_day.items()}
        job._commit_progress(remaining=sum(due.values()))
        for day in filter(due.get, due):
            if not self._expire_all(by_day[day], day):
                return
        job._commit_progress(remaining=0)
        if any(self._cards_due(programs, day) for day, programs in by_day.items()):
            # somebody held these cards: he may have let them go by then
            expiring = self.env.ref("crm_relationship_loyalty.ir_cron_expire_points")
            expiring._trigger(fields.Datetime.now() + AGAIN_AFTER)

    @api.model
    def _expire_all(self, programs, day):
        """Expire the lots of programs, a batch of free cards at a time; False: the time is up."""
        last = 0
        while cards := self._expire_batch_or_again(programs, day, last):
            last = max(cards)
            if not self.env["ir.cron"]._commit_progress(len(cards)):
                return False
        return True

    @api.model
    def _expire_batch_or_again(self, programs, day, after):
        """Expire a batch; once more when somebody posted to one of its cards at that moment."""
        try:
            with self.env.cr.savepoint():
                return self._expire_batch(programs, day, after)
        except SerializationFailure:
            self.env["ir.cron"]._commit_progress()  # a new transaction sees what he has posted
            return self._expire_batch(programs, day, after)

    @api.model
    def _expire_batch(self, programs, day, after):
        """Expire what is over on the next cards that nobody holds; return the cards' ids."""
        self.env.cr.execute(
            SQL(
                """
                SELECT card.id FROM loyalty_card card
                 WHERE card.id > %s AND %s
                 ORDER BY card.id LIMIT %s
                   FOR NO KEY UPDATE OF card SKIP LOCKED
                """,
                after,
                self._is_due(programs, day),
                BATCH,
            ),
            log_exceptions=False,
        )
        cards = [card_id for (card_id,) in self.env.cr.fetchall()]
        if cards:
            self.env.cr.execute("SET LOCAL jit = off")  # compiling costs more than it saves
            self.env.cr.execute(self._expiring(cards, day))
            self.env.invalidate_all(flush=False)
        return cards

    @api.model
    def _expiring(self, card_ids, day) -> SQL:
        """Return the statement that posts the expiry of lots and lowers the balances."""
        return SQL(
            """
            WITH due AS MATERIALIZED (
                SELECT id, card_id, program_id, remaining FROM loyalty_history
                 WHERE card_id = ANY(%(cards)s) AND state = 'active'
                   AND remaining > 0 AND expiration_date < %(day)s
            ), emptied AS (
                UPDATE loyalty_history lot
                   SET remaining = 0, write_uid = %(user)s, write_date = %(now)s
                  FROM due WHERE lot.id = due.id
            ), lowered AS (
                UPDATE loyalty_card card
                   SET points = ROUND(card.points::numeric - sum.points, 2),
                       write_uid = %(user)s, write_date = %(now)s
                  FROM (SELECT card_id, SUM(remaining) AS points FROM due GROUP BY card_id) sum
                 WHERE card.id = sum.card_id
            )
            INSERT INTO loyalty_history (
                card_id, program_id, award_id, kind, state, date, description, order_id,
                issued, used, points, remaining, create_uid, create_date, write_uid, write_date
            )
            SELECT card_id, program_id, id, 'expire', 'active', %(date)s,
                   %(description)s, 0,  -- the ORM writes no document as 0
                   0, remaining, -remaining, NULL,
                   %(user)s, %(now)s, %(user)s, %(now)s
              FROM due
             ORDER BY card_id, id
            """,
            cards=card_ids,
            day=day,
            user=self.env.uid,
            now=self.env.cr.now(),
            date=fields.Datetime.now(),
            description=self.env._("Expired"),
        )

    @api.model
    def _cards_due(self, programs, day):
        """Return how many cards have points that are over."""
        self.env.flush_all()
        [(count,)] = self.env.execute_query(
            SQL("SELECT COUNT(*) FROM loyalty_card card WHERE %s", self._is_due(programs, day))
        )
        return count

    @api.model
    def _is_due(self, programs, day) -> SQL:
        return SQL(
            """
            card.program_id = ANY(%s) AND EXISTS (
                SELECT FROM loyalty_history lot
                 WHERE lot.card_id = card.id AND lot.state = 'active'
                   AND lot.remaining > 0 AND lot.expiration_date < %s
            )
            """,
            programs.ids,
            day,
        )
