import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {PointsOverview} from "./points_overview";

/** The points of the customer of a form. */
export class PointsOverviewField extends Component {
    static template = "crm_relationship_loyalty.PointsOverviewField";
    static components = {PointsOverview};
    static props = {...standardFieldProps};

    get accounts() {
        return this.props.record.data[this.props.name] || [];
    }
}

/** What an order earns and spends, and what is left. */
export class OrderPointsField extends Component {
    static template = "crm_relationship_loyalty.OrderPointsField";
    static props = {...standardFieldProps};

    get accounts() {
        return this.props.record.data[this.props.name]?.cards || [];
    }
}

registry.category("fields").add("points_overview", {
    component: PointsOverviewField,
    displayName: _t("Points"),
    supportedTypes: ["json"],
});
registry.category("fields").add("order_points", {
    component: OrderPointsField,
    displayName: _t("Points of the Order"),
    supportedTypes: ["json"],
});
