import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deskBlocks} from "../customer_card";
import {formatAmount, formatDay} from "../desk_format";
import {DeskBlock, deskBlockProps} from "./desk_block";

export class MoneyBlock extends Component {
    static template = "crm_relationship.DeskMoneyBlock";
    static components = {DeskBlock};
    static props = deskBlockProps;

    amount(value) {
        return formatAmount(value, this.props.card.currency_id);
    }

    get oldestDue() {
        return _t("since %s", formatDay(this.props.card.invoices.oldest_due));
    }

    get debt() {
        const {limit, used} = this.props.card.credit;
        const amounts = {used: this.amount(used), limit: this.amount(limit)};
        return limit ? _t("%(used)s of %(limit)s", amounts) : amounts.used;
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
