import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";
import {Layout} from "@web/search/layout";
import {formatPercentage} from "@web/views/fields/formatters";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

const COHORTS = [6, 12, 24, 36];
// from which rate on a cell is how dark
const SHADES = [
    [0.75, "bg-primary text-white"],
    [0.5, "bg-primary bg-opacity-75 text-white"],
    [0.25, "bg-primary bg-opacity-50"],
    [0.1, "bg-primary bg-opacity-25"],
    [0.001, "bg-primary bg-opacity-10"],
];

/** The triangle of cohorts: who came back in the months after his first purchase. */
export class CohortTable extends Component {
    static template = "crm_relationship_analytics.CohortTable";
    static components = {Layout};
    static props = {...standardActionServiceProps};
    static displayName = _t("Cohorts");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.display = {controlPanel: {}};
        this.choices = COHORTS;
        const {until = false, months = 12} = this.props.state || {};
        this.state = useState({until, months, table: null});
        useSetupAction({
            getLocalState: () => ({until: this.state.until, months: this.state.months}),
        });
        onWillStart(() => this.load());
    }

    async load() {
        const {until, months} = this.state;
        const asked = this.orm.call("crm.cohort.retention", "cohort_table", [], {until, months});
        const table = await this.keepLast.add(asked);
        Object.assign(this.state, {table, until: table.until});
    }

    get month() {
        return this.state.until.slice(0, 7);
    }

    get numbers() {
        const widths = this.state.table.cohorts.map((cohort) => cohort.cells.length);
        return [...Array(Math.max(0, ...widths)).keys()];
    }

    chooseMonth(ev) {
        this.state.until = ev.target.value ? `${ev.target.value}-01` : false;
        return this.load();
    }

    chooseLength(ev) {
        this.state.months = Number(ev.target.value);
        return this.load();
    }

    percent(rate) {
        return formatPercentage(rate, {digits: [16, 0]});
    }

    shade(cell) {
        const [, shade] = SHADES.find(([least]) => cell.rate >= least) || [0, "text-muted"];
        return shade;
    }

    openCustomers(cell) {
        return this.action.doActionButton({
            type: "object",
            name: "action_view_customers",
            resModel: "crm.cohort.retention",
            resId: cell.id,
        });
    }
}

registry.category("actions").add("crm_relationship_analytics.cohort_table", CohortTable);
