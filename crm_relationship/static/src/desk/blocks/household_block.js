import {Component} from "@odoo/owl";
import {deskBlocks} from "../customer_card";
import {formatBirthdate} from "../desk_format";
import {DeskBlock, deskBlockProps} from "./desk_block";

export class HouseholdBlock extends Component {
    static template = "crm_relationship.DeskHouseholdBlock";
    static components = {DeskBlock};
    static props = deskBlockProps;

    setup() {
        this.formatBirthdate = formatBirthdate;
    }
}

deskBlocks.add("household", {
    component: HouseholdBlock,
    sequence: 60,
    isShown: ({household, likes, dislikes}) => Boolean(household || likes || dislikes),
});
