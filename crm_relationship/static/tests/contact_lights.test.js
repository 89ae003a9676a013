import {describe, expect, test} from "@odoo/hoot";
import {queryAllTexts} from "@odoo/hoot-dom";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {defineModels, fields, models, mountView} from "@web/../tests/web_test_helpers";
import {cardOf, defineFrontDesk, openDesk, serveCards} from "./front_desk_helpers";

describe.current.tags("desktop");

const LIGHTS = [
    {channel: "phone", name: "Phone", purpose: "Marketing", allowed: true, reason: false},
    {
        channel: "email",
        name: "E-mail",
        purpose: "Marketing",
        allowed: false,
        reason: "He has no e-mail address.",
    },
];

describe("desk", () => {
    defineFrontDesk();

    test("the lights tell on which channels the customer may be contacted, and why not", async () => {
        serveCards({1: cardOf(1, {lights: LIGHTS})});
        await openDesk({resId: 1});
        expect(queryAllTexts(".o_desk_card header .o_contact_light")).toEqual(["Phone", "E-mail"]);
        expectTwoLights();
    });

    test("a card without lights shows none", async () => {
        const card = cardOf(1);
        delete card.lights;
        serveCards({1: card});
        await openDesk({resId: 1});
        expect(".o_desk_name").toHaveCount(1);
        expect(".o_contact_lights").toHaveCount(0);
    });
});

describe("field", () => {
    class Customer extends models.Model {
        _name = "crm.test.customer";
        contact_lights = fields.Json();
        _records = [
            {id: 1, contact_lights: LIGHTS},
            {id: 2, contact_lights: false},
        ];
        _views = {form: `<form><field name="contact_lights" widget="contact_lights"/></form>`};
    }
    defineMailModels();
    defineModels([Customer]);

    test("the form shows the same lights", async () => {
        await mountView({type: "form", resModel: "crm.test.customer", resId: 1});
        expectTwoLights();
    });

    test("a contact without lights is no crash", async () => {
        await mountView({type: "form", resModel: "crm.test.customer", resId: 2});
        expect(".o_contact_light").toHaveCount(0);
    });
});

function expectTwoLights() {
    expect(".o_contact_light").toHaveCount(2);
    expect("[data-channel=phone] .text-success").toHaveCount(1);
    expect("[data-channel=phone]").toHaveAttribute(
        "aria-label",
        "Phone: may be contacted for Marketing.",
    );
    expect("[data-channel=email] .text-danger").toHaveCount(1);
    expect("[data-channel=email]").toHaveAttribute(
        "aria-label",
        "E-mail: not for Marketing. He has no e-mail address.",
    );
}
