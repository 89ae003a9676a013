import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

/** The milestones of a customer as a line, read when the page is opened. */
export class CustomerJourney extends Component {
    static template = "crm_relationship_analytics.CustomerJourney";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.journey = useState({state: false, milestones: []});
        onWillStart(() => this.load(this.props.record.resId));
        onWillUpdateProps(({record}) => {
            if (record.resId !== this.props.record.resId) {
                return this.load(record.resId);
            }
        });
    }

    async load(customerId) {
        Object.assign(
            this.journey,
            await this.orm.call("res.partner", "customer_journey", [customerId]),
        );
    }

    get milestones() {
        return this.journey.milestones.map((milestone, place) => ({
            ...milestone,
            day: formatDate(deserializeDate(milestone.date)),
            between: place ? this.tellDays(milestone.days) : "",
        }));
    }

    tellDays(days) {
        return days === 1 ? _t("1 day") : _t("%s days", days);
    }

    get hint() {
        return {
            open: _t("He has not bought yet."),
            lost: _t("He has not bought: his leads are lost, his quotations cancelled or expired."),
        }[this.journey.state];
    }

    async openTimeline() {
        const ids = [this.props.record.resId];
        this.action.doAction(await this.orm.call("res.partner", "action_view_timeline", ids));
    }
}

registry.category("view_widgets").add("customer_journey", {component: CustomerJourney});
