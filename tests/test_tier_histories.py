"""Random histories of a customer's documents: the ladder against a walk from day to day."""

from datetime import date, timedelta
from functools import cache

from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_relationship_loyalty.logic.simulation import Tally
from odoo.addons.crm_relationship_loyalty.logic.tier import (
    Event,
    Floor,
    Rules,
    history,
    moves_since,
    rank_on,
)
from odoo.addons.crm_relationship_loyalty.logic.tier_window import Window

FIRST, LAST = date(2023, 12, 20), date(2025, 3, 5)
DAYS = st.dates(FIRST, LAST)
EVENTS = st.lists(
    st.builds(Event, DAYS, st.sampled_from([-500, -100, -1, 1, 99, 100, 300, 499, 500, 1000])),
    max_size=12,
)
WINDOWS = st.sampled_from(
    [
        Window("rolling", 1),
        Window("rolling", 6),
        Window("rolling", 12),
        Window("year"),
        Window("year", year_end=(2, 28)),
        Window("anniversary"),
        Window("lifetime"),
    ]
)
RULES = st.builds(
    Rules,
    st.just((100, 500, 1000)),
    WINDOWS,
    st.sampled_from([FIRST, date(2024, 6, 30)]),
    st.sampled_from(["never", "one_step", "requalify"]),
    st.sampled_from([0, 1, 30]),
    st.sampled_from([None, None, date(2024, 6, 30), date(2024, 12, 31), date(2025, 3, 5)]),
)
FLOORS = st.lists(
    st.tuples(st.integers(1, 3), DAYS, st.integers(0, 200)).map(
        lambda given: Floor(given[0], given[1], given[1] + timedelta(days=given[2]))
    ),
    max_size=2,
)
JOINED = date(2024, 2, 29)


@cache
def first_and_last(window, day):
    """Return the first and the last day of the window of a day."""
    if window.kind == "lifetime":
        return date.min, date.max
    if window.kind == "rolling":
        return day - relativedelta(months=window.months) + timedelta(days=1), day
    starts = _starts(window)
    first = max(start for start in starts if start <= day)
    return first, min(start for start in starts if start > day) - timedelta(days=1)


def _starts(window):
    if window.kind == "anniversary":
        return [JOINED + relativedelta(years=years) for years in range(-5, 10)]
    if window.year_end == (2, 28):
        return [date(year, 3, 1) for year in range(2019, 2034)]
    return [date(year, 1, 1) for year in range(2019, 2034)]


def value(events, window, day, before=False):
    """Return what counts on a day, or what counted in the whole year before."""
    first, _last = first_and_last(window, day)
    if not before:
        return sum(event.cents for event in events if first <= event.day <= day)
    if window.kind in ("lifetime", "rolling"):
        return 0
    first, last = first_and_last(window, first - timedelta(days=1))
    return sum(event.cents for event in events if first <= event.day <= last)


def walk(events, rules, floors):
    """Return the rank of each day, from day to day, as a clerk would do it."""
    held, missing, kept = 0, 0, None
    day, ranks = rules.start, {}
    while day <= LAST + timedelta(days=400):
        best = max(value(events, rules.window, day), value(events, rules.window, day, before=True))
        reached = sum(best >= threshold for threshold in rules.thresholds)
        if reached > held:
            held, kept = reached, None
        missing = missing + 1 if reached < held else 0
        may_fall = rules.downgrade != "never" and (kept is None or day > kept)
        if missing > rules.grace_days and may_fall:
            if rules.downgrade == "requalify":
                held = reached
            else:
                held -= 1
                kept = _kept_until(rules.window, day)
            missing = 1 if reached < held else 0
        given = [floor.rank for floor in floors if floor.first <= day <= floor.last]
        is_over = rules.end is not None and day > rules.end
        ranks[day] = 0 if is_over else max([held, *given])
        day += timedelta(days=1)
    return ranks


def _kept_until(window, day):
    if window.kind in ("year", "anniversary"):
        return first_and_last(window, day)[1]
    months = 12 if window.kind == "lifetime" else window.months
    return day + relativedelta(months=months) - timedelta(days=1)


@tagged("post_install", "-at_install")
class TestTierHistories(BaseCase):
    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(events=EVENTS, rules=RULES, floors=FLOORS)
    def test_the_ladder_is_what_a_clerk_finds_who_goes_from_day_to_day(self, events, rules, floors):
        ranks = walk(events, rules, floors)
        found = history(events, rules, max(ranks), JOINED, floors).moves
        for day, rank in ranks.items():
            self.assertEqual(rank_on(found, day), rank, day)
        for move in found:
            self.assertEqual(move.cents, value(events, rules.window, move.day), move)

    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @given(
        events=EVENTS,
        rules=RULES,
        floors=FLOORS,
        visits=st.lists(DAYS, min_size=1, max_size=6),
    )
    def test_a_tier_never_depends_on_when_and_how_often_it_was_evaluated(
        self, events, rules, floors, visits
    ):
        log = []
        for as_of in visits:
            found = history(events, rules, as_of, JOINED, floors)
            log += moves_since(
                found.moves, as_of, log[-1].day if log else None, log[-1].after if log else 0
            )
            self.assertEqual(found.position.rank, rank_on(log, as_of))
            self._check_end(found.position, events, rules, floors, as_of)
        self.assertEqual(log, history(events, rules, max(visits), JOINED, floors).moves)

    @settings(max_examples=100, deadline=None, database=None, derandomize=True)
    @given(customers=st.lists(EVENTS, max_size=4), rules=RULES)
    def test_members_of_a_month_are_those_before_and_who_came_less_who_went(self, customers, rules):
        rules = rules._replace(start=date(2024, 1, 1), end=None)
        tally = Tally(rules.start, LAST)
        ways = [history(events, rules, LAST, JOINED).moves for events in customers]
        for moves in ways:
            tally.add(moves)
        for rank in (1, 2, 3):
            members = sum(rank_on(moves, rules.start) == rank for moves in ways)
            for month, end in tally.months:
                counts = tally.counts[month, rank]
                members += counts.entered - counts.left
                self.assertEqual(counts.members, members, month)
                self.assertEqual(members, sum(rank_on(moves, end) == rank for moves in ways))
                days = [month + timedelta(days=after) for after in range((end - month).days + 1)]
                held = sum(rank_on(moves, day) == rank for moves in ways for day in days)
                self.assertEqual(counts.days, held, month)

    def _check_end(self, position, events, rules, floors, as_of):
        """Check that without more documents a tier is kept to its last day and no longer."""
        if not position.until:
            return
        known = [event for event in events if event.day <= as_of]
        given = [floor for floor in floors if floor.first <= as_of]
        for days, is_kept in ((0, True), (1, False)):
            day = position.until + timedelta(days=days)
            later = history(known, rules, day, JOINED, given).position
            self.assertEqual(later.rank >= position.rank, is_kept)
