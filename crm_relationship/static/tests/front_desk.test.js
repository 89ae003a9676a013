import {describe, expect, test} from "@odoo/hoot";
import {animationFrame, press, queryAllTexts} from "@odoo/hoot-dom";
import {
    contains,
    getService,
    makeServerError,
    mountWebClient,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {browser} from "@web/core/browser/browser";
import {router} from "@web/core/browser/router";
import {cardOf, defineFrontDesk, foundCustomer, openDesk, serveCards} from "./front_desk_helpers";

describe.current.tags("desktop");
defineFrontDesk();

test("an empty desk says what to scan or type", async () => {
    await openDesk();
    expect(".o_desk_empty").toHaveText(/^Scan a member card, or type/);
    expect(".o_desk_recent").toHaveCount(0);
});

test("a customer of a URL who is not for the reader is no crash", async () => {
    onRpc("res.partner", "customer_card", () => {
        throw makeServerError({
            errorName: "odoo.exceptions.UserError",
            message: "This customer does not exist, or not for you: search for him again.",
        });
    });
    await openDesk({resId: 99});
    expect(".o_desk_problem").toHaveText(/^This customer does not exist/);
    expect(".o_error_dialog, .modal").toHaveCount(0);
    await contains(".o_desk_problem button").click();
    expect(".o_desk_empty").toHaveCount(1);
    expect(".o_desk_search_input").toBeFocused();
});

test("the last five customers are at hand, the newest first, and in memory only", async () => {
    const cards = Object.fromEntries([1, 2, 3, 4, 5, 6].map((id) => [id, cardOf(id)]));
    serveCards(cards);
    onRpc("res.partner", "find_customer", ({args}) => [
        foundCustomer(Number(args[0]), {match: "number"}),
    ]);
    await openDesk();
    for (const id of [1, 2, 3, 4, 5, 6, 3]) {
        getService("barcode").bus.trigger("barcode_scanned", {barcode: String(id)});
        await animationFrame();
        await animationFrame();
    }
    await contains(".o_desk_close").click();
    expect(queryAllTexts(".o_desk_recent button span:first-child")).toEqual(
        [3, 6, 5, 4, 2].map((id) => `Customer ${id}`),
    );
    for (const storage of [browser.localStorage, browser.sessionStorage]) {
        const kept = Array.from({length: storage.length}, (_, index) =>
            storage.getItem(storage.key(index)),
        );
        expect(kept.join(" ")).not.toInclude("Customer 3");
    }
    await contains(".o_desk_recent button:contains('Customer 6')").click();
    await animationFrame();
    expect(".o_desk_name").toHaveText("Customer 6");
});

test("the customer is in the URL until he is closed", async () => {
    serveCards({1: cardOf(1)});
    await openDesk({resId: 1});
    await animationFrame();
    expect(router.current.action).toBe("desk");
    expect(router.current.resId).toBe(1);
    await contains(".o_desk_close").click();
    await animationFrame();
    expect(router.current.resId).toBe(undefined);
});

test("who comes back from an order finds the customer he left", async () => {
    const members = [{partner_id: 2, name: "Bob", role: "Child", birthdate: false}];
    serveCards({
        1: cardOf(1, {household: {id: 4, name: "Family", members}}),
        2: cardOf(2),
    });
    await openDesk({resId: 1});
    await contains(".o_desk_member button").click();
    await animationFrame();
    await contains(".o_desk_order_row").click();
    await animationFrame();
    expect(".o_form_view").toHaveCount(1);
    await contains(".o_breadcrumb a:contains('Front Desk')").click();
    await animationFrame();
    expect(".o_desk_name").toHaveText("Customer 2");
});

test("staff of a contact point open the desk from anywhere", async () => {
    onRpc("has_group", ({args}) => args[1] === "crm_relationship.group_contact_point");
    await mountWebClient();
    await contains(".o_front_desk_systray").click();
    await animationFrame();
    expect(".o_front_desk").toHaveCount(1);
});

test("a hotkey opens the desk", async () => {
    onRpc("has_group", () => true);
    await mountWebClient();
    await press(["alt", "shift", "d"]);
    await animationFrame();
    await animationFrame();
    expect(".o_front_desk").toHaveCount(1);
});

test("other users have no way to the desk", async () => {
    onRpc("has_group", ({args}) => args[1] !== "crm_relationship.group_contact_point");
    await mountWebClient();
    expect(".o_menu_systray").toHaveCount(1);
    expect(".o_front_desk_systray").toHaveCount(0);
    await press(["alt", "shift", "d"]);
    await animationFrame();
    await animationFrame();
    expect(".o_front_desk").toHaveCount(0);
});
