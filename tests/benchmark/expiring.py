"""B5: what the expiry of points costs; run inside Odoo.

Cards of one lot each, as what one day's awards leave; all are over. Some are expired one after the
other, as a spending does it; then the job takes all the others. The database is a copy that is
thrown away.
``AssertionError`` when a card does not agree with its ledger, or the job has left or added a row.
"""

from measuring import Meter
from session import run_job

LOTS_OF_CARD = 1
SAMPLE = 1000  # cards
ROWS = """
    INSERT INTO loyalty_card (program_id, code, points, active, is_one_per_customer)
    SELECT %(program)s, 'B5-' || number, 10 * %(lots)s, TRUE, TRUE
      FROM GENERATE_SERIES(1, %(cards)s) number;
    INSERT INTO loyalty_history (
        card_id, program_id, kind, state, date, description, issued, used, points, remaining,
        expiration_date
    )
    SELECT card.id, card.program_id, 'earn', 'active', NOW(), 'B5', 10, 0, 10, 10,
           CURRENT_DATE - 3
      FROM loyalty_card card, GENERATE_SERIES(1, %(lots)s)
     WHERE card.program_id = %(program)s;
    ANALYZE loyalty_card;
    ANALYZE loyalty_history;
"""


def costs(session, lots: str) -> dict:
    """Return ``{"lots", "sample_lots", "job": [cpu, wall], "again", "sample"}``."""
    with session.environment() as env:
        program = env["loyalty.program"].create({"name": "B5", "program_type": "loyalty"})
        cards = int(lots) // LOTS_OF_CARD + SAMPLE
        env.cr.execute(ROWS, {"program": program.id, "cards": cards, "lots": LOTS_OF_CARD})
    with session.environment() as env:
        meter, Card = Meter(env.cr), env["loyalty.card"]
        sample = Card.search([("program_id", "=", program.id)], limit=SAMPLE)
        one_by_one = meter.cost_of(lambda: _expire_one_by_one(sample))
        job = meter.cost_of(Card._cron_expire)
        _check(env, cards * LOTS_OF_CARD)
        again = meter.cost_of(Card._cron_expire)
        _check(env, cards * LOTS_OF_CARD)
        return {
            "lots": (cards - SAMPLE) * LOTS_OF_CARD,
            "sample_lots": SAMPLE * LOTS_OF_CARD,
            "job": list(job),
            "again": list(again),
            "sample": list(one_by_one),
        }


def _expire_one_by_one(cards):
    for card in cards:
        card._lock()
        card._expire_due()
        card.env.flush_all()


def _check(env, lots):
    """Raise AssertionError unless each lot has expired once and no card differs."""
    env.cr.execute(
        "SELECT COUNT(*), COUNT(DISTINCT award_id) FROM loyalty_history WHERE kind = 'expire'"
    )
    assert env.cr.fetchone() == (lots, lots)
    env.cr.execute("SELECT COUNT(*) FROM loyalty_card WHERE points <> 0")
    assert env.cr.fetchone() == (0,)
    assert not env["crm.points.difference"]._found()


if __name__ == "__main__":
    run_job(costs)
