import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {DeskBlock, deskBlockProps} from "@crm_relationship/desk/blocks/desk_block";
import {deskBlocks} from "@crm_relationship/desk/customer_card";
import {PointsOverview} from "./points_overview";

/** What the customer at the desk can spend. */
export class PointsBlock extends Component {
    static template = "crm_relationship_loyalty.DeskPointsBlock";
    static components = {DeskBlock, PointsOverview};
    static props = deskBlockProps;
}

deskBlocks.add("points", {
    component: PointsBlock,
    sequence: 25,
    isShown: ({points}) => Boolean(points),
});
registry.category("crm_relationship.timeline_icons").add("points", "fa-gift");
