import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {deskBlocks} from "../customer_card";
import {formatDay} from "../desk_format";
import {DeskBlock, deskBlockProps} from "./desk_block";

export class CasesBlock extends Component {
    static template = "crm_relationship.DeskCasesBlock";
    static components = {DeskBlock};
    static props = deskBlockProps;

    setup() {
        this.action = useService("action");
    }

    get title() {
        return _t("Open Cases: %s", this.props.card.cases.count);
    }

    get hiddenCount() {
        const {count, rows} = this.props.card.cases;
        return count - rows.length;
    }

    promise({promise_date: day, is_overdue: isOverdue}) {
        return isOverdue
            ? _t("Overdue since %s", formatDay(day))
            : _t("Promised for %s", formatDay(day));
    }

    openCase(caseId) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.case",
            res_id: caseId,
            views: [[false, "form"]],
        });
    }
}

deskBlocks.add("cases", {
    component: CasesBlock,
    sequence: 20,
    area: "main",
    isShown: ({cases}) => Boolean(cases && cases.count),
});
