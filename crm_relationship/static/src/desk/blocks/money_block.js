import {Component} from "@odoo/owl";
import {deskBlocks} from "../customer_card";
import {formatAmount, formatDay} from "../desk_format";
import {DeskBlock, deskBlockProps} from "./desk_block";

export class MoneyBlock extends Component {
    static template = "crm_relationship.DeskMoneyBlock";
    static components = {DeskBlock};
    static props = deskBlockProps;

    setup() {
        this.formatDay = formatDay;
    }

    amount(value) {
        return formatAmount(value, this.props.card.currency_id);
    }

    get isOverLimit() {
        const {limit, used} = this.props.card.credit;
        return limit > 0 && used > limit;
    }
}

deskBlocks.add("money", {
    component: MoneyBlock,
    sequence: 30,
    isShown: ({invoices, credit}) => Boolean(invoices || credit),
});
