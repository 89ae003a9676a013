import {ImportAction} from "@base_import/import_action/import_action";
import {ImportDataContent} from "@base_import/import_data_content/import_data_content";
import {BaseImportModel} from "@base_import/import_model";
import {ImportRefusedRows} from "./import_refused_rows";
import {patch} from "@web/core/utils/patch";

const CUSTOMER_MODEL = "res.partner";

patch(BaseImportModel.prototype, {
    setResModel(resModel) {
        super.setResModel(resModel);
        this.refused = null;
        if (resModel === CUSTOMER_MODEL) {
            this.importOptionsValues.keep_good_rows = {value: true};
        }
    },

    async executeImport(isTest, ...args) {
        this.refused = null;
        const result = await super.executeImport(isTest, ...args);
        if (result.res.hasError) {
            this.refused = null;
        }
        if (this.refused) {
            Object.assign(this.refused, {ids: result.res.ids, isTest});
            // Core found nothing to complain about, but a refused row is not valid.
            this.importMessages = this.importMessages.filter(({type}) => type !== "info");
        }
        return result;
    },

    async _callImport(dryrun, args) {
        const result = await super._callImport(dryrun, args);
        if (result.refused?.count) {
            this.refused = {
                ...result.refused,
                ids: [],
                isTest: dryrun,
                url: `/web/content/base_import.import/${this.id}/refused_file/refused_rows.xlsx?download=true`,
            };
            this._showRefusedColumns(result.refused.faults, result.name);
        }
        return result;
    },

    /**
     * Show faults beside their column, where core offers to create or to skip a missing value.
     *
     * @param {Object[]} faults as core's import returns them
     * @param {String[]} names of the records
     */
    _showRefusedColumns(faults, names) {
        const groups = this._groupErrorsByField(faults);
        for (const [fieldPath, errors] of Object.entries(groups)) {
            const column = this.columns.find((one) => one.fieldInfo?.fieldPath === fieldPath);
            if (column) {
                Object.assign(column, {errors, resultNames: names});
            }
        }
    },

    _getCSVFormattingOptions() {
        const formats = super._getCSVFormattingOptions();
        formats.encoding.options.push("cp874"); // windows-874
        return formats;
    },
});

patch(ImportAction, {
    components: {...ImportAction.components, ImportRefusedRows},
});

patch(ImportAction.prototype, {
    /**
     * Stay where the refused rows are shown. The file is put away: its good rows must not come in
     * a second time.
     */
    openRecords(resIds) {
        if (!this.model.refused) {
            super.openRecords(resIds);
            return;
        }
        this.model.setOption("skip", 0);
        Object.assign(this.state, {filename: undefined, isPaused: false});
    },

    openImported(resIds) {
        this.model.refused = null;
        this.openRecords(resIds);
    },

    async handleFilesUpload(files) {
        this.model.refused = null;
        await super.handleFilesUpload(files);
    },
});

patch(ImportDataContent, {
    components: {...ImportDataContent.components, ImportRefusedRows},
    props: {...ImportDataContent.props, refused: {type: Object, optional: true}},
});
