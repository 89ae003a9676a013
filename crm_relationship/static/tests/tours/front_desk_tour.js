import {registry} from "@web/core/registry";

const LOG = [
    {trigger: ".o_desk_log", run: "click"},
    {trigger: ".modal .o_field_widget[name=channel_id] input:first", run: "click"},
    {
        trigger: ".modal .o_field_widget[name=subject] input",
        run: "edit Asked for the opening hours",
    },
    {trigger: ".modal .o_form_button_save", run: "click"},
    {trigger: ".o_desk_event[data-kind=interaction]:contains(Asked for the opening hours)"},
];

const OPEN_CASE = [
    {trigger: "body:not(:has(.modal)) .o_desk_case", run: "click"},
    {trigger: ".modal .o_field_widget[name=subject] input", run: "edit The bag tore"},
    {trigger: ".modal .o_form_button_save", run: "click"},
    {trigger: ".o_desk_case_row:contains(The bag tore)"},
    {trigger: "body:not(:has(.modal))"},
];

registry.category("web_tour.tours").add("crm_relationship_front_desk", {
    steps: () => [
        {trigger: ".o_desk_search_input:focus", run: "edit +66 2 123 4567"},
        {trigger: ".o_desk_found_customer:contains(Tour Customer)"},
        {trigger: ".o_desk_search_input", run: "press Enter"},
        {trigger: ".o_desk_name:contains(Tour Customer)"},
        {trigger: ".o_desk_number:contains(M00000018)"},
        ...LOG,
        ...OPEN_CASE,
        {trigger: ".o_desk_search_input:focus", run: "press Escape"},
        {trigger: ".o_desk_recent button:contains(Tour Customer)"},
    ],
});

registry.category("web_tour.tours").add("crm_relationship_front_desk_phone", {
    steps: () => [
        {trigger: ".o_desk_search_input", run: "edit Tour Cust"},
        {trigger: ".o_desk_found_customer:contains(Tour Customer)", run: "click"},
        {trigger: ".o_desk_name:contains(Tour Customer)"},
        ...LOG,
        ...OPEN_CASE,
        {
            trigger: ".o_desk_card",
            run() {
                const {scrollWidth} = document.documentElement;
                if (scrollWidth > window.innerWidth) {
                    throw new Error(`The desk is ${scrollWidth} pixels wide on a phone.`);
                }
            },
        },
    ],
});

registry.category("web_tour.tours").add("crm_relationship_front_desk_stranger", {
    steps: () => [
        {trigger: ".o_desk_problem:contains(does not exist) button", run: "click"},
        {trigger: ".o_desk_empty"},
    ],
});
