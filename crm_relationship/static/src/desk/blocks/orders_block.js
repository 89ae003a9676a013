import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {deskBlocks} from "../customer_card";
import {formatAmount, formatDay, formatMoment} from "../desk_format";
import {DeskBlock, deskBlockProps} from "./desk_block";

export class OrdersBlock extends Component {
    static template = "crm_relationship.DeskOrdersBlock";
    static components = {DeskBlock};
    static props = deskBlockProps;

    setup() {
        this.action = useService("action");
        this.formatMoment = formatMoment;
    }

    amount(order) {
        return formatAmount(order.amount, order.currency_id || this.props.card.currency_id);
    }

    delivery(order) {
        return _t("Delivery on %s", formatDay(order.delivery_date));
    }

    openOrder(orderId) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "sale.order",
            res_id: orderId,
            views: [[false, "form"]],
        });
    }
}

deskBlocks.add("orders", {
    component: OrdersBlock,
    sequence: 40,
    area: "main",
    isShown: ({orders}) => Boolean(orders && orders.length),
});
