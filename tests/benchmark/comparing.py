"""B2: what it costs to search all customers for duplicates; run inside Odoo.

Of the customers some are planted twice, so that each rule has pairs to find. The database is a copy
that is thrown away. ``AssertionError`` when the queue is not what comparing by hand-written joins
gives, a planted pair is not in it, or a second search writes.
"""

from pathlib import Path

from measuring import Meter, median_of
from session import run_job

PLANTING = Path(__file__).with_name("duplicates.sql").read_text(encoding="utf-8")
# Every pair with a rule in common, each rule a join, with the weights that the addon comes with.
EXPECTED = """
    WITH person AS (
        SELECT *, LOWER(name) AS low FROM res_partner
         WHERE active AND type = 'contact' AND customer_rank > 0
    ), pair AS (
        SELECT one.id, other.id AS other_id, 60 AS weight
          FROM person one JOIN person other USING (email_normalized)
         WHERE one.id < other.id
           AND one.commercial_partner_id <> other.commercial_partner_id
         UNION ALL
        SELECT one.id, other.id, 50
          FROM person one JOIN person other USING (phone_sanitized)
         WHERE one.id < other.id
           AND one.commercial_partner_id <> other.commercial_partner_id
         UNION ALL
        SELECT one.id, other.id, 80
          FROM person one JOIN person other USING (vat)
         WHERE one.id < other.id
           AND one.commercial_partner_id <> other.commercial_partner_id
         UNION ALL
        SELECT one.id, other.id, 70
          FROM person one JOIN person other USING (low, birthdate, is_company)
         WHERE one.id < other.id
         UNION ALL
        SELECT one.id, other.id, 40
          FROM person one JOIN person other USING (low, zip, is_company)
         WHERE one.id < other.id
    )
    SELECT id, other_id, LEAST(SUM(weight), 100) FROM pair GROUP BY id, other_id
"""
STORED = "SELECT partner_id, other_partner_id, score FROM crm_duplicate"


def costs(session) -> dict:
    """Return the cost of the first search, of another, and how many pairs were found."""
    planted = _plant(session)
    first = [_search(session, forget=True) for _time in range(3)]
    assert all(found == first[0][1] for _cost, found in first), "each search finds other pairs"
    pairs = first[0][1]["inserted"]
    with session.environment() as env:
        expected, stored = _rows(env, EXPECTED), _rows(env, STORED)
        differences = sorted(expected ^ stored)[:3]
        assert not differences, f"other pairs than by the joins: {differences}"
        for kind, count in planted.items():
            env.cr.execute(
                "SELECT COUNT(*) FROM planted JOIN crm_duplicate ON partner_id = planted.id"
                " AND other_partner_id = twin_id AND %s = ANY(STRING_TO_ARRAY(kinds, ','))"
                " WHERE kind = %s",
                [kind, kind],
            )
            found = env.cr.fetchone()[0]
            assert found == count > 0, f"{kind}: {found} of {count} planted pairs were found"
    again = [_search(session) for _time in range(3)]
    for _cost, written in again:
        assert not any(written.values()), f"a second search writes: {written}"
    return {
        "first": median_of([cost for cost, _found in first]),
        "again": median_of([cost for cost, _written in again]),
        "pairs": pairs,
    }


def _plant(session) -> dict[str, int]:
    """Plant duplicates; return how many of each kind."""
    with session.environment() as env:
        env.cr.execute(PLANTING)
        env.cr.execute("SELECT kind, COUNT(*) FROM planted GROUP BY kind")
        planted = dict(env.cr.fetchall())
    with session.registry.cursor() as cr:
        cr._cnx.autocommit = True
        cr.execute("VACUUM ANALYZE res_partner")
    return planted


def _rows(env, statement: str) -> set[tuple]:
    env.cr.execute(statement)
    return set(env.cr.fetchall())


def _search(session, forget: bool = False):
    """Return the cost of a search, and what it has written."""
    written = {}
    with session.environment() as env:
        if forget:
            env.cr.execute("DELETE FROM crm_duplicate")

        def search():
            written.update(env["crm.duplicate"].find_duplicates())
            env.cr.commit()

        cost = Meter(env.cr).cost_of(search)
    return cost, written


if __name__ == "__main__":
    run_job(costs)
