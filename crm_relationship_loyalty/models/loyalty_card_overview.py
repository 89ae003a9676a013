from odoo import fields, models
from odoo.tools import SQL

FIELDS_READ = {
    "loyalty.card": ("partner_id", "program_id", "points", "active", "company_id"),
    "loyalty.program": ("name", "portal_point_name", "active", "currency_id", "program_type"),
    "loyalty.history": ("card_id", "state", "points", "remaining", "expiration_date"),
}


class LoyaltyCard(models.Model):
    """What a card has, will have, loses next, and owes: the same on every screen."""

    _inherit = "loyalty.card"

    def _points_overview(self):
        """Return what there is to know of each card, read in one query.

        :return: ``{card's id: {"id", "program", "point_name", "currency_id", "points", "pending",
            "expiring", "expiring_on", "debt"}}``; the points are numbers, ``expiring`` are those
            that can be spent until the day ``expiring_on`` (inclusive) and no longer, and
            ``currency_id`` is that of points that are money, else None
        """
        condition = SQL("card.id = ANY(%s)", self.ids)
        rows = self.env.execute_query_dict(self._overview_query(condition))
        return {row["id"]: row for row in rows}

    def _points_sentences(self, overview):
        """Return what a customer reads below his balance, given the card's overview."""
        self.ensure_one()
        sentences = []
        if overview["pending"]:
            points = self._format_points(overview["pending"])
            sentences.append(self.env._("%(points)s pending", points=points))
        if overview["expiring"]:
            sentences.append(
                self.env._(
                    "%(points)s can be spent until %(day)s",
                    points=self._format_points(overview["expiring"]),
                    day=self._local_day(overview["expiring_on"]),
                )
            )
        if overview["debt"]:
            points = self._format_points(overview["debt"])
            sentences.append(self.env._("%(points)s owed: taken from the next ones", points=points))
        return sentences

    def _is_account(self):
        """Return whether the card keeps points or money of a customer beyond one order."""
        return self.is_one_per_customer or self.program_id.is_payment_program

    def _local_day(self, day):
        return self.env["ir.qweb.field.date"].value_to_html(fields.Date.to_date(day), {})

    def _overview_query(self, condition) -> SQL:
        """Return the SELECT of the overview of cards that fulfil a condition on ``card``."""
        for model, names in FIELDS_READ.items():
            self.env[model].flush_model(names)
        return SQL(
            """
            SELECT card.id,
                   COALESCE(program.name->>%(lang)s, program.name->>'en_US') AS program,
                   point.name AS point_name,
                   CASE WHEN point.name = currency.symbol THEN currency.id END AS currency_id,
                   card.points,
                   COALESCE(ledger.pending, 0)::float AS pending,
                   COALESCE(ledger.expiring, 0)::float AS expiring,
                   ledger.expiring_on,
                   COALESCE(ledger.debt, 0)::float AS debt
              FROM loyalty_card card
              JOIN loyalty_program program ON program.id = card.program_id
              JOIN res_company company
                ON company.id = COALESCE(program.company_id, %(company)s)
              LEFT JOIN res_currency currency ON currency.id = program.currency_id
              JOIN LATERAL (
                   SELECT COALESCE(
                              program.portal_point_name->>%(lang)s,
                              program.portal_point_name->>'en_US',
                              ''
                          ) AS name
                   ) point ON TRUE
              LEFT JOIN LATERAL (
                   SELECT SUM(entry.points) FILTER (WHERE entry.state = 'pending') AS pending,
                          SUM(entry.remaining) FILTER (
                              WHERE entry.remaining > 0 AND entry.expiration_date = entry.next_day
                          ) AS expiring,
                          MIN(entry.next_day) AS expiring_on,
                          -SUM(entry.remaining) FILTER (WHERE entry.remaining < 0) AS debt
                     FROM (
                          SELECT history.points, history.remaining, history.state,
                                 history.expiration_date,
                                 MIN(history.expiration_date) FILTER (
                                     WHERE history.remaining > 0
                                       AND history.expiration_date >= (
                                           %(now)s AT TIME ZONE 'UTC'
                                           AT TIME ZONE COALESCE(company.business_timezone, 'UTC')
                                       )::date
                                 ) OVER () AS next_day
                            FROM loyalty_history history
                           WHERE history.card_id = card.id
                             AND (history.state = 'pending'
                                  OR history.state = 'active' AND history.remaining <> 0)
                          ) entry
                   ) ledger ON TRUE
             WHERE %(condition)s
            """,
            lang=self.env.lang or "en_US",
            company=self.env.company.id,
            now=SQL("%s::timestamp", fields.Datetime.now()),
            condition=condition,
        )
