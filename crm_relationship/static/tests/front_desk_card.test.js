import {describe, expect, test} from "@odoo/hoot";
import {animationFrame, queryAllTexts} from "@odoo/hoot-dom";
import {Component, xml} from "@odoo/owl";
import {contains, onRpc} from "@web/../tests/web_test_helpers";
import {
    ALL_RIGHTS,
    cardOf,
    defineFrontDesk,
    eventOf,
    KINDS,
    openDesk,
    serveCards,
} from "./front_desk_helpers";
import {deskBlocks} from "@crm_relationship/desk/customer_card";

describe.current.tags("desktop");
defineFrontDesk();

test("the card tells who the customer is", async () => {
    serveCards({1: cardOf(1, {warnings: ["This contact is archived."]})});
    await openDesk({resId: 1});
    expect(".o_desk_warning").toHaveText("This contact is archived.");
    expect(".o_desk_number").toHaveText("M00001");
    expect(".o_desk_grade").toHaveText("A Gold");
    expect(".o_desk_promise").toHaveText("Answer within a day");
    expect(".o_desk_owner").toHaveText(/Olga Owner\s*Away/);
    expect(".o_desk_deputy").toHaveText("Dan Deputy");
    expect(".o_desk_block_who a[href='tel:+66 2 123 4567']").toHaveCount(1);
    expect(".o_desk_likes").toHaveText("Golf, Tea");
});

test("a part that the reader may not see is not shown", async () => {
    const hidden = {invoices: false, credit: false, orders: false, purchases: false, likes: false};
    serveCards({1: cardOf(1, hidden)});
    await openDesk({resId: 1});
    expect(".o_desk_block_who").toHaveCount(1);
    expect(".o_desk_block_timeline").toHaveCount(1);
    expect(".o_desk_block").toHaveCount(2);
});

test("amounts are shown with their currency", async () => {
    serveCards({1: cardOf(1)});
    await openDesk({resId: 1});
    expect(".o_desk_overdue_amount").toHaveText("$ 250.00");
    expect(".o_desk_credit").toHaveText(/\$ 400.00\s+of\s+\$ 1,000.00/);
    expect(queryAllTexts(".o_desk_amount")).toEqual(["$ 60.00", "$ 120.00"]);
});

test("an amount that the reader may not see leaves no trace", async () => {
    const card = cardOf(1, {credit: false});
    card.invoices.amount = card.orders[0].amount = card.purchases[0].amount = false;
    serveCards({1: card});
    await openDesk({resId: 1});
    expect(".o_desk_overdue").toHaveText(/^2/);
    expect(".o_desk_order_row").toHaveCount(1);
    expect(".o_desk_purchase").toHaveCount(1);
    expect(".o_desk_amount, .o_desk_overdue_amount, .o_desk_credit").toHaveCount(0);
    expect(".o_desk_card:contains('$')").toHaveCount(0);
});

test("an addon adds a block in its place, which can reload the card", async () => {
    class Points extends Component {
        static template = xml`
            <button class="o_test_points" t-on-click="() => props.reload()" t-out="props.card.points"/>`;
        static props = ["*"];
    }
    deskBlocks.add("test.points", {
        component: Points,
        sequence: 15,
        isShown: (card) => card.points !== false,
    });
    try {
        let points = 8;
        onRpc("res.partner", "customer_card", () => cardOf(1, {points}));
        await openDesk({resId: 1});
        expect(".o_desk_block_who + .o_test_points").toHaveText("8");
        points = 9;
        await contains(".o_test_points").click();
        await animationFrame();
        expect(".o_test_points").toHaveText("9");
        points = false;
        await contains(".o_test_points").click();
        await animationFrame();
        expect(".o_test_points").toHaveCount(0);
    } finally {
        deskBlocks.remove("test.points");
    }
});

test("only what the reader may do has a button", async () => {
    const none = Object.fromEntries(Object.keys(ALL_RIGHTS).map((right) => [right, false]));
    serveCards({1: cardOf(1), 2: cardOf(2, {may: none, household: householdWith(1)})});
    await openDesk({resId: 2});
    expect(".o_desk_actions button").toHaveCount(0);
    await contains(".o_desk_member button").click();
    await animationFrame();
    expect(".o_desk_name").toHaveText("Customer 1");
    expect(queryAllTexts(".o_desk_actions button")).toEqual([
        "Log",
        "Case",
        "Lead",
        "Quotation",
        "Replace Card",
        "Open Contact",
    ]);
});

function householdWith(partnerId) {
    const members = [
        {partner_id: partnerId, name: "Ann", role: "Spouse", birthdate: "1981-01-02"},
        {partner_id: false, name: "Bob", role: "Child", birthdate: false},
    ];
    return {id: 4, name: "Family", members};
}

test("who logs an interaction sees the card anew", async () => {
    onRpc("res.partner", "customer_card", () => {
        expect.step("card");
        return cardOf(1);
    });
    onRpc("crm.interaction", "web_save", ({args, kwargs}) => {
        expect.step(`${args[1].subject} of ${kwargs.context.default_partner_id}`);
    });
    onRpc("crm.interaction", "get_views", ({kwargs}) => {
        expect.step(kwargs.context.form_view_ref);
    });
    await openDesk({resId: 1});
    await contains(".o_desk_log").click();
    await contains(".modal .o_field_widget[name=subject] input").edit("Asked for a boat");
    await contains(".modal .o_form_button_save").click();
    await animationFrame();
    expect(".modal").toHaveCount(0);
    expect(".o_desk_search_input").toBeFocused();
    expect.verifySteps([
        "card",
        "crm_relationship.crm_interaction_view_form_desk",
        "Asked for a boat of 1",
        "card",
    ]);
});

test("a lead is handed over and can be opened by who may see it", async () => {
    serveCards({1: cardOf(1)});
    onRpc("res.partner", "raise_lead", ({args}) => {
        expect.step(args);
        return {id: 31, name: args[1]};
    });
    await openDesk({resId: 1});
    await contains(".o_desk_lead").click();
    expect("#o_desk_lead_subject").toBeFocused();
    expect(".o_desk_lead_raise").not.toBeEnabled();
    await contains("#o_desk_lead_subject").edit("Wants a boat", {confirm: false});
    await contains("#o_desk_lead_note").edit("In spring", {confirm: false});
    await contains(".o_desk_lead_raise").click();
    await animationFrame();
    expect.verifySteps([[[1], "Wants a boat", "In spring"]]);
    expect(".modal").toHaveCount(0);
    await contains(".o_notification button:contains('Open Lead')").click();
    await animationFrame();
    expect(".o_form_view .o_field_widget[name=name] input").toHaveValue("Wants a boat");
});

test("a lead cannot be opened by who may not see it", async () => {
    serveCards({1: cardOf(1, {may: {...ALL_RIGHTS, open_lead: false}})});
    onRpc("res.partner", "raise_lead", () => ({id: 31, name: "Boat"}));
    await openDesk({resId: 1});
    await contains(".o_desk_lead").click();
    await contains("#o_desk_lead_subject").edit("Boat", {confirm: false});
    await contains(".o_desk_lead_raise").click();
    await animationFrame();
    expect(".o_notification").toHaveCount(1);
    expect(".o_notification button:contains('Open Lead')").toHaveCount(0);
});

test("a number is issued where there is none", async () => {
    let number = false;
    onRpc("res.partner", "customer_card", () =>
        cardOf(1, {
            member_number: number,
            may: {...ALL_RIGHTS, issue_number: !number, replace_card: Boolean(number)},
        }),
    );
    onRpc("res.partner", "action_issue_member_number", ({args}) => {
        expect.step(args);
        number = "M00000018";
        return true;
    });
    await openDesk({resId: 1});
    expect(".o_desk_replace_card").toHaveCount(0);
    await contains(".o_desk_issue_number").click();
    await animationFrame();
    expect.verifySteps([[[1]]]);
    expect(".o_desk_number").toHaveText("M00000018");
    expect(".o_desk_issue_number").toHaveCount(0);
});

test("the open cases lead to their forms", async () => {
    const row = {
        id: 5,
        name: "C5",
        subject: "The bag tore",
        kind: "Complaint",
        stage: "New",
        promise_date: "2025-01-02",
        is_overdue: true,
        owner: false,
    };
    serveCards({1: cardOf(1, {cases: {count: 3, rows: [row]}})});
    await openDesk({resId: 1});
    expect(".o_desk_block_cases h2").toHaveText("Open Cases: 3");
    expect(".o_desk_block_cases .text-danger").toHaveText(/^Overdue since/);
    expect(".o_desk_block_cases span.list-group-item").toHaveText(/:\s*2$/);
    await contains(".o_desk_case_row").click();
    await animationFrame();
    expect(".o_form_view .o_field_widget[name=subject] input").toHaveValue("The bag tore");
});

test("satisfaction is shown with its trend", async () => {
    const satisfaction = {average: 3.25, count: 4, trend: "down", scores: [5, 4, 2, 2]};
    serveCards({1: cardOf(1, {satisfaction})});
    await openDesk({resId: 1});
    expect(".o_desk_average").toHaveText("3.3 of 5");
    expect(".o_desk_trend").toHaveText("Falling");
    expect(".o_desk_scores").toHaveText("5, 4, 2, 2");
});

test("the timeline is filtered by kind and continued", async () => {
    onRpc("res.partner", "customer_card", () =>
        cardOf(1, {timeline: {rows: [eventOf(1), eventOf(2)], has_more: true, kinds: KINDS}}),
    );
    onRpc("res.partner", "customer_timeline", ({args, kwargs}) => {
        const {kinds, limit, offset} = kwargs;
        expect.step([args[0], kinds, limit, offset]);
        return {rows: [eventOf(offset + 10)], has_more: !offset, kinds: KINDS};
    });
    await openDesk({resId: 1});
    await contains(".o_desk_more").click();
    await animationFrame();
    expect.verifySteps([[[1], [], 20, 2]]);
    expect(".o_desk_event").toHaveCount(3);
    expect(".o_desk_more").toHaveCount(0);
    await contains(".o_desk_kind[data-kind=order]").click();
    await animationFrame();
    expect.verifySteps([[[1], ["order"], 20, 0]]);
    expect(".o_desk_event").toHaveCount(1);
    expect(".o_desk_kind[data-kind=order]").toHaveAttribute("aria-pressed", "true");
    await contains(".o_desk_more").click();
    await animationFrame();
    expect.verifySteps([[[1], ["order"], 20, 1]]);
    expect(".o_desk_event").toHaveCount(2);
    await contains(".o_desk_all_kinds").click();
    await animationFrame();
    expect.verifySteps([[[1], [], 20, 0]]);
});

test("an event tells its kind, day, amount and person, and opens its record", async () => {
    const rows = [
        eventOf(64, {
            kind: "invoice",
            kind_label: "Invoice",
            whole_day: true,
            amount: 99,
            currency_id: 1,
            direction: false,
        }),
        eventOf(65, {kind: "of_another_addon", partner: {id: 9, name: "Bob"}}),
        eventOf(66, {partner: {id: 1, name: "Customer 1"}}),
    ];
    serveCards({1: cardOf(1, {timeline: {rows, has_more: false, kinds: KINDS}})});
    onRpc("crm.timeline", "action_open_source", ({args}) => {
        expect.step(args);
        return {
            type: "ir.actions.act_window",
            res_model: "sale.order",
            res_id: 7,
            views: [[false, "form"]],
        };
    });
    await openDesk({resId: 1});
    expect(".o_desk_event[data-kind=invoice] .fa-file-text-o").toHaveCount(1);
    expect(".o_desk_event[data-kind=invoice]").not.toHaveText(/\d:\d\d/);
    expect(".o_desk_event[data-kind=invoice] .o_desk_amount").toHaveText("$ 99.00");
    expect(".o_desk_event[data-kind=of_another_addon] .fa-circle-o").toHaveCount(1);
    expect(".o_desk_event[data-kind=of_another_addon]").toHaveText(/\d:\d\d/);
    expect(queryAllTexts(".o_desk_event_person")).toEqual(["Bob"]);
    await contains(".o_desk_event[data-kind=invoice]").click();
    await animationFrame();
    expect.verifySteps([[[64]]]);
    expect(".o_form_view .o_field_widget[name=name] input").toHaveValue("S00007");
});
