import {PriorityField, priorityField} from "@web/views/fields/priority/priority_field";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** A number from 1 to 5 as stars; 0 when nobody asked. */
export class SatisfactionField extends PriorityField {
    get options() {
        return [
            [0, _t("Not asked")],
            [1, _t("Very dissatisfied")],
            [2, _t("Dissatisfied")],
            [3, _t("Neither")],
            [4, _t("Satisfied")],
            [5, _t("Very satisfied")],
        ];
    }
}

export const satisfactionField = {
    ...priorityField,
    component: SatisfactionField,
    displayName: _t("Satisfaction"),
    supportedTypes: ["integer"],
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...priorityField.extractProps(fieldInfo, dynamicInfo),
        withCommand: false,
        autosave: false,
    }),
};

registry.category("fields").add("satisfaction", satisfactionField);
