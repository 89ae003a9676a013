import {Component} from "@odoo/owl";
import {formatFloat} from "@web/core/utils/numbers";
import {deskBlocks} from "../customer_card";
import {formatAmount, formatMoment} from "../desk_format";
import {DeskBlock, deskBlockProps} from "./desk_block";

export class PurchasesBlock extends Component {
    static template = "crm_relationship.DeskPurchasesBlock";
    static components = {DeskBlock};
    static props = deskBlockProps;

    setup() {
        this.formatMoment = formatMoment;
    }

    amount(purchase) {
        return formatAmount(purchase.amount, purchase.currency_id || this.props.card.currency_id);
    }

    quantity(purchase) {
        const quantity = formatFloat(purchase.quantity, {trailingZeros: false});
        return [quantity, purchase.unit].filter(Boolean).join(" ");
    }
}

deskBlocks.add("purchases", {
    component: PurchasesBlock,
    sequence: 50,
    isShown: ({purchases}) => Boolean(purchases && purchases.length),
});
