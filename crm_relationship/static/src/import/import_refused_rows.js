import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

/**
 * What an import of customers refused, with the reasons, and the way to mend it.
 */
export class ImportRefusedRows extends Component {
    static template = "crm_relationship.ImportRefusedRows";
    static props = {
        refused: {type: Object},
        openImported: {type: Function, optional: true},
    };

    get summary() {
        const {count, ids, isTest} = this.props.refused;
        const values = {good: ids.length, bad: count};
        if (isTest) {
            return _t("Rows that can come in: %(good)s. Rows that are refused: %(bad)s.", values);
        }
        return _t("Rows that came in: %(good)s. Rows that were refused: %(bad)s.", values);
    }

    get advice() {
        return this.props.refused.isTest
            ? _t("Mend the refused rows in your file, or import the good ones now.")
            : _t("Download the refused rows, mend them, and import that file.");
    }

    get hiddenCount() {
        return this.props.refused.count - this.props.refused.rows.length;
    }
}
