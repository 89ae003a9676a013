import {formatCurrency} from "@web/core/currency";
import {
    deserializeDate,
    deserializeDateTime,
    formatDate,
    toLocaleDateString,
    toLocaleDateTimeString,
} from "@web/core/l10n/dates";

/**
 * @param {Number|false} amount false when the reader may not see it
 * @param {Number} currencyId
 * @returns {String} empty when there is nothing to show
 */
export function formatAmount(amount, currencyId) {
    return amount === false ? "" : formatCurrency(amount, currencyId);
}

/**
 * @param {String|false} day as "2025-12-31"
 */
export function formatDay(day) {
    return day ? toLocaleDateString(deserializeDate(day)) : "";
}

/**
 * Birth dates are read in numbers, in the same calendar in which they are typed.
 *
 * @param {String|false} day as "1980-12-31"
 */
export function formatBirthdate(day) {
    return day ? formatDate(deserializeDate(day)) : "";
}

/**
 * @param {String|false} moment UTC, as "2025-12-31 17:00:00"
 * @param {Boolean} [wholeDay] only the day is known, and the moment is its noon
 */
export function formatMoment(moment, wholeDay = false) {
    if (!moment) {
        return "";
    }
    const local = deserializeDateTime(moment);
    return wholeDay ? toLocaleDateString(local) : toLocaleDateTimeString(local);
}
