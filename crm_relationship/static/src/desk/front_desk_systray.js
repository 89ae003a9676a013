import {Component, onWillStart} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

/** The way to the desk from anywhere, for staff of a contact point. */
export class FrontDeskSystray extends Component {
    static template = "crm_relationship.FrontDeskSystray";
    static props = {};

    setup() {
        this.frontDesk = useService("crm_relationship.front_desk");
        onWillStart(async () => {
            this.isShown = await this.frontDesk.isMember;
        });
    }
}

registry
    .category("systray")
    .add("crm_relationship.front_desk", {Component: FrontDeskSystray}, {sequence: 40});
