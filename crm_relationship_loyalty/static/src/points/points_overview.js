import {Component} from "@odoo/owl";
import {formatCurrency} from "@web/core/currency";
import {_t} from "@web/core/l10n/translation";
import {formatFloat} from "@web/core/utils/numbers";
import {deserializeDate} from "@web/core/l10n/dates";
import {formatDay} from "@crm_relationship/desk/desk_format";

const SOON = 60; // days

/**
 * @param {Number} points
 * @param {Object} account as `points_overview` of a contact has it
 * @returns {String} as "1,250 Points", or an amount where points are money
 */
export function formatPoints(points, {currency_id: currencyId, point_name: pointName}) {
    if (currencyId) {
        return formatCurrency(points, currencyId);
    }
    const number = formatFloat(points, {digits: [16, 2], trailingZeros: false});
    return `${number} ${pointName}`.trim();
}

/** What a customer has on each of his accounts, what is pending, expires next, and is owed. */
export class PointsOverview extends Component {
    static template = "crm_relationship_loyalty.PointsOverview";
    static props = {accounts: Array};

    balance(account) {
        return formatPoints(account.points, account);
    }

    details(account) {
        const points = (number) => formatPoints(number, account);
        const day = formatDay(account.expiring_on);
        const details = [];
        if (account.pending) {
            const label = _t("%s pending", points(account.pending));
            details.push({name: "pending", class: "text-bg-info", label});
        }
        if (account.expiring) {
            const label = _t("%(points)s until %(day)s", {points: points(account.expiring), day});
            const isSoon = deserializeDate(account.expiring_on).diffNow("days").days <= SOON;
            const color = isSoon ? "text-bg-warning" : "text-bg-light";
            details.push({name: "expiring", class: color, label});
        }
        if (account.debt) {
            const label = _t("Owes %s", points(account.debt));
            details.push({name: "debt", class: "text-bg-danger", label});
        }
        return details;
    }
}
