"""When a member who brought a friend, and the friend, are rewarded; and when no longer."""

from datetime import date, timedelta
from typing import NamedTuple


class Figures(NamedTuple):
    """What the documents of a friend's first order say.

    ``is_paid``: all of it was invoiced, and each invoice is paid. ``cents``: what is left of it
    after credit notes, without taxes, in the company's smallest unit. ``paid_on``: the day of the
    last payment.
    """

    is_confirmed: bool
    is_of_friend: bool
    is_paid: bool
    cents: int
    paid_on: date | None


class Terms(NamedTuple):
    """What a referral asks for; the deadline is the last day for the payment, None for no end."""

    minimum_cents: int
    deadline: date | None
    waiting_days: int


class Outcome(NamedTuple):
    """The state that a referral is in, and a reason where the state does not say all."""

    state: str
    reason: str | None = None


def outcome(state: str, figures: Figures, terms: Terms, today: date) -> Outcome:
    """Return the state that follows from the documents; asked again it is the same.

    Once rewarded only the documents count: time has no say any more.

    >>> paid = Figures(True, True, True, 10000, date(2026, 3, 1))
    >>> terms = Terms(10000, date(2026, 3, 31), 14)
    >>> outcome("open", paid, terms, date(2026, 3, 14)).state
    'waiting'
    >>> outcome("waiting", paid, terms, date(2026, 3, 15)).state
    'rewarded'
    >>> outcome("rewarded", paid._replace(cents=9999), terms, date(2026, 3, 15))
    Outcome(state='reversed', reason='refunded')
    >>> outcome("open", paid._replace(paid_on=date(2026, 4, 1)), terms, date(2026, 4, 1))
    Outcome(state='expired', reason='late')
    """
    is_worth_it = figures.cents > 0 and figures.cents >= terms.minimum_cents
    is_earned = figures.is_confirmed and figures.is_paid and is_worth_it
    if state in ("rewarded", "reversed"):
        return Outcome("rewarded") if is_earned else Outcome("reversed", _taken(figures, terms))
    if figures.is_confirmed and not figures.is_of_friend:
        return Outcome("expired", "customer")
    if is_earned:
        if terms.deadline and figures.paid_on > terms.deadline:
            return Outcome("expired", "late")
        is_waiting = today < figures.paid_on + timedelta(terms.waiting_days)
        return Outcome("waiting" if is_waiting else "rewarded")
    if terms.deadline and today > terms.deadline:
        return Outcome("expired", "late")
    is_too_small = figures.is_confirmed and figures.is_paid and not is_worth_it
    return Outcome("open", "minimum" if is_too_small else None)


def _taken(figures: Figures, terms: Terms) -> str:
    if not figures.is_confirmed:
        return "cancelled"
    if figures.is_paid or figures.cents < terms.minimum_cents:
        return "refunded"
    return "unpaid"
