import {describe, expect, test} from "@odoo/hoot";
import {animationFrame, press, queryAllTexts} from "@odoo/hoot-dom";
import {Deferred} from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    getService,
    models,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {
    cardOf,
    defineFrontDesk,
    openDesk,
    serveCards,
} from "@crm_relationship/../tests/front_desk_helpers";
import {CustomerOffers} from "@crm_relationship_loyalty/offers/customer_offers";

class Presentation extends models.Model {
    _name = "crm.offer.presentation";
}

describe.current.tags("desktop");
defineFrontDesk();
defineModels([Presentation]);

const REASONS = [
    ["price", "Too Expensive"],
    ["need", "Not Needed"],
];

function offerOf(id, values = {}) {
    return {
        offer_id: id,
        name: `Offer ${id}`,
        kind: "bundle",
        kind_label: "Products at a price",
        pitch: "Keeps dry",
        price: 20,
        currency_id: 1,
        score: 50,
        reasons: ["Bought something that it goes with."],
        available: {free: null, on: null, enough: true},
        presentation_id: false,
        last_day: false,
        ...values,
    };
}

/** Serve what `offers` gives by then; each question and answer is a step. */
function serveOffers(offers) {
    onRpc("crm.offer.presentation", "offers_of_customer", ({args}) => {
        expect.step(`offers of ${args[0]}`);
        return {offers: offers(), reasons: REASONS};
    });
}

function mountOffers(props = {}) {
    return mountWithCleanup(CustomerOffers, {props: {partnerId: 1, ...props}});
}

test("an offer says what it costs, why it fits, and whether it is there", async () => {
    serveOffers(() => [
        offerOf(1, {available: {free: 8, on: null, enough: true}}),
        offerOf(2, {kind: "sample", available: {free: 0, on: "2031-12-12", enough: false}}),
        offerOf(3, {kind: "link", kind_label: "Link", pitch: ""}),
        offerOf(4, {available: {free: 1, on: null, enough: false}}),
    ]);
    await mountOffers();
    await animationFrame();
    expect(queryAllTexts(".o_offer_name")).toEqual(["Offer 1", "Offer 2", "Offer 3", "Offer 4"]);
    expect(queryAllTexts(".o_offer_price")).toEqual(["$ 20.00", "Free", "", "$ 20.00"]);
    expect(queryAllTexts(".badge")).toEqual([
        "In stock",
        "From Dec 12, 2031",
        "Link",
        "Out of stock",
    ]);
    expect(".o_offer:first .o_offer_reasons li").toHaveText("Bought something that it goes with.");
    expect(".o_offer_pitch").toHaveCount(3);
    expect.verifySteps(["offers of 1"]);
});

test("presenting leads by the keyboard to the answer", async () => {
    serveOffers(() => [offerOf(7)]);
    onRpc("crm.offer.presentation", "present", ({args}) => {
        expect.step(`present ${args}`);
        return {presentation_id: 70, last_day: "2031-12-31"};
    });
    await mountOffers();
    await animationFrame();
    await contains(".o_offer_present").focus();
    await press("Enter");
    await animationFrame();
    await animationFrame();
    expect(".o_offer_accept").toBeFocused();
    expect(".o_offer_presented").toHaveText("Presented, answer until Dec 31, 2031");
    expect.verifySteps(["offers of 1", "present 1,7"]);
});

test("an accepted code stays in sight, and the next offers come", async () => {
    let offers = [offerOf(7, {presentation_id: 70, last_day: "2031-12-31"})];
    serveOffers(() => offers);
    onRpc("crm.offer.presentation", "accept", ({args}) => {
        expect.step(`accept ${args[0]} ${args[1]}`);
        offers = [offerOf(8)];
        return {order_id: false, code: "ABCDE23456", url: "https://hotel.example"};
    });
    await mountOffers();
    await animationFrame();
    await contains(".o_offer_accept").click();
    await animationFrame();
    expect(".o_offer_code").toHaveText("ABCDE23456");
    expect(".o_offer_url").toHaveAttribute("href", "https://hotel.example");
    expect(".o_offer_name").toHaveText("Offer 8");
    expect.verifySteps(["offers of 1", "accept 70 false", "offers of 1"]);
});

test("products are accepted into the quotation", async () => {
    serveOffers(() => [offerOf(7, {presentation_id: 70, last_day: "2031-12-31"})]);
    onRpc("crm.offer.presentation", "accept", ({args}) => {
        expect.step(`accept ${args[0]} ${args[1]}`);
        return {order_id: 5, code: false, url: false};
    });
    await mountOffers({orderId: 5, onAccepted: ({order_id: id}) => expect.step(`order ${id}`)});
    await animationFrame();
    await contains(".o_offer_accept").click();
    await animationFrame();
    expect(".o_offer_given").toHaveCount(0);
    expect.verifySteps(["offers of 1", "accept 70 5", "order 5", "offers of 1"]);
});

test("who declines is asked why, and Escape goes back", async () => {
    serveOffers(() => [offerOf(7, {presentation_id: 70, last_day: "2031-12-31"})]);
    onRpc("crm.offer.presentation", "decline", ({args}) => {
        expect.step(`decline ${args.join(" ")}`);
        return true;
    });
    await mountOffers();
    await animationFrame();
    await contains(".o_offer_decline").click();
    await animationFrame();
    expect(".o_offer_reason").toBeFocused();
    expect(queryAllTexts(".o_offer_reason option")).toEqual([
        "Why not?",
        "Too Expensive",
        "Not Needed",
    ]);
    await press("Escape");
    await animationFrame();
    await animationFrame();
    expect(".o_offer_decline").toBeFocused();
    await contains(".o_offer_decline").click();
    await contains(".o_offer_reason").select("need");
    await contains(".o_offer_note").edit("Has one"); // and Enter
    await animationFrame();
    expect.verifySteps(["offers of 1", "decline 70 need Has one", "offers of 1"]);
});

test("two clicks are one answer", async () => {
    const answer = new Deferred();
    serveOffers(() => [offerOf(7, {presentation_id: 70, last_day: "2031-12-31"})]);
    onRpc("crm.offer.presentation", "accept", () => {
        expect.step("accept");
        return answer;
    });
    await mountOffers();
    await animationFrame();
    await contains(".o_offer_accept").click();
    await animationFrame();
    expect(".o_offer_accept").not.toBeEnabled();
    expect(".o_offer_decline").not.toBeEnabled();
    answer.resolve({order_id: false, code: "ABCDE23456", url: false});
    await animationFrame();
    expect.verifySteps(["offers of 1", "accept", "offers of 1"]);
});

test("a customer whom nothing fits is told", async () => {
    serveOffers(() => []);
    await mountOffers();
    await animationFrame();
    expect(".o_offers_none").toHaveText("No offer fits this customer now.");
    expect.verifySteps(["offers of 1"]);
});

test("the desk shows the card first, and the block only when there is something", async () => {
    const found = new Deferred();
    serveCards({1: cardOf(1, {may_offer: true}), 2: cardOf(2, {may_offer: true})});
    onRpc("crm.offer.presentation", "offers_of_customer", async ({args}) => {
        if (args[0] === 2) {
            return {offers: [], reasons: []};
        }
        await found;
        return {offers: [offerOf(7)], reasons: []};
    });
    await openDesk({resId: 1});
    expect(".o_desk_name").toHaveText("Customer 1");
    expect(".o_desk_block_offers").not.toBeVisible();
    found.resolve();
    await animationFrame();
    await animationFrame();
    expect(".o_desk_block_offers .o_offer_name").toHaveText("Offer 7");
    expect(".o_desk_block_offers").toBeVisible();
    await getService("action").doAction("crm_relationship.crm_front_desk_action", {
        props: {resId: 2},
    });
    await animationFrame();
    expect(".o_desk_name").toHaveText("Customer 2");
    expect(".o_desk_block_offers").not.toBeVisible();
});

test("who may not offer asks for nothing", async () => {
    serveCards({1: cardOf(1)});
    onRpc("crm.offer.presentation", "offers_of_customer", () => expect.step("asked"));
    await openDesk({resId: 1});
    await animationFrame();
    expect(".o_desk_block_offers").toHaveCount(0);
    expect.verifySteps([]);
});
