import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    defineActions,
    defineModels,
    fields,
    getService,
    models,
    mountWebClient,
    onRpc,
} from "@web/../tests/web_test_helpers";

class Interaction extends models.Model {
    _name = "crm.interaction";
    partner_id = fields.Many2one({relation: "res.partner"});
    subject = fields.Char();
    _views = {form: `<form><field name="subject"/><field name="partner_id"/></form>`};
}

class Case extends models.Model {
    _name = "crm.case";
    partner_id = fields.Many2one({relation: "res.partner"});
    subject = fields.Char();
    _records = [{id: 5, subject: "The bag tore"}];
    _views = {form: `<form><field name="subject"/><field name="partner_id"/></form>`};
}

class Lead extends models.Model {
    _name = "crm.lead";
    name = fields.Char();
    _records = [{id: 31, name: "Wants a boat"}];
    _views = {form: `<form><field name="name"/></form>`};
}

class Order extends models.Model {
    _name = "sale.order";
    name = fields.Char();
    partner_id = fields.Many2one({relation: "res.partner"});
    _records = [{id: 7, name: "S00007"}];
    _views = {form: `<form><field name="name"/><field name="partner_id"/></form>`};
}

export const ALL_RIGHTS = {
    log: true,
    case: true,
    lead: true,
    open_lead: true,
    quotation: true,
    replace_card: true,
    issue_number: false,
    open_contact: true,
};

/** A customer of whom everything is known; without the rights, say so in `values`. */
export function cardOf(id, values = {}) {
    return {
        id,
        name: `Customer ${id}`,
        is_company: false,
        active: true,
        firm: false,
        email: "ann@example.com",
        phone: "+66 2 123 4567",
        city: "Bangkok",
        language: "English",
        member_number: `M0000${id}`,
        member_since: "2020-02-01",
        birthdate: "1980-03-04",
        preferred_channel: "Phone",
        grade: {id: 1, code: "A", name: "Gold", color: 3, promise: "Answer within a day"},
        owner: {id: 2, name: "Olga Owner", is_away: true},
        deputy: {id: 3, name: "Dan Deputy"},
        likes: "Golf, Tea",
        dislikes: false,
        household: false,
        warnings: [],
        lights: [],
        satisfaction: false,
        cases: {count: 0, rows: []},
        invoices: {count: 2, oldest_due: "2025-01-31", amount: 250},
        credit: {limit: 1000, used: 400},
        orders: [
            {
                id: 7,
                name: "S00007",
                date: "2025-01-10 03:00:00",
                delivery_date: "2025-01-20",
                state: "Sales Order",
                amount: 120,
                currency_id: 1,
            },
        ],
        purchases: [
            {
                product: "Tea",
                date: "2025-01-10 03:00:00",
                quantity: 2,
                unit: "Units",
                amount: 60,
                currency_id: 1,
            },
        ],
        timeline: {rows: [eventOf(1)], has_more: false, kinds: KINDS},
        currency_id: 1,
        may: ALL_RIGHTS,
        ...values,
    };
}

export const KINDS = [
    ["interaction", "Interaction"],
    ["order", "Order"],
];

export function eventOf(id, values = {}) {
    return {
        id,
        kind: "interaction",
        kind_label: "Phone",
        date: "2025-01-10 03:00:00",
        whole_day: false,
        title: `Event ${id}`,
        status: false,
        partner: false,
        user: "Olga Owner",
        direction: "in",
        amount: false,
        currency_id: false,
        ...values,
    };
}

export function foundCustomer(id, values = {}) {
    return {
        id,
        name: `Customer ${id}`,
        member_number: `M0000${id}`,
        match: "name",
        warning: false,
        ...values,
    };
}

export function defineFrontDesk() {
    defineMailModels();
    defineModels([Interaction, Case, Lead, Order]);
    defineActions([
        {
            id: 77,
            name: "Front Desk",
            xml_id: "crm_relationship.crm_front_desk_action",
            path: "desk",
            type: "ir.actions.client",
            tag: "crm_relationship.front_desk",
        },
    ]);
}

/** Let the server know customers by their ids: `{id: card}`. */
export function serveCards(cards) {
    onRpc("res.partner", "customer_card", ({args}) => cards[args[0][0]]);
}

export async function openDesk({resId} = {}) {
    await mountWebClient();
    await getService("action").doAction("crm_relationship.crm_front_desk_action", {
        props: resId ? {resId} : {},
    });
}
