import {Component, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {DeskBlock, deskBlockProps} from "@crm_relationship/desk/blocks/desk_block";
import {deskBlocks} from "@crm_relationship/desk/customer_card";
import {CustomerOffers} from "./customer_offers";

/** What to offer to the customer at the desk; it is loaded after the card, and hidden when empty. */
export class OffersBlock extends Component {
    static template = "crm_relationship_loyalty.DeskOffersBlock";
    static components = {CustomerOffers, DeskBlock};
    static props = deskBlockProps;

    setup() {
        this.action = useService("action");
        this.state = useState({count: 0});
    }

    openOrder({order_id: orderId}) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "sale.order",
            res_id: orderId,
            views: [[false, "form"]],
        });
    }
}

deskBlocks.add("offers", {
    component: OffersBlock,
    sequence: 27,
    isShown: ({may_offer: mayOffer}) => Boolean(mayOffer),
});
registry.category("crm_relationship.timeline_icons").add("offer", "fa-bullhorn");
