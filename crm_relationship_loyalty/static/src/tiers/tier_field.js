import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {TierOverview} from "./tier_overview";

/** The tiers of the customer of a form. */
export class TierOverviewField extends Component {
    static template = "crm_relationship_loyalty.TierOverviewField";
    static components = {TierOverview};
    static props = {...standardFieldProps};

    get tiers() {
        return this.props.record.data[this.props.name] || [];
    }
}

registry.category("fields").add("loyalty_tiers", {
    component: TierOverviewField,
    displayName: _t("Loyalty Tiers"),
    supportedTypes: ["json"],
});
