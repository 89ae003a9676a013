import {expect, test} from "@odoo/hoot";
import {queryAllTexts} from "@odoo/hoot-dom";
import {mockDate} from "@odoo/hoot-mock";
import {mountWithCleanup} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {formatPoints, PointsOverview} from "@crm_relationship_loyalty/points/points_overview";

defineMailModels();

const CLUB = {
    id: 1,
    program: "Club",
    point_name: "Points",
    currency_id: null,
    points: 1250,
    pending: 30,
    expiring: 120.5,
    expiring_on: "2031-12-31",
    debt: 0,
};

test("points are shown with what is pending and expires next", async () => {
    await mountWithCleanup(PointsOverview, {props: {accounts: [CLUB]}});
    expect(".o_points_balance").toHaveText("1,250 Points");
    expect(queryAllTexts(".badge")).toEqual([
        "30 Points pending",
        "120.5 Points until Dec 31, 2031",
    ]);
});

test("only what expires within 60 days is a warning", async () => {
    mockDate("2031-10-31 12:00:00");
    await mountWithCleanup(PointsOverview, {props: {accounts: [CLUB]}});
    expect(".o_points_expiring").toHaveClass("text-bg-light");
    mockDate("2031-11-02 12:00:00");
    await mountWithCleanup(PointsOverview, {props: {accounts: [CLUB]}});
    expect(".o_points_expiring:last").toHaveClass("text-bg-warning");
});

test("what is owed is shown, and nothing that is zero", async () => {
    const account = {...CLUB, points: -49, pending: 0, expiring: 0, expiring_on: null, debt: 49};
    await mountWithCleanup(PointsOverview, {props: {accounts: [account]}});
    expect(".o_points_balance").toHaveText("-49 Points");
    expect(queryAllTexts(".badge")).toEqual(["Owes 49 Points"]);
});

test("points that are money are amounts", () => {
    expect(formatPoints(5, {currency_id: 1, point_name: "$"})).toInclude("5.00");
});
