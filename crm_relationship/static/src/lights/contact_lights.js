import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

/** One light for each channel: may the customer be contacted on it now, and if not, why. */
export class ContactLights extends Component {
    static template = "crm_relationship.ContactLights";
    static props = {lights: Array};

    /** What one reads when one rests on the light, or has it read out. */
    tell({name, purpose, allowed, reason}) {
        return allowed
            ? _t("%(channel)s: may be contacted for %(purpose)s.", {channel: name, purpose})
            : _t("%(channel)s: not for %(purpose)s. %(reason)s", {channel: name, purpose, reason});
    }
}
