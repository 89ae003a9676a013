import {Component, useState} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {useAutofocus} from "@web/core/utils/hooks";

/** Hand over what a customer is interested in, without the right to sell. */
export class LeadDialog extends Component {
    static template = "crm_relationship.LeadDialog";
    static components = {Dialog};
    static props = {close: Function, customer: String, raise: Function};

    setup() {
        useAutofocus({refName: "subject", mobile: true});
        this.state = useState({subject: "", note: "", isSending: false});
    }

    get mayRaise() {
        return this.state.subject.trim() !== "" && !this.state.isSending;
    }

    async raise() {
        if (!this.mayRaise) {
            return;
        }
        this.state.isSending = true;
        try {
            await this.props.raise(this.state.subject.trim(), this.state.note.trim());
        } finally {
            this.state.isSending = false;
        }
        this.props.close();
    }
}
