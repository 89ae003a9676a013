import {Component, onWillUpdateProps, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {deskBlocks} from "../customer_card";
import {formatAmount, formatMoment} from "../desk_format";
import {DeskBlock, deskBlockProps} from "./desk_block";

const PAGE = 20;
const OTHER_ICON = "fa-circle-o";

/** The icon of each kind of event; an addon adds that of a kind of its own. */
export const timelineIcons = registry.category("crm_relationship.timeline_icons");

for (const [kind, icon] of Object.entries({
    interaction: "fa-comment-o",
    message: "fa-envelope-o",
    meeting: "fa-calendar",
    case: "fa-life-ring",
    lead: "fa-star-o",
    order: "fa-shopping-cart",
    delivery: "fa-truck",
    return: "fa-undo",
    invoice: "fa-file-text-o",
    refund: "fa-reply",
    payment: "fa-money",
})) {
    timelineIcons.add(kind, icon);
}

/** What happened with a customer and his family, newest first. */
export class TimelineBlock extends Component {
    static template = "crm_relationship.DeskTimelineBlock";
    static components = {DeskBlock};
    static props = deskBlockProps;

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.formatMoment = formatMoment;
        this.directionLabels = {in: _t("From the customer"), out: _t("To the customer")};
        this.state = useState({kinds: [], rows: [], hasMore: false});
        this.showFirstPage(this.props.card);
        onWillUpdateProps(async ({card}) => {
            if (card === this.props.card) {
                return;
            }
            if (card.id === this.props.card.id && this.state.kinds.length) {
                await this.load();
            } else {
                this.showFirstPage(card);
            }
        });
    }

    /** The first page comes with the card. */
    showFirstPage(card) {
        const {rows, has_more: hasMore} = card.timeline;
        this.keepLast.add(Promise.resolve());
        Object.assign(this.state, {kinds: [], rows: [...rows], hasMore});
    }

    async toggle(kind) {
        const {kinds} = this.state;
        this.state.kinds = kinds.includes(kind)
            ? kinds.filter((one) => one !== kind)
            : [...kinds, kind];
        await this.load();
    }

    async showAll() {
        this.state.kinds = [];
        await this.load();
    }

    async more() {
        await this.load(this.state.rows);
    }

    /**
     * @param {Object[]} [shown] the newest rows, which stay
     */
    async load(shown = []) {
        const page = await this.keepLast.add(
            this.orm.call("res.partner", "customer_timeline", [[this.props.card.id]], {
                kinds: [...this.state.kinds],
                limit: PAGE,
                offset: shown.length,
            }),
        );
        Object.assign(this.state, {rows: [...shown, ...page.rows], hasMore: page.has_more});
    }

    icon(row) {
        return timelineIcons.get(row.kind, OTHER_ICON);
    }

    amount(row) {
        return formatAmount(row.amount, row.currency_id || this.props.card.currency_id);
    }

    /** Whose event it was, when it was not the customer's own. */
    otherPerson(row) {
        return row.partner && row.partner.id !== this.props.card.id ? row.partner.name : "";
    }

    async openRow(row) {
        const action = await this.orm.call("crm.timeline", "action_open_source", [[row.id]]);
        await this.action.doAction(action);
    }
}

deskBlocks.add("timeline", {component: TimelineBlock, sequence: 90, area: "main"});
