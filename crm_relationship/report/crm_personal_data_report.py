from odoo import api, models
from odoo.tools import format_date, format_datetime, formatLang

RECORDS_PRINTED = 200


class CrmPersonalDataReport(models.AbstractModel):
    """The data of a customer, laid out for him to read."""

    _name = "report.crm_relationship.personal_data"
    _description = "Personal Data Report"

    @api.model
    def _get_report_values(self, docids, data=None):
        partners = self.env["res.partner"].browse(docids)
        partners._check_may_handle_personal_data()
        partners.check_access("read")
        return {
            "doc_ids": docids,
            "doc_model": "res.partner",
            "docs": partners,
            "sections_of": self._sections_of,
            "left_out_of": lambda partner: partner._personal_data_left_out(),
        }

    def _sections_of(self, partner):
        """Return the sections of a customer with titles, labels and texts to print."""
        return [self._printed(section) for section in partner._personal_data_sections()]

    def _printed(self, section):
        described = self.env[section.model].fields_get(section.names)
        records = section.records[:RECORDS_PRINTED]
        names = [
            name
            for name in section.names
            if any(record[name] not in (None, [], {}) for record in records)
        ]
        return {
            "title": section.title,
            "columns": len(names) if len(section.records) > 1 else 2,
            "labels": [described[name]["string"] for name in names],
            "rows": [
                [self._text(described[name], record[name]) for name in names] for record in records
            ],
            "total": len(section.records),
        }

    def _text(self, description, value):
        """Return a value in the words and formats of the reader's language."""
        if value in (None, [], {}):
            return ""
        kind = description["type"]
        if kind == "selection":
            return dict(description["selection"]).get(value, value)
        if kind == "date":
            return format_date(self.env, value)
        if kind == "datetime":
            return format_datetime(self.env, value, dt_format="short")
        if kind in ("monetary", "float"):
            return formatLang(self.env, value)
        if kind == "many2many":
            return ", ".join(value)
        if kind == "properties":
            return ", ".join(f"{label}: {answer}" for label, answer in value.items())
        return str(value)
