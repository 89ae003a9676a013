import {Component, useEffect, useExternalListener, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {user} from "@web/core/user";
import {KeepLast} from "@web/core/utils/concurrency";
import {useBus, useForwardRefToParent, useService} from "@web/core/utils/hooks";
import {useDebounced} from "@web/core/utils/timing";
import {sureCustomer} from "./desk_term";

const TYPING_PAUSE = 200; // milliseconds
const FOUND_AT_MOST = 8;

/** The one box of the desk: whatever is typed or scanned leads to a customer. */
export class DeskSearch extends Component {
    static template = "crm_relationship.DeskSearch";
    static props = {
        choose: Function,
        close: Function,
        create: Function,
        inputRef: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.ui = useService("ui");
        useForwardRefToParent("inputRef");
        this.rootRef = useRef("root");
        this.listRef = useRef("list");
        this.keepLast = new KeepLast();
        // `found` answers `answered`, which may be older than what stands in the box.
        this.state = useState({term: "", answered: "", found: null, active: -1, mayCreate: false});
        this.searchLater = useDebounced(() => this.search(), TYPING_PAUSE);
        this.matchLabels = {
            number: _t("Member number"),
            phone: _t("Phone"),
            email: _t("Email"),
            order: _t("Order"),
            invoice: _t("Invoice"),
            case: _t("Case"),
            lot: _t("Lot or serial number"),
            name: _t("Name"),
        };
        useBus(useService("barcode").bus, "barcode_scanned", ({detail}) => {
            // What is scanned into a dialog is not meant for the desk behind it.
            if (this.ui.activeElement === document) {
                this.searchAndChoose(detail.barcode);
            }
        });
        useExternalListener(window, "pointerdown", ({target}) => this.onPointerDown(target));
        useEffect(
            () => {
                this.listRef.el?.querySelector(".active")?.scrollIntoView({block: "nearest"});
            },
            () => [this.state.active],
        );
    }

    get term() {
        return this.state.term.trim();
    }

    get isOpen() {
        return this.state.found !== null && this.term !== "";
    }

    get activeId() {
        const customer = this.isOpen && this.state.found[this.state.active];
        return customer ? `o_desk_found_${customer.id}` : undefined;
    }

    get nothingFound() {
        return _t("Nobody was found by “%s”.", this.state.answered);
    }

    get announcement() {
        if (!this.isOpen) {
            return "";
        }
        const {length} = this.state.found;
        if (!length) {
            return this.nothingFound;
        }
        return _t("Customers found: %s. Choose with the arrow keys and Enter.", length);
    }

    onInput(ev) {
        Object.assign(this.state, {term: ev.target.value, active: -1});
        if (this.term) {
            this.searchLater();
        } else {
            this.clear();
        }
    }

    async search() {
        const term = this.term;
        if (!term) {
            return [];
        }
        const found = await this.keepLast.add(
            this.orm.call("res.partner", "find_customer", [term], {limit: FOUND_AT_MOST}),
        );
        if (!found.length) {
            this.state.mayCreate = await user.checkAccessRight("res.partner", "create");
        }
        Object.assign(this.state, {found, answered: term, active: -1});
        return found;
    }

    async searchAndChoose(term) {
        this.searchLater.cancel();
        this.state.term = term;
        const found = await this.search();
        const customer = sureCustomer(found);
        if (customer) {
            this.choose(customer);
        } else if (found.length) {
            this.state.active = 0;
        }
    }

    async onEnter() {
        const {active, answered, found} = this.state;
        const customer = answered === this.term && found?.[active];
        if (customer) {
            this.choose(customer);
        } else {
            await this.searchAndChoose(this.term);
        }
    }

    choose(customer) {
        this.clear();
        this.props.choose(customer);
    }

    create() {
        const {term} = this;
        this.clear();
        this.props.create(term);
    }

    /** Empty the box, and drop the answer that is still on its way. */
    clear() {
        this.searchLater.cancel();
        this.keepLast.add(Promise.resolve());
        Object.assign(this.state, {term: "", answered: "", found: null, active: -1});
    }

    onKeydown(ev) {
        if (ev.isComposing || ev.altKey || ev.ctrlKey || ev.metaKey) {
            return;
        }
        const handler = {
            ArrowDown: () => this.move(1),
            ArrowUp: () => this.move(-1),
            Enter: () => this.onEnter(),
            Escape: () => this.onEscape(),
        }[ev.key];
        if (handler) {
            ev.preventDefault();
            ev.stopPropagation();
            handler();
        }
    }

    /** The list lies over the card: who points at the card wants to see it. */
    onPointerDown(target) {
        if (this.state.found?.length && !this.rootRef.el.contains(target)) {
            Object.assign(this.state, {found: null, active: -1});
        }
    }

    onEscape() {
        if (this.state.term) {
            this.clear();
        } else {
            this.props.close();
        }
    }

    move(step) {
        const count = this.isOpen ? this.state.found.length : 0;
        if (count) {
            const {active} = this.state;
            const from = active < 0 && step < 0 ? count : active;
            this.state.active = (from + step + count) % count;
        }
    }
}
