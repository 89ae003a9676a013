import {expect, test} from "@odoo/hoot";
import {queryAllTexts} from "@odoo/hoot-dom";
import {contains, mockService, mountWithCleanup} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {TierOverview} from "@crm_relationship_loyalty/tiers/tier_overview";

defineMailModels();

const SILVER = {
    ladder: 1,
    ladder_name: "Club",
    membership: 7,
    tier: 3,
    name: "Silver",
    color: 4,
    until: "2031-12-31",
    next: "Gold",
    currency_id: 1,
    missing: 120,
    keep: 300,
    progress: 97,
    by: "2031-12-31",
    is_ending: false,
    promise: "Free delivery",
    note: "Offer a seat",
};
const WITHOUT_AMOUNTS = {...SILVER, membership: false};
for (const amount of ["missing", "keep", "progress"]) {
    delete WITHOUT_AMOUNTS[amount];
}

test("a tier is shown with its color, its last day, and the way to the next", async () => {
    await mountWithCleanup(TierOverview, {props: {tiers: [SILVER]}});
    expect(".o_tier_name").toHaveText("Silver");
    expect(".o_tier_name").toHaveClass("o_tag_color_4");
    expect(".o_tier_until").toHaveText("until Dec 31, 2031");
    expect(".o_tier_next").toHaveText(/^Gold: .*120\.00.* more until Dec 31, 2031$/);
    expect(".progress").toHaveAttribute("aria-valuenow", "97");
    expect(".o_tier_promise").toHaveText("Free delivery");
    expect(".o_tier_note").toHaveText("Offer a seat");
    expect(".o_tier_ladder").toHaveCount(0);
    expect(".o_tier_ending").toHaveCount(0);
});

test("a tier that ends says what keeps it", async () => {
    await mountWithCleanup(TierOverview, {props: {tiers: [{...SILVER, is_ending: true}]}});
    expect(".o_tier_ending").toHaveText(/^Ending: .*300\.00.* keeps it$/);
});

test("who sees no amounts sees the tiers and no progress", async () => {
    const tier = {...WITHOUT_AMOUNTS, is_ending: true};
    await mountWithCleanup(TierOverview, {props: {tiers: [tier]}});
    expect(".o_tier_next").toHaveText("Next: Gold");
    expect(".o_tier_ending").toHaveText("Ending");
    expect(".progress").toHaveCount(0);
    expect(".o_tier_open").toHaveCount(0);
    expect(".o_tier").not.toHaveText(/\d{3}\.00/);
});

test("ladders of points speak of points, and several ladders are named", async () => {
    const points = {
        ...SILVER,
        ladder: 2,
        ladder_name: "Stars",
        name: false,
        until: false,
        by: false,
        currency_id: false,
        missing: 1200.5,
    };
    await mountWithCleanup(TierOverview, {props: {tiers: [SILVER, points]}});
    expect(queryAllTexts(".o_tier_ladder")).toEqual(["Club", "Stars"]);
    expect(".o_tier_none").toHaveText("No tier yet");
    expect(".o_tier_next:last").toHaveText("Gold: 1,200.5 points more");
});

test("the highest tier has no next one", async () => {
    await mountWithCleanup(TierOverview, {props: {tiers: [{...SILVER, next: false}]}});
    expect(".o_tier_next").toHaveCount(0);
    expect(".progress").toHaveCount(0);
});

test("a tier opens its membership", async () => {
    mockService("action", {doAction: ({res_model: model, res_id: id}) => expect.step([model, id])});
    await mountWithCleanup(TierOverview, {props: {tiers: [SILVER]}});
    await contains(".o_tier_open").click();
    expect.verifySteps([["crm.loyalty.membership", 7]]);
});
