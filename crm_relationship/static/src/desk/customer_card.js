import {Component, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {ContactLights} from "../lights/contact_lights";
import {DeskActions} from "./desk_actions";

/**
 * The blocks of the card. An addon adds one of its own:
 *
 *     registry.category("crm_relationship.desk_blocks").add("my_addon.points", {
 *         component: PointsBlock,
 *         sequence: 35,
 *         area: "side",
 *         isShown: (card) => card.points !== false,
 *     });
 *
 * - `component` gets the props `card` (what `customer_card()` answered; an addon adds its own parts
 *   in `_prepare_customer_card`), `reload()` to be called after a change, and `open(customerId)`
 *   that leads to another customer's card.
 * - `sequence` orders the blocks from above; 50 when it is left out.
 * - `area` is "side" (the narrow column, the default) or "main"; a phone has one column.
 * - `isShown(card)` hides a block that has nothing to tell.
 */
export const deskBlocks = registry.category("crm_relationship.desk_blocks");

deskBlocks.addValidation({
    component: {validate: (one) => one.prototype instanceof Component},
    sequence: {type: Number, optional: true},
    area: {type: String, optional: true, validate: (area) => ["main", "side"].includes(area)},
    isShown: {type: Function, optional: true},
});

/** Everything that is known of one customer, and what can be done for him. */
export class CustomerCard extends Component {
    static template = "crm_relationship.CustomerCard";
    static components = {ContactLights, DeskActions};
    static props = {
        card: Object,
        warning: String,
        open: Function,
        reload: Function,
        close: Function,
        focusSearch: Function,
    };

    setup() {
        this.ui = useState(useService("ui"));
    }

    get gradeLabel() {
        const {code, name} = this.props.card.grade;
        return [code, name].filter(Boolean).join(" ");
    }

    get warnings() {
        const {card, warning} = this.props;
        return [warning, ...card.warnings].filter(Boolean);
    }

    /** One column on a phone; else a narrow and a wide one. */
    get columns() {
        const {card} = this.props;
        const blocks = deskBlocks
            .getEntries()
            .map(([name, block]) => ({name, sequence: 50, area: "side", ...block}))
            .filter(({isShown}) => !isShown || isShown(card))
            .sort((one, other) => one.sequence - other.sequence);
        if (this.ui.isSmall) {
            return [{name: "all", class: "col-12", blocks}];
        }
        return [
            {name: "side", class: "col-5", blocks: blocks.filter(({area}) => area === "side")},
            {name: "main", class: "col-7", blocks: blocks.filter(({area}) => area === "main")},
        ];
    }
}
