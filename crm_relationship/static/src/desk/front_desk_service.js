import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {reactive} from "@odoo/owl";

const RECENT_AT_MOST = 5;

/**
 * Opens the desk from anywhere, and knows which customers were opened last. They are kept in memory
 * only: personal data must not stay on a machine that several people use.
 */
export const frontDeskService = {
    dependencies: ["action", "command"],

    start(env, {action, command}) {
        const recent = reactive([]);

        function open() {
            return action.doAction("crm_relationship.crm_front_desk_action", {
                clearBreadcrumbs: true,
            });
        }

        function forget(customerId) {
            const index = recent.findIndex(({id}) => id === customerId);
            if (index >= 0) {
                recent.splice(index, 1);
            }
        }

        function remember({id, name, member_number}) {
            forget(id);
            recent.unshift({id, name, member_number});
            recent.splice(RECENT_AT_MOST);
        }

        const isMember = user.hasGroup("crm_relationship.group_contact_point");
        isMember.then((is) => {
            if (is) {
                command.add(_t("Front Desk"), () => void open(), {
                    category: "app",
                    global: true,
                    hotkey: "alt+shift+d",
                    hotkeyOptions: {bypassEditableProtection: true},
                });
            }
        });

        return {forget, isMember, open, recent, remember};
    },
};

registry.category("services").add("crm_relationship.front_desk", frontDeskService);
