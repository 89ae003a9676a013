import {Component} from "@odoo/owl";

/** What every block of the card is given. */
export const deskBlockProps = {card: Object, reload: Function, open: Function};

/** The frame of a block: a title, and what there is to tell. */
export class DeskBlock extends Component {
    static template = "crm_relationship.DeskBlock";
    static props = {name: String, title: String, icon: String, slots: Object};
}
