import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deskBlocks} from "../customer_card";
import {formatBirthdate, formatDay} from "../desk_format";
import {DeskBlock, deskBlockProps} from "./desk_block";

export class WhoBlock extends Component {
    static template = "crm_relationship.DeskWhoBlock";
    static components = {DeskBlock};
    static props = deskBlockProps;

    /** What is known, as pairs of a label and a text. */
    get facts() {
        const {card} = this.props;
        return [
            [_t("City"), card.city],
            [_t("Language"), card.language],
            [_t("Preferred channel"), card.preferred_channel],
            [_t("Birth date"), formatBirthdate(card.birthdate)],
            [_t("Member since"), formatDay(card.member_since)],
        ].filter(([, text]) => text);
    }
}

deskBlocks.add("who", {component: WhoBlock, sequence: 10});
