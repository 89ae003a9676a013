import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("crm_relationship_loyalty_accept", {
    steps: () => [
        {trigger: ".o_offer_present", run: "click"},
        {trigger: ".o_offer_accept", run: "click"},
        {trigger: ".o_form_view .o_field_widget[name=order_line]:contains(Voucher)"},
        {trigger: ".o_statusbar_buttons button[name=action_confirm]:enabled", run: "click"},
        {trigger: ".o_arrow_button_current[data-value=sale]"},
    ],
});

registry.category("web_tour.tours").add("crm_relationship_loyalty_settle", {
    steps: () => [
        {trigger: "button[name=action_collect]:enabled", run: "click"},
        {trigger: ".o_field_widget[name=group_ids]:contains(Weekend)"},
        {trigger: "button[name=action_invoice]:enabled", run: "click"},
        {trigger: ".o_arrow_button_current[data-value=invoiced]"},
        {trigger: "button[name=action_view_documents]", run: "click"},
        {trigger: ".o_list_view .o_data_row"},
    ],
});
