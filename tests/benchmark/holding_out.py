"""How far forecasts of purchases are off on the orders of a real shop; run inside Odoo.

On a database such as the grocery chain that ``./setup/load_complete_journey`` loads: the days after
a day are held out, forecast from what came before, and compared with what came, by BG/NBD, by the
simple formula, and by "as many as in as many days before". Nothing is kept.

``python tests/benchmark/holding_out.py CONFIG_FILE [LAST_DAY [END]]`` prints JSON; the last quarter
of 2017 is held out when no days are given.
"""

from collections import Counter
from datetime import date

from session import run_job


def results(session, last: str = "2017-09-30", end: str = "2017-12-31") -> dict:
    """Return the errors by the way of forecasting."""
    with session.registry.cursor() as cr:
        from odoo import SUPERUSER_ID, api

        cr.execute("SET LOCAL jit = off")
        try:
            return _results(api.Environment(cr, SUPERUSER_ID, {}), last, end)
        finally:
            cr.rollback()


def _results(env, last: str, end: str) -> dict:
    from odoo.addons.crm_relationship_analytics.logic.lifetime_value import errors
    from odoo.addons.crm_relationship_analytics.models.crm_customer_outlook_run import OutlookRun

    cr = env.cr
    cr.execute(
        "SELECT company_id FROM sale_order GROUP BY company_id ORDER BY COUNT(*) DESC LIMIT 1"
    )
    policy = env["crm.value.policy"]._of_company(env["res.company"].browse(cr.fetchone()[0]))
    held_out = (date.fromisoformat(end) - date.fromisoformat(last)).days
    policy.write({"basis": "ordered", "reference_date": end, "outlook_held_out_days": held_out})
    run = OutlookRun(policy)
    run.read_purchases()
    tested, estimates = run.back_test(), run.estimates(run.customers())
    cut = run.today - held_out
    before_and_after = []
    for bought in run.bought:
        if bought.days[0] <= cut:
            before = sum(cut - held_out < day <= cut for day in bought.days)
            before_and_after.append((before, sum(day > cut for day in bought.days)))
    states = Counter(place.state for place in run.rhythms(run.rules()))
    return {
        "customers": tested.customers,
        "purchases that came": tested.came,
        "problem as of the day": tested.problem,
        "BG/NBD": tested.purchases._asdict(),
        "simple formula": tested.simple._asdict(),
        "as many as before": errors(before_and_after)._asdict(),
        "spending, Gamma-Gamma": tested.spend._asdict(),
        "spending, own average": tested.simple_spend._asdict(),
        "as of the end": {
            "problem": estimates.problem,
            "rates": estimates.purchases.rates._asdict(),
            "log-likelihood": estimates.purchases.log_likelihood,
            "spread": estimates.spending.spread._asdict(),
            "usual gap": run.rules().usual_gap,
            "states": dict(states),
        },
    }


if __name__ == "__main__":
    run_job(results)
