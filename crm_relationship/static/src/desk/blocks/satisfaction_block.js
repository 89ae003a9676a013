import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatFloat} from "@web/core/utils/numbers";
import {deskBlocks} from "../customer_card";
import {DeskBlock, deskBlockProps} from "./desk_block";

export class SatisfactionBlock extends Component {
    static template = "crm_relationship.DeskSatisfactionBlock";
    static components = {DeskBlock};
    static props = deskBlockProps;

    get average() {
        const {average} = this.props.card.satisfaction;
        return _t("%s of 5", formatFloat(average, {digits: [16, 1]}));
    }

    get trend() {
        return {
            up: {icon: "fa-arrow-up text-success", label: _t("Rising")},
            down: {icon: "fa-arrow-down text-danger", label: _t("Falling")},
            steady: {icon: "fa-arrow-right text-muted", label: _t("Steady")},
        }[this.props.card.satisfaction.trend];
    }
}

deskBlocks.add("satisfaction", {
    component: SatisfactionBlock,
    sequence: 70,
    isShown: ({satisfaction}) => Boolean(satisfaction),
});
