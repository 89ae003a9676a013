import {registry} from "@web/core/registry";

const BAG = ".o_offer:has(.o_offer_name:contains(Bag of the Month))";
const LAMP = ".o_offer:has(.o_offer_name:contains(Lamp of the Month))";

registry.category("web_tour.tours").add("crm_relationship_loyalty_offer", {
    steps: () => [
        {trigger: `${LAMP} .o_offer_present`, run: "click"},
        {trigger: `${LAMP} .o_offer_accept:focus`},
        {trigger: `${LAMP} .o_offer_decline`, run: "click"},
        {trigger: `${LAMP} .o_offer_reason:focus`, run: "select need"},
        {trigger: `${LAMP} .o_offer_note`, run: "edit Has lamps"},
        {trigger: `${LAMP} .o_offer_declined`, run: "click"},
        {trigger: `body:not(:has(${LAMP}))`},
        {trigger: `${BAG} .o_offer_present`, run: "click"},
        {trigger: `${BAG} .o_offer_accept`, run: "click"},
        {trigger: ".o_form_view .o_field_widget[name=order_line]:contains(Bag)"},
    ],
});
