"""P9: what it costs to open the ledger of cards that were there before; run inside Odoo.

A million points on 100,000 cards: at installation, with one statement, and card by card. The
database is a copy that is thrown away.
``AssertionError`` when a card does not agree with its ledger.
"""

from measuring import Meter
from session import run_job

CARDS = 100_000
POINTS = 10
SAMPLE = 1000  # cards
ROWS = """
    INSERT INTO loyalty_card (program_id, code, points, active, is_one_per_customer)
    SELECT %(program)s, 'P9-' || number, %(points)s, TRUE, TRUE
      FROM GENERATE_SERIES(1, %(cards)s) number;
    ANALYZE loyalty_card;
"""


def costs(session) -> dict:
    """Return ``{"cards", "sample", "all": [cpu, wall], "one by one": [cpu, wall]}``."""
    from odoo.addons.crm_relationship_loyalty.hooks import post_init_hook

    with session.environment() as env:
        program = env["loyalty.program"].create({"name": "P9", "program_type": "loyalty"})
        env.cr.execute(ROWS, {"program": program.id, "cards": CARDS, "points": POINTS})
    with session.environment() as env:
        meter, Card = Meter(env.cr), env["loyalty.card"]
        everything = meter.cost_of(lambda: post_init_hook(env))
        assert not env["crm.points.difference"]._found()
        env.cr.execute("SELECT COUNT(*), SUM(points) FROM loyalty_history WHERE state = 'active'")
        assert env.cr.fetchone() == (CARDS, CARDS * POINTS)
        sample = Card.search([("program_id", "=", program.id)], limit=SAMPLE)
        one_by_one = meter.cost_of(lambda: _open_one_by_one(sample))
        env.cr.rollback()
        return {
            "cards": CARDS,
            "sample": SAMPLE,
            "all": list(everything),
            "one by one": list(one_by_one),
        }


def _open_one_by_one(cards):
    for card in cards:
        card._open({card: None})
        card.env.flush_all()


if __name__ == "__main__":
    run_job(costs)
