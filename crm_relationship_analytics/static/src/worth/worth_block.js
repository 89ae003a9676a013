import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatFloat} from "@web/core/utils/numbers";
import {useService} from "@web/core/utils/hooks";
import {DeskBlock, deskBlockProps} from "@crm_relationship/desk/blocks/desk_block";
import {deskBlocks} from "@crm_relationship/desk/customer_card";
import {formatAmount, formatDay} from "@crm_relationship/desk/desk_format";

const STATE_CLASSES = {
    new: "text-bg-info",
    active: "text-bg-success",
    at_risk: "text-bg-warning",
    lapsed: "text-bg-danger",
    won_back: "text-bg-success",
};

/** Whether the customer still buys, when he should come next, and what is expected of him. */
export class WorthBlock extends Component {
    static template = "crm_relationship_analytics.DeskWorthBlock";
    static components = {DeskBlock};
    static props = deskBlockProps;

    setup() {
        this.action = useService("action");
    }

    get worth() {
        return this.props.card.worth;
    }

    get stateClass() {
        return STATE_CLASSES[this.worth.state];
    }

    get since() {
        return _t("since %s", formatDay(this.worth.since));
    }

    get due() {
        return formatDay(this.worth.due);
    }

    get isOverdue() {
        return this.worth.overdue > 1;
    }

    /** How late he is by his own measure. */
    get overdue() {
        const digits = {digits: [16, 1], trailingZeros: false};
        return _t("%(gaps)s usual gaps of %(days)s days since the last purchase", {
            gaps: formatFloat(this.worth.overdue, digits),
            days: formatFloat(this.worth.gap, digits),
        });
    }

    get expected() {
        const digits = {digits: [16, 1]};
        return _t("%(quarter)s in 3 months, %(year)s in 12", {
            quarter: formatFloat(this.worth.quarter, digits),
            year: formatFloat(this.worth.year, digits),
        });
    }

    get alive() {
        const {alive} = this.worth;
        return alive === false ? "" : _t("Probably active: %s", `${Math.round(100 * alive)}%`);
    }

    amount(value) {
        return formatAmount(value, this.props.card.currency_id);
    }

    open() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.customer.outlook",
            res_id: this.worth.id,
            views: [[false, "form"]],
        });
    }
}

deskBlocks.add("worth", {
    component: WorthBlock,
    sequence: 24,
    isShown: ({worth}) => Boolean(worth),
});
