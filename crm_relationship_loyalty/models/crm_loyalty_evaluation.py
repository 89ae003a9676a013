"""Evaluates a ladder: reads what counts in one query, and writes only what differs."""

from collections import defaultdict
from datetime import date, timedelta
from typing import NamedTuple

from odoo.tools import SQL

from ..logic.tier import Event, Floor, History, history, is_over, moves_since

EPOCH = date(1970, 1, 1)
FETCHED_TOGETHER = 5_000
AMOUNTS = ("qualifying_value", "value_to_next", "value_to_keep")
COLUMNS = {
    "tier_id": "int",
    "tier_since": "date",
    "tier_until": "date",
    "next_tier_id": "int",
    "floor_tier_id": "int",
    "floor_until": "date",
    **dict.fromkeys(AMOUNTS, "bigint"),
}
CHANGE_COLUMNS = {
    "partner_id": "int",
    "from_tier_id": "int",
    "to_tier_id": "int",
    "date": "date",
    "method": "varchar",
    "note": "varchar",
    "value": "bigint",
    "is_entry": "bool",
    "user_id": "int",
    "res_model": "varchar",
    "res_id": "int",
}


class Evaluated(NamedTuple):
    """How many memberships an evaluation has written, and how many moves it has noted."""

    written: int
    moved: int


class Given(NamedTuple):
    """A tier by hand, why, and by whom."""

    floor: Floor
    reason: str
    user_id: int


class Evaluation:
    """One evaluation of a ladder as of a day, of all customers or of some."""

    def __init__(self, ladder, as_of):
        self.ladder = ladder
        self.env = ladder.env
        self.as_of = as_of
        self.rules = ladder._rules()
        self.tier_ids = [False, *ladder._tiers().ids]
        self.ranks = {tier_id or None: rank for rank, tier_id in enumerate(self.tier_ids)}
        self.digits = ladder._digits()
        self.model = ladder._document_model()

    def run(self, partner_ids=None) -> Evaluated:
        """Evaluate, and write what differs from what is stored."""
        total = Evaluated(0, 0)
        self.held_before = self.ladder._ranks_held_before(partner_ids)
        given = self._given(partner_ids)
        joined = self._joined(partner_ids)
        for fetched in self._fetched(partner_ids):
            rows, changes = [], []
            for partner_id, days, cents, documents, stored, log_day, log_tiers in fetched:
                events = self._events(days, cents, documents)
                mine = given.get(partner_id, ())
                found = self._history(events, joined.get(partner_id), mine)
                row = self._row(found, mine)
                if row != (stored and self._stored(stored)):
                    rows.append((partner_id, *row))
                changes += self._changes(partner_id, found, log_day, log_tiers, mine)
            self._write(rows)
            self._note(changes)
            total = Evaluated(total.written + len(rows), total.moved + len(changes))
        return total

    def _fetched(self, partner_ids):
        """Yield what counts of some thousand customers at a time, as it was at the beginning.

        A cursor of the database keeps what is still to come, so that memory does not grow.
        """
        name = SQL.identifier(f"crm_loyalty_evaluation_{self.ladder.id}")
        self.env.cr.execute("SET LOCAL cursor_tuple_fraction = 1")  # all of it is read
        self.env.cr.execute(
            SQL("DECLARE %s NO SCROLL CURSOR FOR %s", name, self._query(partner_ids))
        )
        fetch = SQL("FETCH %s FROM %s", FETCHED_TOGETHER, name)
        while fetched := self.env.execute_query(fetch):
            yield fetched
        self.env.cr.execute(SQL("CLOSE %s", name))

    def history_of(self, partner) -> History:
        """Return the whole way of one customer up to the day."""
        given = self._given(partner.ids)
        joined = self._joined(partner.ids)
        for row in self.env.execute_query(self._query(partner.ids)):
            events = self._events(*row[1:4])
            return self._history(events, joined.get(partner.id), given.get(partner.id, ()))
        return self._history([], None, given.get(partner.id, ()))

    def _events(self, days, cents, documents):
        return [
            Event(EPOCH + timedelta(days=day), amount, document)
            for day, amount, document in zip(days or (), cents or (), documents or (), strict=True)
        ]

    def _history(self, events, joined, given):
        if self.rules.window.kind == "anniversary":
            joined = joined or (events[0].day if events else self.rules.start)
            events = [event for event in events if event.day >= joined]
        floors = [one.floor for one in given]
        return history(events, self.rules, self.as_of, joined, floors)

    def _query(self, partner_ids) -> SQL:
        """Return, for each customer, what counts by day, what is stored, and what was noted."""
        mine = SQL("TRUE") if partner_ids is None else SQL("partner_id = ANY(%s)", partner_ids)
        contacts = (
            SQL("TRUE")
            if partner_ids is None
            else SQL("value.partner_id IN (%s)", self.ladder._contacts_of(partner_ids))
        )
        return SQL(
            """
            WITH happened AS (
                SELECT holder.partner_id,
                       ARRAY_AGG(value.date - DATE '1970-01-01' ORDER BY value.date, document)
                       AS days,
                       ARRAY_AGG((value.amount * 10 ^ %(digits)s)::bigint
                                 ORDER BY value.date, document) AS cents,
                       ARRAY_AGG(document ORDER BY value.date, document) AS documents
                  FROM (%(values)s) value
                  JOIN LATERAL (%(held_by)s) holder (partner_id) ON TRUE
                 WHERE %(contacts)s
                 GROUP BY holder.partner_id
            ), kept AS (
                SELECT partner_id, ROW_TO_JSON(membership) AS stored
                  FROM crm_loyalty_membership membership
                 WHERE ladder_id = %(ladder)s AND %(mine)s
            ), given AS (
                SELECT DISTINCT partner_id FROM crm_loyalty_floor
                 WHERE ladder_id = %(ladder)s AND %(mine)s
            ), noted AS (
                SELECT partner_id, MAX(date) AS day,
                       ARRAY_AGG(to_tier_id ORDER BY date DESC, id DESC) AS tiers
                  FROM crm_loyalty_tier_change
                 WHERE ladder_id = %(ladder)s AND %(mine)s
                 GROUP BY partner_id
            )
            SELECT partner_id, days, cents, documents, stored, noted.day, noted.tiers
              FROM happened
              FULL JOIN kept USING (partner_id)
              FULL JOIN given USING (partner_id)
              LEFT JOIN noted USING (partner_id)
             WHERE %(mine)s
            """,
            values=self.ladder._value_source(),
            held_by=self.ladder._held_by(SQL("value.partner_id")),
            contacts=contacts,
            mine=mine,
            ladder=self.ladder.id,
            digits=self.digits,
        )

    def _given(self, partner_ids):
        """Return ``{customer's id: what was given to him by hand}``."""
        domain = [("ladder_id", "=", self.ladder.id)]
        if partner_ids is not None:
            domain.append(("partner_id", "in", partner_ids))
        by_partner = defaultdict(list)
        for one in self.env["crm.loyalty.floor"].search(domain):
            if one.date_until >= one.date_from:
                floor = Floor(self.ranks[one.tier_id.id], one.date_from, one.date_until)
                by_partner[one.partner_id.id].append(Given(floor, one.reason, one.user_id.id))
        return by_partner

    def _joined(self, partner_ids):
        """Return ``{customer's id: day of his first member number}``, where the ladder asks."""
        if self.rules.window.kind != "anniversary":
            return {}
        domain = [("issued_on", "!=", False), ("partner_id", "!=", False)]
        if partner_ids is not None:
            domain.append(("partner_id", "in", partner_ids))
        groups = self.env["crm.member.number"]._read_group(
            domain, ["partner_id"], ["issued_on:min"]
        )
        return {partner.id: day for partner, day in groups}

    def _row(self, found, given):
        """Return what is to be stored, in the order of the columns."""
        position = found.position
        floor = max(
            (one.floor for one in given if one.floor.first <= self.as_of <= one.floor.last),
            default=None,
        )
        return (
            self.tier_ids[position.rank] or None,
            position.since,
            position.until,
            self._tier_to_reach(position.rank + 1),
            self.tier_ids[floor.rank] if floor else None,
            floor.last if floor else None,
            position.cents,
            position.to_next,
            position.to_keep,
        )

    def _tier_to_reach(self, rank):
        if rank < len(self.tier_ids) and not is_over(self.rules, self.as_of):
            return self.tier_ids[rank]
        return None

    def _stored(self, stored):
        """Return a stored row as `_row` does; it comes as JSON, whose numbers may be binary."""
        values = []
        for name, kind in COLUMNS.items():
            value = stored[name]
            if kind == "date" and value:
                value = date.fromisoformat(value)
            elif kind == "bigint":
                value = round((value or 0) * 10**self.digits)
            values.append(value)
        return tuple(values)

    def _changes(self, partner_id, found, log_day, log_tiers, given):
        """Return the moves that are not noted yet, in the order of the columns."""
        noted = [self.ranks.get(tier_id, 0) for tier_id in log_tiers or ()]
        before = self.held_before.get(partner_id, 0)
        highest = max([before, *noted])
        changes = []
        for move in moves_since(found.moves, self.as_of, log_day, noted[0] if noted else 0):
            by_hand = self._by_hand(move, given)
            method = move.method
            if before and move.day == self.rules.start and method == "upgrade":
                method = "replaced"
            changes.append(
                (
                    partner_id,
                    self.tier_ids[move.before] or None,
                    self.tier_ids[move.after] or None,
                    move.day,
                    method,
                    by_hand.reason if by_hand else None,
                    move.cents,
                    move.is_entry and move.after > highest,
                    by_hand.user_id if by_hand else None,
                    self.model if move.document else None,
                    move.document or None,
                )
            )
            highest = max(highest, move.after)
        return changes

    def _by_hand(self, move, given):
        """Return the tier by hand that began on the day of a move."""
        if move.method != "manual":
            return None
        return next(
            (
                one
                for one in given
                if one.floor.rank == move.after
                and max(one.floor.first, self.rules.start) == move.day
            ),
            None,
        )

    def _write(self, rows):
        """Insert and update memberships with one statement."""
        if not rows:
            return
        names = [SQL.identifier(name) for name in COLUMNS]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_loyalty_membership (ladder_id, company_id, partner_id, %(names)s)
                SELECT %(ladder)s, %(company)s, partner_id, %(values)s
                  FROM UNNEST(%(arrays)s) AS given (partner_id, %(names)s)
                 ORDER BY partner_id
                    ON CONFLICT (ladder_id, partner_id) DO UPDATE SET %(assignments)s
                """,
                names=SQL(", ").join(names),
                ladder=self.ladder.id,
                company=self.ladder.company_id.id,
                values=self._values(COLUMNS, AMOUNTS),
                arrays=self._arrays({"partner_id": "int", **COLUMNS}, rows),
                assignments=SQL(", ").join(SQL("%s = EXCLUDED.%s", name, name) for name in names),
            )
        )

    def _note(self, changes):
        """Add moves to the history, and announce them once for the batch."""
        if not changes:
            return
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_loyalty_tier_change (ladder_id, company_id, %(names)s)
                SELECT %(ladder)s, %(company)s, %(values)s
                  FROM UNNEST(%(arrays)s) WITH ORDINALITY AS given (%(names)s, place)
                 ORDER BY place
                RETURNING id
                """,
                names=SQL(", ").join(SQL.identifier(name) for name in CHANGE_COLUMNS),
                ladder=self.ladder.id,
                company=self.ladder.company_id.id,
                values=self._values(CHANGE_COLUMNS, ("value",)),
                arrays=self._arrays(CHANGE_COLUMNS, changes),
            )
        )
        self.ladder._forget_tiers()
        self.env["crm.loyalty.membership"]._tier_changed(
            self.env["crm.loyalty.tier.change"].browse(row_id for (row_id,) in rows)
        )

    def _values(self, columns, amounts):
        return SQL(", ").join(
            SQL("ROUND(%s / 10::numeric ^ %s, %s)", SQL.identifier(name), self.digits, self.digits)
            if name in amounts
            else SQL.identifier(name)
            for name in columns
        )

    @staticmethod
    def _arrays(columns, rows):
        return SQL(", ").join(
            SQL("%s::%s[]", list(values), SQL(kind))
            for kind, values in zip(columns.values(), zip(*rows, strict=True), strict=True)
        )
