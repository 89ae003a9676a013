import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {ContactLights} from "../lights/contact_lights";

/** On which channels the customer of a form may be contacted now. */
export class ContactLightsField extends Component {
    static template = "crm_relationship.ContactLightsField";
    static components = {ContactLights};
    static props = {...standardFieldProps};

    get lights() {
        return this.props.record.data[this.props.name] || [];
    }
}

export const contactLightsField = {
    component: ContactLightsField,
    displayName: _t("Contact Lights"),
    supportedTypes: ["json"],
};

registry.category("fields").add("contact_lights", contactLightsField);
