import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("crm_relationship_grade_by_hand", {
    steps: () => [
        {trigger: ".o_data_row td[name=partner_id]:contains(Tour Customer)", run: "click"},
        {trigger: "button[name=action_set_grade]", run: "click"},
        {trigger: ".modal .o_field_widget[name=grade_id] input", run: "edit B"},
        {trigger: ".o-autocomplete--dropdown-item:contains(B )", run: "click"},
        {
            trigger:
                ".modal .o_field_widget[name=until] .o_input, .modal .o_field_widget[name=until] button",
            run: "click",
        },
        // today may be over in the company's time zone
        {trigger: ".o_datetime_picker .o_next", run: "click"},
        {
            trigger: ".o_datetime_picker .o_date_item_cell:not(.o_out_of_range):contains(15)",
            run: "click",
        },
        {trigger: ".modal .o_field_widget[name=reason] input", run: "edit Opens a second branch"},
        {trigger: ".modal button[name=action_apply]", run: "click"},
        {trigger: "body:not(:has(.modal)) .alert-info:contains(Opens a second branch)"},
        {trigger: ".o_field_widget[name=value_grade_id]:contains(B )"},
    ],
});
