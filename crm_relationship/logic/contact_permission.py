"""May a customer be contacted, who did not ask for it?"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import product
from math import ceil
from typing import NamedTuple

OWN_CAP_DAYS = 30
PASSING = frozenset({"silent", "weekday", "hours", "own_cap", "cap", "gap"})  # with time alone
FULL_AGE = 20  # Thailand's Civil and Commercial Code, section 19; PDPA, section 20


class Request(NamedTuple):
    """What somebody wants to do: at a moment (UTC), on a channel, for a purpose, by their ids."""

    channel: int
    purpose: int
    moment: datetime
    needs_consent: bool


class Contact(NamedTuple):
    """A contact that took place: its moment (UTC), channel and purpose."""

    moment: datetime
    channel: int
    purpose: int


class Rule(NamedTuple):
    """A rule of the company; an empty set of channels, purposes or grades means all of them.

    ``weekdays``: 0 for Monday. Hours run from the first, included, to the last, not included. A
    ``cap`` or ``gap_days`` of 0 bounds nothing.
    """

    channels: frozenset[int] = frozenset()
    purposes: frozenset[int] = frozenset()
    grades: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset(range(7))
    hour_from: float = 0.0
    hour_to: float = 24.0
    cap: int = 0
    cap_days: int = 30
    gap_days: int = 0

    def covers(self, channel: int, purpose: int) -> bool:
        """Tell whether the rule speaks of contacts on this channel for this purpose."""
        return channel in (self.channels or {channel}) and purpose in (self.purposes or {purpose})

    def holds_for(self, request: Request, grade: int) -> bool:
        """Tell whether the rule bounds this request to a customer of this grade (0: none)."""
        return self.covers(request.channel, request.purpose) and grade in (self.grades or {grade})


class Customer(NamedTuple):
    """What is known of a customer at the moment of a request.

    ``consent``: the state that holds, or nothing. ``local``: the moment on his clock.
    """

    local: datetime
    is_reachable: bool = True
    consent: str = ""
    is_agreed_by_guardian: bool = False
    is_blacklisted: bool = False
    silent_until: date | None = None
    birthdate: date | None = None
    own_cap: int = 0
    grade: int = 0
    contacts: tuple[Contact, ...] = ()


def is_minor(birthdate: date | None, day: date) -> bool:
    """Tell whether somebody is not of full age on a day; of unknown age, he is taken to be.

    >>> day = date(2026, 11, 24)
    >>> is_minor(date(2006, 11, 25), day), is_minor(date(2006, 11, 24), day), is_minor(None, day)
    (True, False, False)
    """
    if not birthdate:
        return False
    age = day.year - birthdate.year - ((day.month, day.day) < (birthdate.month, birthdate.day))
    return age < FULL_AGE


def refusal(customer: Customer, request: Request, rules: Iterable[Rule]) -> str:
    """Return why the customer may not be contacted, or an empty text when he may.

    One of address, silent, withdrawn, blacklist, consent, minor, weekday, hours, own_cap, cap, gap:
    the first that applies, and what lasts longest comes first.

    >>> monday = datetime(2026, 11, 23, 10)
    >>> request = Request(channel=1, purpose=2, moment=monday, needs_consent=True)
    >>> refusal(Customer(local=monday), request, [])
    'consent'
    >>> willing = Customer(consent="granted", local=monday)
    >>> refusal(willing, request, [])
    ''
    >>> refusal(willing, request, [Rule(hour_from=8, hour_to=10)])
    'hours'
    >>> before = (Contact(monday - timedelta(days=29), 1, 2),)
    >>> refusal(willing._replace(contacts=before), request, [Rule(cap=1)])
    'cap'
    >>> refusal(willing._replace(contacts=before, own_cap=2), request, [Rule(cap=1)])
    ''
    """
    lasting = _lasting_refusal(customer, request)
    if lasting:
        return lasting
    held = [rule for rule in rules if rule.holds_for(request, customer.grade)]
    return _refusal_by_time(customer.local, held) or _refusal_by_frequency(customer, request, held)


def next_chance(
    customer: Customer, request: Request, rules: Sequence[Rule], days: int
) -> datetime | None:
    """Return the first moment (UTC) within so many days at which a refused request passes.

    None when there is none, and for a reason that does not pass with time. That clocks change, and
    what happens until then, is not foreseen: who waits for the moment asks again.

    >>> evening = datetime(2026, 11, 23, 20, 30)  # a Monday, on the customer's clock
    >>> request = Request(1, 2, datetime(2026, 11, 23, 13, 30), needs_consent=False)
    >>> daytime = Rule(hour_from=8, hour_to=20)
    >>> print(next_chance(Customer(evening), request, [daytime], days=7))
    2026-11-24 01:00:00
    >>> print(next_chance(Customer(evening), request, [daytime], days=0))
    None
    >>> before = (Contact(datetime(2026, 11, 21, 13), 1, 2),)
    >>> print(next_chance(Customer(evening, contacts=before), request, [Rule(gap_days=3)], days=7))
    2026-11-24 13:00:00
    >>> silent = Customer(evening, silent_until=date(2026, 11, 25))
    >>> print(next_chance(silent, request, [daytime], days=7))
    2026-11-26 01:00:00
    >>> print(next_chance(silent._replace(consent="denied"), request, [daytime], days=7))
    None
    """
    if refusal(customer, request, rules) not in PASSING:
        return None
    for wait in sorted(_waits(customer, request, rules, days)):
        then = request._replace(moment=request.moment + wait)
        if not refusal(customer._replace(local=customer.local + wait), then, rules):
            return then.moment
    return None


def _waits(
    customer: Customer, request: Request, rules: Sequence[Rule], days: int
) -> Iterator[timedelta]:
    """Return how long it is until a day or its hours begin, or a contact stops to count."""
    begin, end = timedelta(), timedelta(days=days)
    midnight = datetime.combine(customer.local, time())
    hours = {0.0, *(rule.hour_from for rule in rules)}
    for day, hour in product(range(days + 1), hours):
        wait = midnight + timedelta(days=day, seconds=ceil(hour * 3600)) - customer.local
        if begin < wait <= end:
            yield wait
    spans = {OWN_CAP_DAYS, *(rule.cap_days for rule in rules), *(rule.gap_days for rule in rules)}
    for contact, span in product(customer.contacts, spans):
        wait = contact.moment + timedelta(days=span) - request.moment
        if begin < wait <= end:
            yield wait


def _lasting_refusal(customer: Customer, request: Request) -> str:
    """Return why he may not be contacted at any hour."""
    if not customer.is_reachable:
        return "address"
    if customer.silent_until and customer.local.date() <= customer.silent_until:
        return "silent"
    if customer.consent in ("withdrawn", "denied"):
        return "withdrawn"
    if customer.is_blacklisted:
        return "blacklist"
    if not request.needs_consent:
        return ""
    if customer.consent != "granted":
        return "consent"
    minor = is_minor(customer.birthdate, customer.local.date())
    return "minor" if minor and not customer.is_agreed_by_guardian else ""


def _refusal_by_time(local: datetime, rules: Sequence[Rule]) -> str:
    hour = local.hour + local.minute / 60 + local.second / 3600
    if any(local.weekday() not in rule.weekdays for rule in rules):
        return "weekday"
    if any(not rule.hour_from <= hour < rule.hour_to for rule in rules):
        return "hours"
    return ""


def _refusal_by_frequency(customer: Customer, request: Request, rules: Sequence[Rule]) -> str:
    """Return whether he was contacted too often; his own cap goes before those of the rules."""
    moment = request.moment
    if customer.own_cap:
        if _count(customer.contacts, moment, OWN_CAP_DAYS) >= customer.own_cap:
            return "own_cap"
    else:
        for rule in rules:
            counted = [one for one in customer.contacts if rule.covers(one.channel, one.purpose)]
            if rule.cap and _count(counted, moment, rule.cap_days) >= rule.cap:
                return "cap"
    for rule in rules:
        counted = [one for one in customer.contacts if rule.covers(one.channel, one.purpose)]
        if rule.gap_days and _count(counted, moment, rule.gap_days):
            return "gap"
    return ""


def _count(contacts: Iterable[Contact], moment: datetime, days: int) -> int:
    """Return how many contacts took place in so many days before a moment."""
    begin = moment - timedelta(days=days)
    return sum(begin < contact.moment <= moment for contact in contacts)
