import {Component, useEffect, useRef, useState} from "@odoo/owl";
import {formatCurrency} from "@web/core/currency";
import {_t} from "@web/core/l10n/translation";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {formatDay} from "@crm_relationship/desk/desk_format";

const PRESENTATION = "crm.offer.presentation";

/**
 * What fits a customer, to be presented and answered.
 *
 * - `version`: another one has the offers loaded again.
 * - `onLoaded(count)` is told how much there is to see, `onAccepted(answer)` what `accept` gave.
 */
export class CustomerOffers extends Component {
    static template = "crm_relationship_loyalty.CustomerOffers";
    static props = {
        partnerId: Number,
        orderId: {type: [Number, Boolean], optional: true},
        version: {optional: true},
        onLoaded: {type: Function, optional: true},
        onAccepted: {type: Function, optional: true},
    };
    static defaultProps = {orderId: false, onLoaded: () => {}, onAccepted: () => {}};

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.rootRef = useRef("root");
        this.state = useState({
            partnerId: false,
            isLoaded: false,
            offers: [],
            reasons: [],
            given: [],
            declining: false,
            isBusy: false,
            focus: "",
        });
        useEffect(
            () => void this.load(),
            () => [this.props.partnerId, this.props.version],
        );
        useEffect(
            (selector) => {
                this.rootRef.el?.querySelector(selector || null)?.focus();
                this.state.focus = "";
            },
            () => [this.state.focus],
        );
    }

    async load() {
        const {partnerId, orderId} = this.props;
        if (partnerId !== this.state.partnerId) {
            const nothing = {offers: [], given: [], declining: false, isLoaded: false};
            Object.assign(this.state, {partnerId, ...nothing});
        }
        const found = await this.keepLast.add(
            this.orm.silent.call(PRESENTATION, "offers_of_customer", [partnerId, orderId]),
        );
        Object.assign(this.state, found, {isLoaded: true});
        this.props.onLoaded(found.offers.length + this.state.given.length);
    }

    price({kind, price, currency_id: currencyId}) {
        if (kind === "sample") {
            return _t("Free");
        }
        return kind === "bundle" ? formatCurrency(price, currencyId) : "";
    }

    badges({kind, kind_label: label, available: {free, on, enough}, last_day: lastDay}) {
        const badges = [];
        if (!["bundle", "sample"].includes(kind)) {
            badges.push({name: "kind", class: "text-bg-light", label});
        }
        if (on) {
            const from = _t("From %s", formatDay(on));
            badges.push({name: "later", class: "text-bg-warning", label: from});
        } else if (free !== null) {
            const there = _t("In stock");
            const short = _t("Out of stock");
            badges.push(
                enough
                    ? {name: "free", class: "text-bg-success", label: there}
                    : {name: "short", class: "text-bg-danger", label: short},
            );
        }
        if (lastDay) {
            const until = _t("Presented, answer until %s", formatDay(lastDay));
            badges.push({name: "presented", class: "text-bg-info", label: until});
        }
        return badges;
    }

    async present(offer) {
        const presented = await this.ask("present", [this.props.partnerId, offer.offer_id]);
        Object.assign(offer, presented);
        this.state.focus = `[data-offer-id="${offer.offer_id}"] .o_offer_accept`;
    }

    async accept(offer) {
        const ids = [offer.presentation_id];
        const answer = await this.ask("accept", [ids, this.props.orderId]);
        if (answer.order_id) {
            this.props.onAccepted(answer);
        } else {
            this.state.given.push({...answer, id: offer.presentation_id, name: offer.name});
        }
        await this.load();
    }

    startDeclining(offer) {
        Object.assign(this.state, {declining: offer.offer_id, focus: ".o_offer_reason"});
    }

    stopDeclining({offer_id: offerId}) {
        const focus = `[data-offer-id="${offerId}"] .o_offer_decline`;
        Object.assign(this.state, {declining: false, focus});
    }

    onKeydown(ev, offer) {
        if (ev.key === "Escape") {
            ev.stopPropagation();
            this.stopDeclining(offer);
        }
    }

    async decline(offer, form) {
        const {reason, note} = Object.fromEntries(new FormData(form));
        await this.ask("decline", [[offer.presentation_id], reason, note]);
        this.state.declining = false;
        await this.load();
    }

    /** Two clicks on a button are one question. */
    async ask(method, args) {
        this.state.isBusy = true;
        try {
            return await this.orm.call(PRESENTATION, method, args);
        } finally {
            this.state.isBusy = false;
        }
    }
}
