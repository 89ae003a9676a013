"""The ladder: which tier a customer has on a day, and how he came there.

All of it follows from the documents dated up to that day and the rules. Nothing depends on when it
is worked out, as the whole way is gone again each time.

Amounts are whole numbers of the smallest unit ("cents"), so that a threshold is exact. Tiers are
ranks: 0 is none, 1 the lowest.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from .tier_window import ONE_DAY, Window, counted, last_day


class Rules(NamedTuple):
    """The rules of a ladder, in force from the day ``start`` to the day ``end``, None for no end.

    ``thresholds``: cents at which each tier begins, rising. ``downgrade``: ``never``,
    ``one_step`` (then the lower tier is kept for a window, or to the end of the year), or
    ``requalify`` (to the tier of what is left). ``grace_days``: for how many days he keeps a tier
    that he does not reach any more. After the last day nobody holds a tier.
    """

    thresholds: tuple[int, ...]
    window: Window
    start: date
    downgrade: str = "requalify"
    grace_days: int = 0
    end: date | None = None


class Event(NamedTuple):
    """An amount that counts on a day, below zero where it was given back, and its document."""

    day: date
    cents: int
    document: int = 0


class Floor(NamedTuple):
    """A rank given by hand, the least one from its first to its last day, None for no end."""

    rank: int
    first: date
    last: date | None = None


class Level(NamedTuple):
    """What counts from a day on: in its window, and in the window before."""

    day: date
    current: int
    previous: int = 0


class Move(NamedTuple):
    """One move; ``cents`` is the value of that day, ``document`` what made it, 0 for time.

    ``is_entry``: nobody greets a customer twice who falls and comes back; he never was that high.
    """

    day: date
    before: int
    after: int
    method: str
    cents: int
    document: int
    is_entry: bool


class Position(NamedTuple):
    """Where a customer stands on a day, and what is to come if he buys nothing more.

    ``until``: the last day of his tier, None for no end by these rules. ``to_next``: cents that the
    next tier needs; ``to_keep``: cents that would keep this one beyond its last day.
    """

    rank: int
    since: date | None
    until: date | None
    cents: int
    to_next: int
    to_keep: int


NOWHERE = Position(0, None, None, 0, 0, 0)


class History(NamedTuple):
    """The moves up to a day, from the first on, and the position on it."""

    moves: list[Move]
    position: Position


def in_cents(amount: float, digits: int = 2) -> int:
    """Return an amount in its smallest unit.

    >>> in_cents(1000.0), in_cents(0.1 + 0.2), in_cents(12.3454, 3)
    (100000, 30, 12345)
    """
    return int(Decimal(repr(amount)).scaleb(digits).quantize(Decimal(1), ROUND_HALF_UP))


def rank_of(cents: int, thresholds: Sequence[int]) -> int:
    """Return the rank that an amount reaches; its threshold itself reaches it.

    >>> [rank_of(cents, (10000, 50000)) for cents in (9999, 10000, 49999, 50000)]
    [0, 1, 1, 2]
    """
    return bisect_right(thresholds, cents)


def is_over(rules: Rules, day: date) -> bool:
    """Tell whether other rules have taken the place of these before or on a day."""
    return rules.end is not None and day > rules.end


def history(
    events: Sequence[Event],
    rules: Rules,
    as_of: date,
    joined: date | None = None,
    floors: Iterable[Floor] = (),
) -> History:
    """Return how a customer came to his tier of a day.

    ``joined``: when he became a member; only windows of anniversaries ask for it.

    >>> rules = Rules((100000,), Window("rolling", 12), date(2025, 1, 1))
    >>> bought = [Event(date(2025, 3, 1), 60000, 1), Event(date(2025, 5, 1), 40000, 2)]
    >>> [(str(move.day), move.after) for move in history(bought, rules, date(2026, 6, 1)).moves]
    [('2025-05-01', 1), ('2026-03-01', 0)]
    >>> history(bought, rules, date(2025, 6, 1)).position.until
    datetime.date(2026, 2, 28)
    >>> ended = rules._replace(end=date(2025, 12, 31))
    >>> [(str(move.day), move.method) for move in history(bought, ended, date(2026, 6, 1)).moves]
    [('2025-05-01', 'upgrade'), ('2026-01-01', 'replaced')]
    """
    known = [event for event in events if event.day <= as_of]
    floors = [floor for floor in floors if floor.first <= as_of]
    if not floors and _never_reaches(known, rules.thresholds[0]):
        if is_over(rules, as_of):
            return History([], NOWHERE)
        cents = _value_on(known, rules.window, as_of, joined)
        return History([], Position(0, None, None, cents, rules.thresholds[0] - cents, 0))
    levels = levels_of(known, rules.window, joined)
    ranks = ranks_by_rule(levels, rules, joined)
    moves = _moves(ranks, floors, levels, known, rules)
    past = [move for move in moves if move.day <= as_of]
    return History(past, _position(moves[len(past) :], past, levels, rules, as_of))


def _never_reaches(events: list[Event], threshold: int) -> bool:
    """Tell whether no window can hold enough for the lowest tier, as most customers' do not."""
    return threshold > 0 and sum(event.cents for event in events if event.cents > 0) < threshold


def _value_on(events: list[Event], window: Window, day: date, joined: date | None) -> int:
    total = 0
    for event in events:
        end = counted(window, event.day, joined).current
        if end is None or end > day:
            total += event.cents
    return total


def levels_of(events: Iterable[Event], window: Window, joined: date | None = None) -> list[Level]:
    """Return what counts from each day on which that changes.

    >>> levels_of([Event(date(2026, 5, 1), 700)], Window("year"))[1]
    Level(day=datetime.date(2027, 1, 1), current=0, previous=700)
    """
    changes: dict[date, list[int]] = {}
    for day, cents, _document in events:
        end = counted(window, day, joined)
        changes.setdefault(day, [0, 0])[0] += cents
        if end.current:
            changes.setdefault(end.current, [0, 0])[0] -= cents
        if end.previous:
            changes[end.current][1] += cents
            changes.setdefault(end.previous, [0, 0])[1] -= cents
    levels, current, previous = [], 0, 0
    for day in sorted(changes):
        current += changes[day][0]
        previous += changes[day][1]
        levels.append(Level(day, current, previous))
    return levels


def ranks_by_rule(
    levels: list[Level], rules: Rules, joined: date | None = None
) -> list[tuple[date, int]]:
    """Return the ranks that the rules give, each with its first day.

    Up at once; down when the value has been too small for the days of grace. What happens on a day
    counts for the whole of it, so that a customer who comes back on the last day falls nowhere. The
    days of grace are counted anew for each fall.

    >>> rules = Rules((100, 500), Window("lifetime"), date(2026, 1, 1), grace_days=10)
    >>> days = date(2026, 2, 1), date(2026, 3, 1), date(2026, 5, 1)
    >>> levels = [Level(day, cents) for day, cents in zip(days, (500, 400, 0))]
    >>> [(str(day), rank) for day, rank in ranks_by_rule(levels, rules)]
    [('2026-02-01', 2), ('2026-03-11', 1), ('2026-05-11', 0)]
    """
    ranks, held, too_small_since, kept_until = [], 0, None, None
    for level, end in _from_start(levels, rules.start):
        reached = rank_of(max(level.current, level.previous), rules.thresholds)
        if reached > held:
            held, kept_until = reached, None
            ranks.append((level.day, held))
        if reached >= held:
            too_small_since = None
        while reached < held and rules.downgrade != "never":
            too_small_since = too_small_since or level.day
            falls = max(too_small_since + timedelta(days=rules.grace_days), level.day)
            if kept_until:
                falls = max(falls, kept_until + ONE_DAY)
            if falls >= end:
                break
            held = held - 1 if rules.downgrade == "one_step" else reached
            ranks.append((falls, held))
            too_small_since = falls if reached < held else None
            if rules.downgrade == "one_step":
                kept_until = _end_of_step(rules.window, falls, joined)
    return ranks


def _end_of_step(window: Window, day: date, joined: date | None) -> date:
    """Return until when a tier is kept that a customer fell to, step by step."""
    months = 12 if window.kind == "lifetime" else window.months
    return last_day(window, day, joined) or day + relativedelta(months=months) - ONE_DAY


def _from_start(levels: list[Level], start: date) -> Iterable[tuple[Level, date]]:
    """Return each level from the start of the rules on, and the day on which it ends."""
    earlier = [level for level in levels if level.day <= start]
    since = [level for level in levels if level.day > start]
    if earlier:
        since.insert(0, earlier[-1]._replace(day=start))
    ends = [level.day for level in since[1:]]
    return zip(since, [*ends, date.max], strict=True) if since else ()


def _moves(
    ranks: list[tuple[date, int]],
    floors: list[Floor],
    levels: list[Level],
    events: list[Event],
    rules: Rules,
) -> list[Move]:
    """Return the moves between ranks, of those given by hand, too."""
    by_rule = dict(ranks)
    days = {*by_rule}
    for floor in floors:
        days |= {max(floor.first, rules.start)} | ({floor.last + ONE_DAY} if floor.last else set())
    documents = {event.day: event.document for event in events}
    level_days = [level.day for level in levels]
    moves, ruled, held, highest = [], 0, 0, 0
    for day in sorted(day for day in days if day >= rules.start and not is_over(rules, day)):
        ruled_before, ruled = ruled, by_rule.get(day, ruled)
        rank = max([ruled, *(floor.rank for floor in floors if _holds(floor, day))])
        if rank == held:
            continue
        place = bisect_right(level_days, day)
        method = "upgrade" if rank > held else "downgrade"
        if rank != ruled or ruled == ruled_before:
            method = "manual"
        moves.append(
            Move(
                day,
                held,
                rank,
                method,
                levels[place - 1].current if place else 0,
                documents.get(day, 0) if method != "manual" else 0,
                rank > highest,
            )
        )
        held, highest = rank, max(highest, rank)
    if held and rules.end:
        day = rules.end + ONE_DAY
        moves.append(Move(day, held, 0, "replaced", _level_on(levels, day).current, 0, False))
    return moves


def _holds(floor: Floor, day: date) -> bool:
    return floor.first <= day and (floor.last is None or day <= floor.last)


def _position(
    coming: list[Move], past: list[Move], levels: list[Level], rules: Rules, as_of: date
) -> Position:
    if is_over(rules, as_of):
        return NOWHERE
    rank = past[-1].after if past else 0
    since = past[-1].day if rank else None
    fall = next((move for move in coming if move.after < rank), None)
    if fall and fall.method == "replaced":
        fall = None  # what follows is up to other rules
    cents = _level_on(levels, as_of).current
    to_next = to_keep = 0
    if rank < len(rules.thresholds):
        to_next = max(0, rules.thresholds[rank] - cents)
    if fall:
        left = _level_on(levels, fall.day)
        to_keep = max(0, rules.thresholds[rank - 1] - max(left.current, left.previous))
    return Position(rank, since, fall and fall.day - ONE_DAY, cents, to_next, to_keep)


def _level_on(levels: list[Level], day: date) -> Level:
    found = Level(day, 0)
    for level in levels:
        if level.day > day:
            break
        found = level
    return found


def rank_on(moves: Sequence[Move], day: date) -> int:
    """Return the rank on a day, of moves that go beyond it.

    >>> move = Move(date(2026, 5, 1), 0, 1, "upgrade", 100, 0, True)
    >>> rank_on([move], date(2026, 4, 30)), rank_on([move], date(2026, 5, 1))
    (0, 1)
    """
    return next((move.after for move in reversed(moves) if move.day <= day), 0)


def moves_since(
    moves: Sequence[Move], as_of: date, logged_day: date | None, logged_rank: int
) -> list[Move]:
    """Return what of the moves up to a day is still to be noted in a log.

    The log ends with a rank on a day, None if it is empty; who looks back further notes nothing. It
    is never altered. Where its last entry is not true any more, it gets another one for
    that day: what else happened on it, or a correction where days gone by have changed.

    >>> up = Move(date(2026, 5, 1), 0, 1, "upgrade", 100, 0, True)
    >>> today = date(2026, 6, 1)
    >>> moves_since([up], today, None, 0) == [up], moves_since([up], today, up.day, 1)
    (True, [])
    >>> [(str(move.day), move.after, move.method) for move in moves_since([], today, up.day, 1)]
    [('2026-05-01', 0, 'correction')]
    """
    if logged_day is None:
        return list(moves)
    if as_of < logged_day:
        return []
    later = [move for move in moves if move.day > logged_day]
    rank = rank_on(moves, logged_day)
    if rank == logged_rank:
        return later
    again = next((move for move in moves if move.day == logged_day), None)
    if again is None or (again.method == "upgrade") != (rank > logged_rank):
        again = Move(logged_day, 0, 0, "correction", 0, 0, False)
    is_entry = again.is_entry and rank > logged_rank
    return [again._replace(before=logged_rank, after=rank, is_entry=is_entry), *later]
