import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {CustomerOffers} from "./customer_offers";

/** What to offer to the customer of a quotation; what he accepts is added to it. */
export class OrderOffers extends Component {
    static template = "crm_relationship_loyalty.OrderOffers";
    static components = {CustomerOffers};
    static props = {...standardActionServiceProps};

    setup() {
        this.action = useService("action");
    }

    close() {
        this.action.doAction({type: "ir.actions.act_window_close"});
    }
}

registry.category("actions").add("crm_relationship_loyalty.customer_offers", OrderOffers);
