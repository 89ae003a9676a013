import json
from datetime import date, datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import html2plaintext

DOCUMENT_FORMAT = "crm_relationship.personal_data"
DOCUMENT_VERSION = 1
CORRESPONDENCE = ("email", "email_outgoing", "comment", "auto_comment", "sms")
INTERNAL = Domain("is_internal", "=", True) | Domain("subtype_id.internal", "=", True)
MESSAGE_EXPORT = ("date", "subject", "body")
ACTIVITY_EXPORT = ("date_deadline", "activity_type_id", "summary", "note")


class Section(NamedTuple):
    """The data that one model holds of a customer: records as dictionaries by field name."""

    model: str
    title: str
    names: tuple[str, ...]
    records: list[dict]


class ResPartner(models.Model):
    """Give a customer his data (GDPR articles 15 and 20, Thailand's PDPA sections 30 and 31)."""

    _inherit = "res.partner"

    @api.readonly
    def personal_data(self) -> dict:
        """Return all that is known of this customer, as plain values that go into JSON as they are.

        For managers, and limited by their rights: ``left_out`` says what is missing and why. The
        value grade and the measures behind it are part of it: never shown to the customer in
        daily work, but an assessment of him is his data, and the law lets him see it when he asks.
        Data of other persons is not: of a household there is only his own place in it.
        """
        self.ensure_one()
        self._check_may_handle_personal_data()
        self.check_access("read")
        return {
            "format": DOCUMENT_FORMAT,
            "version": DOCUMENT_VERSION,
            "created_on": _plain(fields.Datetime.now()),
            "company": self.env.company.name,
            "customer": {"id": self.id, "name": self.name},
            "data": {
                section.model: [
                    {name: _plain(value) for name, value in record.items()}
                    for record in section.records
                ]
                for section in self._personal_data_sections()
            },
            "left_out": self._personal_data_left_out(),
        }

    def _personal_data_as_json(self) -> str:
        return json.dumps(self.personal_data(), ensure_ascii=False, indent=2)

    def _personal_data_sections(self) -> list[Section]:
        """Return the data of each model that the user may read and that has some."""
        contacts = self._privacy_contacts()
        sections = [
            self._personal_data_section(
                entry.model,
                Domain.OR(Domain(name, "in", contacts.ids) for name in entry.customer)
                & Domain(list(entry.exported_if)),
                entry.exported,
                entry.title,
            )
            for entry in self._exported_models()
            if self.env[entry.model].has_access("read")
        ]
        sections.append(contacts._activity_section())
        sections.append(contacts._message_section())
        return [section for section in sections if section.records]

    @api.model
    def _exported_models(self):
        return [
            entry
            for entry in self._personal_data_models()
            if entry.exported and entry.model in self.env
        ]

    def _personal_data_left_out(self) -> list[str]:
        """Return a sentence for whatever is kept of the customer and not in the file."""
        sentences = [
            self.env._(
                "%(kind)s: not included, as whoever made the file may not see them.",
                kind=self.env["ir.model"]._get(entry.model).name,
            )
            for entry in self._exported_models()
            if not self.env[entry.model].has_access("read")
        ]
        on_contact = Domain("model", "=", "res.partner") & Domain("res_id", "in", self.ids)
        letters = Domain("message_type", "in", CORRESPONDENCE)
        notes = self.env["mail.message"].search_count(on_contact & letters & INTERNAL)
        if notes:
            sentences.append(
                self.env._(
                    "Internal notes: %(count)s, not included, as they may speak of other persons.",
                    count=notes,
                )
            )
        return sentences

    @api.model
    def _personal_data_section(self, model, domain, names, title=""):
        """Return what the user may read of the records in a domain, archived ones included."""
        Model = self.env[model].with_context(active_test=False)
        readable = tuple(
            name
            for name in names
            if name in Model._fields and Model._has_field_access(Model._fields[name], "read")
        )
        rows = Model.search_fetch(domain, readable).read(readable)
        return Section(
            model,
            title or self.env["ir.model"]._get(model).name,
            readable,
            [
                {name: _value(Model._fields[name], row[name], self.env) for name in readable}
                for row in rows
            ],
        )

    def _activity_section(self):
        domain = Domain("res_model", "=", "res.partner") & Domain("res_id", "in", self.ids)
        return self._personal_data_section("mail.activity", domain, ACTIVITY_EXPORT)

    def _message_section(self):
        """Return what he wrote and what was sent to him; no internal notes."""
        his = Domain("author_id", "in", self.ids) | Domain("partner_ids", "in", self.ids)
        his |= Domain("notified_partner_ids", "in", self.ids)
        domain = (
            his & Domain("message_type", "in", CORRESPONDENCE) & Domain("is_internal", "=", False)
        )
        return self._personal_data_section("mail.message", domain, MESSAGE_EXPORT)


def _value(field, value, env):
    """Return a value as a person reads it, without ids; None for nothing."""
    if field.type == "many2one":
        return value[1] if value else None
    if field.type == "many2many":
        return env[field.comodel_name].browse(value).mapped("display_name")
    if field.type == "html":
        return html2plaintext(value or "") or None
    if field.type == "properties":
        return {part["string"]: part.get("value") for part in value or []}
    if field.type in ("boolean", "integer", "float", "monetary"):
        return value
    return value or None


def _plain(value):
    """Return a value as JSON has it: days and moments (UTC) by ISO 8601."""
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='seconds')}Z"
    if isinstance(value, date):
        return value.isoformat()
    return value
