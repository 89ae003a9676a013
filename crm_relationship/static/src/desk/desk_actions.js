import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {FormViewDialog} from "@web/views/view_dialogs/form_view_dialog";
import {CASE_FORM, LOG_FORM} from "./desk_forms";
import {LeadDialog} from "./lead_dialog";

/** What can be done for a customer; the server says what the reader may do. */
export class DeskActions extends Component {
    static template = "crm_relationship.DeskActions";
    static props = {card: Object, reload: Function, focusSearch: Function};

    setup() {
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.orm = useService("orm");
    }

    get customerId() {
        return this.props.card.id;
    }

    log() {
        this.openForm("crm.interaction", LOG_FORM, _t("Log Interaction"));
    }

    openCase() {
        this.openForm("crm.case", CASE_FORM, _t("New Case"));
    }

    openForm(resModel, formViewRef, title) {
        this.dialog.add(
            FormViewDialog,
            {
                resModel,
                title,
                canExpand: false,
                context: {default_partner_id: this.customerId, form_view_ref: formViewRef},
                onRecordSaved: () => this.props.reload(),
            },
            {onClose: () => this.props.focusSearch()},
        );
    }

    raiseLead() {
        this.dialog.add(
            LeadDialog,
            {
                customer: this.props.card.name,
                raise: (subject, note) => this.sendLead(subject, note),
            },
            {onClose: () => this.props.focusSearch()},
        );
    }

    async sendLead(subject, note) {
        const lead = await this.orm.call("res.partner", "raise_lead", [
            [this.customerId],
            subject,
            note,
        ]);
        const buttons = [];
        if (this.props.card.may.open_lead) {
            buttons.push({
                name: _t("Open Lead"),
                onClick: () => this.openRecord("crm.lead", lead.id),
            });
        }
        this.notification.add(_t("The lead “%s” was handed over.", lead.name), {
            type: "success",
            buttons,
        });
        await this.props.reload();
    }

    quote() {
        this.openRecord("sale.order", false, {default_partner_id: this.customerId});
    }

    openContact() {
        this.openRecord("res.partner", this.customerId);
    }

    openRecord(resModel, resId, context = {}) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: resModel,
            res_id: resId,
            views: [[false, "form"]],
            context,
        });
    }

    async replaceCard() {
        const action = await this.orm.call("res.partner", "action_replace_member_number", [
            [this.customerId],
        ]);
        await this.action.doAction(action, {onClose: () => this.props.reload()});
    }

    async issueNumber() {
        await this.orm.call("res.partner", "action_issue_member_number", [[this.customerId]]);
        await this.props.reload();
    }
}
