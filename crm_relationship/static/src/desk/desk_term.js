const FEWEST_DIGITS_OF_PHONE = 6;

/**
 * Return what a new contact is to be created with, read from what was searched for.
 *
 * @param {String} term
 * @returns {Object} defaults of a form
 */
export function defaultsOfTerm(term) {
    if (term.includes("@")) {
        return {default_email: term};
    }
    const digits = term.replace(/\D/g, "");
    if (/^\+?[\d\s().\/-]+$/.test(term) && digits.length >= FEWEST_DIGITS_OF_PHONE) {
        return {default_phone: term};
    }
    return {default_name: term};
}

/**
 * Return the one customer whom the term is the key of; a name is nobody's key.
 *
 * @param {Object[]} customers as found by the server
 * @returns {Object|undefined}
 */
export function sureCustomer(customers) {
    const sure = customers.filter(({match}) => match !== "name");
    return sure.length === 1 ? sure[0] : undefined;
}
