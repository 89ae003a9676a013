import {Component} from "@odoo/owl";
import {formatCurrency} from "@web/core/currency";
import {_t} from "@web/core/l10n/translation";
import {formatFloat} from "@web/core/utils/numbers";
import {useService} from "@web/core/utils/hooks";
import {formatDay} from "@crm_relationship/desk/desk_format";

/**
 * @param {Number} value
 * @param {Object} tier as `loyalty_tiers` of a contact has it
 * @returns {String} an amount, or "120 points" on a ladder of points
 */
export function formatValue(value, {currency_id: currencyId}) {
    if (currencyId) {
        return formatCurrency(value, currencyId);
    }
    return _t("%s points", formatFloat(value, {digits: [16, 2], trailingZeros: false}));
}

/** What a customer holds on each ladder, for how long, and how far the next tier is. */
export class TierOverview extends Component {
    static template = "crm_relationship_loyalty.TierOverview";
    static props = {tiers: Array};

    setup() {
        this.action = useService("action");
    }

    until(tier) {
        return tier.until ? _t("until %s", formatDay(tier.until)) : "";
    }

    /** What the next tier takes; without the amount for who sees none. */
    next(tier) {
        if (!tier.next) {
            return "";
        }
        if (tier.missing === undefined) {
            return _t("Next: %s", tier.next);
        }
        const values = {tier: tier.next, amount: formatValue(tier.missing, tier)};
        if (tier.by) {
            return _t("%(tier)s: %(amount)s more until %(day)s", {
                ...values,
                day: formatDay(tier.by),
            });
        }
        return _t("%(tier)s: %(amount)s more", values);
    }

    /** What is to be done before the tier ends. */
    ending(tier) {
        if (!tier.is_ending) {
            return "";
        }
        return tier.keep ? _t("Ending: %s keeps it", formatValue(tier.keep, tier)) : _t("Ending");
    }

    hasProgress(tier) {
        return Boolean(tier.next) && tier.progress !== undefined;
    }

    open(tier) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.loyalty.membership",
            res_id: tier.membership,
            views: [[false, "form"]],
        });
    }
}
