import {describe, expect, test} from "@odoo/hoot";
import {advanceTime, animationFrame, click, edit, press, queryAllTexts} from "@odoo/hoot-dom";
import {Deferred} from "@odoo/hoot-mock";
import {contains, getService, onRpc} from "@web/../tests/web_test_helpers";
import {cardOf, defineFrontDesk, foundCustomer, openDesk, serveCards} from "./front_desk_helpers";
import {defaultsOfTerm, sureCustomer} from "@crm_relationship/desk/desk_term";

describe.current.tags("desktop");
defineFrontDesk();

const BOX = ".o_desk_search_input";

async function type(term) {
    await click(BOX);
    await edit(term);
    await advanceTime(200);
    await animationFrame();
}

async function pressAndWait(key) {
    await press(key);
    await animationFrame();
}

function serveSearch(customersByTerm) {
    onRpc("res.partner", "find_customer", ({args, kwargs}) => {
        expect.step(`${args[0]} ${kwargs.limit}`);
        return customersByTerm[args[0]] || [];
    });
}

test("the box has the focus and typing finds customers after a pause", async () => {
    serveSearch({
        ann: [foundCustomer(1), foundCustomer(2, {match: "number", warning: "Reported lost."})],
    });
    await openDesk();
    expect(BOX).toBeFocused();
    await edit("ann");
    await advanceTime(150);
    expect.verifySteps([]);
    await advanceTime(50);
    await animationFrame();
    expect.verifySteps(["ann 8"]);
    expect(".o_desk_found_customer").toHaveCount(2);
    expect(".o_desk_found_warning").toHaveCount(1);
    expect(".o_desk_found_warning").toHaveText("Reported lost.");
    expect("[role=status][aria-live]:contains('Customers found: 2')").toHaveCount(1);
    expect(BOX).toHaveAttribute("aria-expanded", "true");
});

test("the arrow keys and Enter choose a customer", async () => {
    serveSearch({ann: [foundCustomer(1), foundCustomer(2)]});
    serveCards({2: cardOf(2)});
    await openDesk();
    await type("ann");
    await pressAndWait("ArrowDown");
    expect(BOX).toHaveAttribute("aria-activedescendant", "o_desk_found_1");
    await pressAndWait("ArrowDown");
    expect("#o_desk_found_2").toHaveAttribute("aria-selected", "true");
    await pressAndWait("ArrowDown");
    expect("#o_desk_found_1").toHaveAttribute("aria-selected", "true");
    await pressAndWait("ArrowUp");
    await pressAndWait("Enter");
    expect(".o_desk_name").toHaveText("Customer 2");
    expect(BOX).toHaveValue("");
    expect(BOX).toBeFocused();
    expect.verifySteps(["ann 8"]);
});

test("Enter opens the one customer whom the number belongs to, without a pause", async () => {
    const warning = "This number was replaced.";
    serveSearch({M1: [foundCustomer(1, {match: "number", warning}), foundCustomer(2)]});
    serveCards({1: cardOf(1)});
    await openDesk();
    await click(BOX);
    await edit("M1");
    await pressAndWait("Enter");
    expect.verifySteps(["M1 8"]);
    expect(".o_desk_name").toHaveText("Customer 1");
    expect(".o_desk_warning").toHaveText(warning);
});

test("a name is opened only when it was chosen", async () => {
    serveSearch({ann: [foundCustomer(1)]});
    serveCards({1: cardOf(1)});
    await openDesk();
    await click(BOX);
    await edit("ann");
    await pressAndWait("Enter");
    expect(".o_desk_card").toHaveCount(0);
    expect("#o_desk_found_1").toHaveAttribute("aria-selected", "true");
    await pressAndWait("Enter");
    expect(".o_desk_card").toHaveCount(1);
    expect.verifySteps(["ann 8"]);
});

test("Escape empties the box first, and then closes the card", async () => {
    serveSearch({ann: [foundCustomer(2)]});
    serveCards({1: cardOf(1)});
    await openDesk({resId: 1});
    await type("ann");
    await pressAndWait("Escape");
    expect(BOX).toHaveValue("");
    expect(".o_desk_found_customer").toHaveCount(0);
    expect(".o_desk_card").toHaveCount(1);
    await pressAndWait("Escape");
    expect(".o_desk_card").toHaveCount(0);
    expect(".o_desk_empty").toHaveCount(1);
    expect.verifySteps(["ann 8"]);
});

test("who points at the card sees it again, and a hotkey leads back to the box", async () => {
    serveSearch({ann: [foundCustomer(2)]});
    serveCards({1: cardOf(1)});
    await openDesk({resId: 1});
    await type("ann");
    expect(".o_desk_found_customer").toHaveCount(1);
    await click(".o_desk_name");
    await animationFrame();
    expect(".o_desk_found_customer").toHaveCount(0);
    document.activeElement.blur();
    await pressAndWait(["alt", "f"]);
    expect(BOX).toBeFocused();
    expect.verifySteps(["ann 8"]);
});

test("a scan opens the customer wherever the focus is", async () => {
    serveSearch({M00000018: [foundCustomer(1, {match: "number"})]});
    serveCards({1: cardOf(1)});
    await openDesk();
    document.activeElement.blur();
    for (const key of "M00000018") {
        await press(key);
    }
    await pressAndWait("Enter");
    await animationFrame();
    expect(".o_desk_name").toHaveText("Customer 1");
    expect.verifySteps(["M00000018 8"]);
});

test("a scan into a dialog does not change the customer behind it", async () => {
    serveSearch({});
    serveCards({1: cardOf(1)});
    await openDesk({resId: 1});
    await contains(".o_desk_lead").click();
    getService("barcode").bus.trigger("barcode_scanned", {barcode: "M2"});
    await animationFrame();
    expect.verifySteps([]);
});

test("an answer that comes too late is dropped", async () => {
    const slow = new Deferred();
    onRpc("res.partner", "find_customer", async ({args}) => {
        if (args[0] === "a") {
            await slow;
            return [foundCustomer(1)];
        }
        return [foundCustomer(2)];
    });
    await openDesk();
    await type("a");
    await type("an");
    expect(queryAllTexts(".o_desk_found_number")).toEqual(["M00002"]);
    slow.resolve();
    await animationFrame();
    expect(queryAllTexts(".o_desk_found_number")).toEqual(["M00002"]);
});

test("nothing found says what to do, and offers to create the customer", async () => {
    serveSearch({});
    onRpc("res.partner", "has_access", () => true);
    await openDesk();
    await type("ann@example.com");
    expect(".o_desk_nothing_found").toHaveText(/^Nobody was found by “ann@example.com”/);
    await contains(".o_desk_new_customer").click();
    expect(".modal .o_form_view").toHaveCount(1);
    expect(BOX).toHaveValue("");
    expect.verifySteps(["ann@example.com 8"]);
});

test("who may not create contacts is not offered to", async () => {
    serveSearch({});
    onRpc("res.partner", "has_access", () => false);
    await openDesk();
    await type("nobody");
    expect(".o_desk_nothing_found").toHaveCount(1);
    expect(".o_desk_new_customer").toHaveCount(0);
    expect.verifySteps(["nobody 8"]);
});

test("a new customer starts with what was typed", () => {
    expect(defaultsOfTerm("ann@example.com")).toEqual({default_email: "ann@example.com"});
    expect(defaultsOfTerm("+66 (2) 123-4567")).toEqual({default_phone: "+66 (2) 123-4567"});
    expect(defaultsOfTerm("Ann 7")).toEqual({default_name: "Ann 7"});
});

test("one key of two customers is not sure", () => {
    const phone = {match: "phone"};
    expect(sureCustomer([phone, {match: "name"}])).toBe(phone);
    expect(sureCustomer([phone, {match: "phone"}])).toBe(undefined);
    expect(sureCustomer([{match: "name"}])).toBe(undefined);
});
