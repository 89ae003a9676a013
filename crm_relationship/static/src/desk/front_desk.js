import {Component, onMounted, onWillStart, useState} from "@odoo/owl";
import {hasTouch} from "@web/core/browser/feature_detection";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useChildRef, useService} from "@web/core/utils/hooks";
import {useHotkey} from "@web/core/hotkeys/hotkey_hook";
import {useSetupAction} from "@web/search/action_hook";
import {Layout} from "@web/search/layout";
import {FormViewDialog} from "@web/views/view_dialogs/form_view_dialog";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {CustomerCard} from "./customer_card";
import {DeskSearch} from "./desk_search";
import {defaultsOfTerm} from "./desk_term";

// what the server answers when a customer is gone, or not for this reader
const ERRORS_OF_STRANGERS = [
    "odoo.exceptions.AccessError",
    "odoo.exceptions.MissingError",
    "odoo.exceptions.UserError",
];

/** Find the customer who calls or stands at the counter, see who he is, and act. */
export class FrontDesk extends Component {
    static template = "crm_relationship.FrontDesk";
    static components = {CustomerCard, DeskSearch, Layout};
    static props = {...standardActionServiceProps};
    static displayName = _t("Front Desk");
    static path = "desk";

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.frontDesk = useService("crm_relationship.front_desk");
        this.recent = useState(this.frontDesk.recent);
        this.inputRef = useChildRef();
        this.keepLast = new KeepLast();
        this.display = {controlPanel: {}};
        this.state = useState({customerId: false, card: null, problem: "", warning: ""});
        const {resId, warning} = this.props.state || {};
        // Who comes back by the breadcrumbs finds the customer he left, and not the first one.
        const customerId = this.props.state ? resId : this.props.resId;
        useSetupAction({
            getLocalState: () => ({resId: this.state.customerId, warning: this.state.warning}),
        });
        useHotkey("escape", () => this.close());
        onWillStart(() => customerId && this.open(customerId, warning));
        onMounted(() => {
            this.tellUrl();
            this.focusSearch();
        });
    }

    /**
     * @param {Number} customerId
     * @param {String|false} [warning] of the number that he was found by
     */
    async open(customerId, warning) {
        let card = null;
        let problem = "";
        try {
            card = await this.keepLast.add(
                this.orm.call("res.partner", "customer_card", [[customerId]]),
            );
            this.frontDesk.remember(card);
        } catch (error) {
            if (!ERRORS_OF_STRANGERS.includes(error.exceptionName)) {
                throw error;
            }
            problem = error.data.message;
            this.frontDesk.forget(customerId);
        }
        Object.assign(this.state, {customerId, card, problem, warning: warning || ""});
        this.tellUrl();
        this.focusSearch();
    }

    async reload() {
        await this.open(this.state.customerId, this.state.warning);
    }

    close() {
        this.keepLast.add(Promise.resolve());
        Object.assign(this.state, {customerId: false, card: null, problem: "", warning: ""});
        this.tellUrl();
        this.focusSearch();
    }

    /** Keep the customer in the URL: to reload the page, and for the browser's way back. */
    tellUrl() {
        this.props.updateActionState?.({resId: this.state.customerId});
    }

    /** On a touch screen the keyboard would cover the card. */
    focusSearch() {
        if (!hasTouch()) {
            this.inputRef.el?.focus();
        }
    }

    createCustomer(term) {
        this.dialog.add(
            FormViewDialog,
            {
                resModel: "res.partner",
                title: _t("New Customer"),
                context: defaultsOfTerm(term),
                onRecordSaved: (record) => this.open(record.resId),
            },
            {onClose: () => this.focusSearch()},
        );
    }
}

registry.category("actions").add("crm_relationship.front_desk", FrontDesk);
