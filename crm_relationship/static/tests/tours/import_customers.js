import {inputFiles} from "@web/../tests/utils";
import {registry} from "@web/core/registry";

const ROWS = ["Name,Member Number", "Good Row,M00000018", "Bad Row,M00000027"];

registry.category("web_tour.tours").add("crm_relationship_import_customers", {
    steps: () => [
        {
            trigger: "button:contains(Upload Data File)",
            async run() {
                const file = new File([ROWS.join("\n")], "customers.csv", {type: "text/csv"});
                await inputFiles(".o_control_panel_main_buttons input[type=file]", [file]);
            },
        },
        {trigger: ".o_import_keep_good_rows input:checked"},
        {trigger: ".o_control_panel button:contains(Import):not(:contains(Load))", run: "click"},
        {trigger: ".o_import_refused_reason:contains(would have to end with 6)"},
        {trigger: ".o_import_refused_download"},
        {trigger: ".o_import_refused_open", run: "click"},
        {trigger: ".o_data_row td[name=complete_name]:contains(Good Row)"},
    ],
});
