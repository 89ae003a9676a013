import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {DeskBlock, deskBlockProps} from "@crm_relationship/desk/blocks/desk_block";
import {deskBlocks} from "@crm_relationship/desk/customer_card";
import {TierOverview} from "./tier_overview";

/** What the customer at the desk has earned, and what he was promised. */
export class TierBlock extends Component {
    static template = "crm_relationship_loyalty.DeskTierBlock";
    static components = {DeskBlock, TierOverview};
    static props = deskBlockProps;
}

deskBlocks.add("tier", {
    component: TierBlock,
    sequence: 22,
    isShown: ({loyalty_tiers: tiers}) => Boolean(tiers && tiers.length),
});
registry.category("crm_relationship.timeline_icons").add("tier", "fa-trophy");
