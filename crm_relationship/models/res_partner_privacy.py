from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..report.crm_customer_fact import PURCHASE_KINDS
from .crm_personal_data import NEUTRAL_NUMBER, PersonalData

CONTACT_EXPORT = (
    "name",
    "type",
    "ref",
    "member_number",
    "member_since",
    "phone",
    "email",
    "street",
    "street2",
    "zip",
    "city",
    "state_id",
    "country_id",
    "lang",
    "tz",
    "vat",
    "company_registry",
    "barcode",
    "website",
    "function",
    "company_name",
    "parent_id",
    "birthdate",
    "gender",
    "occupation",
    "education",
    "income_band_id",
    "budget_note",
    "preferred_channel_id",
    "verified_on",
    "category_id",
    "properties",
    "comment",
    "user_id",
    "create_date",
)
STANDING_EXPORT = (
    "company_id",
    "value_grade_id",
    "manual_reason",
    "revenue",
    "order_count",
    "first_date",
    "last_date",
    "r_score",
    "f_score",
    "m_score",
    "abc_class",
    "graded_on",
)
CASE_EXPORT = (
    "name",
    "opened_date",
    "kind",
    "subject",
    "description",
    "email_from",
    "promise_date",
    "closed_date",
    "resolution",
)
INTERACTION_EXPORT = (
    "date",
    "channel_id",
    "direction",
    "subject",
    "note",
    "outcome_id",
    "satisfaction",
    "sentiment",
    "duration",
    "user_id",
)
TOUCH_EXPORT = (
    "plan_id",
    "step_id",
    "occasion_id",
    "year",
    "channel_id",
    "state",
    "reason",
    "date_done",
    "answer",
    "date_answered",
    "date_clicked",
)


class ResPartner(models.Model):
    """Where the data of a customer is."""

    _inherit = "res.partner"

    anonymised_on = fields.Date(readonly=True, copy=False, groups="base.group_user")

    @api.model
    def _personal_data_models(self) -> list[PersonalData]:
        """Hook: return what each model knows of a customer.

        Export, anonymising and the privacy look-up all follow this list. Models that are not
        installed may stand in it.
        """
        return [
            PersonalData("res.partner", ("id",), exported=CONTACT_EXPORT),
            *self._personal_data_of_relationship(),
            *self._personal_data_of_communication(),
            *self._personal_data_of_documents(),
        ]

    @api.model
    def _personal_data_of_relationship(self):
        removed = self.env._("Removed when the customer was anonymised.")
        return [
            PersonalData(
                "crm.member.number",
                exported=("number", "scheme_id", "state", "issued_on", "ended_on", "end_reason"),
                removal="replace",
                replaced={
                    "number": NEUTRAL_NUMBER,
                    "state": SQL("'closed'"),
                    "end_reason": None,
                },
            ),
            PersonalData(
                "crm.customer.interest",
                exported=("interest_id", "attitude", "source", "noted_on"),
                removal="delete",
            ),
            PersonalData(
                "crm.household.member",
                exported=("household_id", "role"),
                names=("name",),
                removal="delete",
            ),
            PersonalData(
                "crm.case",
                exported=CASE_EXPORT,
                email="email_normalized",
                removal="replace",
                replaced={
                    **dict.fromkeys(("description", "resolution", "email_normalized")),
                    "subject": SQL("%s", self.env._("Anonymised")),
                    # a case without a customer has to have a sender
                    "email_from": SQL("CASE WHEN partner_id IS NULL THEN %s END", removed),
                },
            ),
            PersonalData(
                "crm.interaction",
                exported=INTERACTION_EXPORT,
                removal="replace",
                replaced=dict.fromkeys(("subject", "note", "external_ref")),
            ),
            PersonalData(
                "crm.contact.consent",
                exported=(
                    "date",
                    "channel_id",
                    "purpose_id",
                    "state",
                    "lawful_basis",
                    "wording_version",
                    "source",
                    "valid_until",
                    "guardian_name",
                ),
                names=("guardian_name",),
                removal="replace",
                replaced=dict.fromkeys(("guardian_name", "evidence_name")),
            ),
            PersonalData(
                "crm.contact.refusal",
                exported=("date", "channel_id", "purpose_id", "reason"),
            ),
            PersonalData(
                "crm.touch",
                exported=TOUCH_EXPORT,
                removal="replace",
                replaced={
                    "reason": None,
                    "state": SQL("CASE state WHEN 'planned' THEN 'skipped' ELSE state END"),
                },
            ),
            PersonalData("crm.duplicate", ("partner_id", "other_partner_id"), removal="delete"),
            PersonalData(
                "crm.partner.merge",
                ("survivor_id",),
                exported=("create_date", "merged_name", "merged_numbers"),
                names=("merged_name",),
                removal="replace",
                replaced=dict.fromkeys(("merged_name", "merged_numbers")),
            ),
            # Others may belong to it: `_anonymise_households` decides.
            PersonalData("crm.household", (), names=("name",)),
            PersonalData(
                "crm.customer.standing",
                exported=STANDING_EXPORT,
                title=self.env._("How We Value Your Purchases"),
                removal="replace",
                replaced={"manual_reason": None},
            ),
            PersonalData(
                "crm.value.grade.change",
                exported=("company_id", "date", "from_grade_id", "to_grade_id", "method", "reason"),
                removal="replace",
                replaced={
                    "reason": SQL("CASE method WHEN 'manual' THEN %s ELSE reason END", removed)
                },
            ),
            PersonalData(
                "crm.customer.fact",
                ("document_partner_id",),
                title=self.env._("Orders and Invoices"),
                exported=("company_id", "date", "kind", "document_name", "amount", "currency_id"),
                exported_if=(("kind", "in", PURCHASE_KINDS),),
            ),
        ]

    def _privacy_contacts(self):
        """Return these contacts with the addresses that hang on them, but no other person."""
        contacts = found = self
        while found:
            children = self.with_context(active_test=False).search_fetch(
                [("parent_id", "in", found.ids), ("type", "!=", "contact")], ["type"]
            )
            found = children - contacts
            contacts |= found
        return contacts

    @api.model
    def _check_may_handle_personal_data(self):
        if self.env.su or self.env.user.has_group("crm_relationship.group_relationship_manager"):
            return
        raise AccessError(
            self.env._(
                "Only a manager of customer relationships exports or removes personal data:"
                " ask one."
            )
        )
