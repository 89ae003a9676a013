from datetime import timedelta
from itertools import product

from pytz import UTC, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..logic.contact_permission import (
    OWN_CAP_DAYS,
    Contact,
    Customer,
    Request,
    next_chance,
    refusal,
)
from .res_partner import CONTACT_POINT_GROUP


class ResPartner(models.Model):
    """The one gate that every contact with a customer passes, unless he asked for it."""

    _inherit = "res.partner"

    consent_ids = fields.One2many(
        comodel_name="crm.contact.consent",
        inverse_name="partner_id",
        string="Consents",
        copy=False,
        groups=CONTACT_POINT_GROUP,
    )
    contact_cap = fields.Integer(
        string="Contacts at Most",
        groups="base.group_user",
        help="So many in 30 days, as the customer asked for; 0: as the contact rules say.",
    )
    no_contact_until = fields.Date(
        groups="base.group_user", help="The last day on which the customer wants to be left alone."
    )

    _contact_cap_range = models.Constraint(
        "CHECK (contact_cap BETWEEN 0 AND 1000)",
        "A customer is contacted 0 to 1,000 times in 30 days: correct the number.",
    )

    @api.readonly
    def contact_permission(self, channel_code, purpose_code, moment=None):
        """Tell for each customer whether he may be contacted now, or at another moment.

        :param channel_code: the code of a channel, such as ``email``
        :param purpose_code: the code of a purpose, such as ``marketing``
        :param moment: UTC, a datetime or a text such as ``2026-01-31 09:30:00``; now when empty
        :return: a list of ``{"partner_id", "allowed", "reason"}`` in the order of the records;
            ``reason`` is a sentence, or False when he may be contacted
        :raise UserError: when there is no such channel or purpose, or the moment is none
        """
        self.check_access("read")
        self.env["crm.contact.consent"].check_access("read")
        codes = self._refusals(channel_code, purpose_code, moment)
        sentences = self._refusal_sentences()
        return [
            {
                "partner_id": partner.id,
                "allowed": not codes[partner.id],
                "reason": sentences.get(codes[partner.id], False),
            }
            for partner in self
        ]

    def _ask_gate(self, channel_code, purpose_code, origin):
        """Return those who may be contacted now, and log why the others may not.

        ``origin``: what wants to contact them, as staff would call it.
        """
        codes = self._refusals(channel_code, purpose_code)
        refused = self.filtered(lambda partner: codes[partner.id])
        rows = [{"partner_id": one.id, "reason_code": codes[one.id]} for one in refused]
        # sudo: nobody writes the log of refusals by himself
        self.env["crm.contact.refusal"].sudo()._log(rows, channel_code, purpose_code, origin)
        return self - refused

    def _log_contact(self, channel_code, purpose_code, subject, **values):
        """Log that these customers were contacted, which the contact rules count from now on."""
        shared = {
            "channel_id": self.env["crm.contact.channel"]._by_code(channel_code).id,
            "purpose_id": self.env["crm.contact.purpose"]._by_code(purpose_code).id,
            "direction": "out",
            "subject": subject,
            **values,
        }
        # sudo: who sends a mailing need not be allowed to log by hand
        Interaction = self.env["crm.interaction"].sudo()
        return Interaction.create([{**shared, "partner_id": partner.id} for partner in self])

    @api.model
    def _refusal_sentences(self):
        """Hook: return ``{code: sentence}`` for each reason why somebody is not contacted."""
        return {
            "address": self.env._("There is no address for this channel."),
            "silent": self.env._("The customer wants to be left alone for now."),
            "withdrawn": self.env._("The customer objected to this."),
            "blacklist": self.env._("The address is on the blacklist."),
            "minor": self.env._("The customer is not of full age, and no guardian agreed."),
            "consent": self.env._("The customer did not agree to this."),
            "weekday": self.env._("Not on this day of the week, say the contact rules."),
            "hours": self.env._("Not at this hour of the customer's day, say the contact rules."),
            "own_cap": self.env._("The customer does not want to be contacted more often."),
            "cap": self.env._("The customer was contacted often enough, say the contact rules."),
            "gap": self.env._("The customer was contacted a short while ago."),
        }

    def _refusals(self, channel_code, purpose_code, moment=None):
        """Return ``{contact's id: code of the reason, or an empty text}``."""
        channel = self.env["crm.contact.channel"]._by_code(channel_code)
        refusals = self._refusals_of_channels(channel, purpose_code, moment)
        return {partner_id: code for (partner_id, _channel_id), code in refusals.items()}

    def _refusals_and_chances(self, channel_code, purpose_code, days):
        """Return ``{contact's id: (code of the reason, moment)}`` of those who are refused now.

        ``moment``: UTC, the first within so many days at which he may be contacted; None when time
        alone does not help.
        """
        channel = self.env["crm.contact.channel"]._by_code(channel_code)
        questions = self._gate_questions(channel, purpose_code)
        return {
            partner_id: (code, next_chance(*question, days))
            for (partner_id, _channel_id), question in questions.items()
            if question and (code := refusal(*question))
        }

    def _refusals_of_channels(self, channels, purpose_code, moment=None):
        """Return ``{(contact's id, channel's id): code of the reason, or an empty text}``."""
        questions = self._gate_questions(channels, purpose_code, moment)
        return {key: refusal(*question) if question else "" for key, question in questions.items()}

    def _gate_questions(self, channels, purpose_code, moment=None):
        """Return ``{(contact's id, channel's id): (customer, request, rules)}`` to be decided on.

        Without anything to decide on where the customer asked for it.
        """
        purpose = self.env["crm.contact.purpose"]._by_code(purpose_code)
        terms = purpose._terms_by_code()[purpose_code]
        moment = self._moment_of_contact(moment)
        if terms.is_transactional:
            return dict.fromkeys(product(self.ids, channels.ids))
        rules = self.env["crm.contact.rule"]._rules_of(self.env.company.id)
        days = max([OWN_CAP_DAYS, *(max(rule.cap_days, rule.gap_days) for rule in rules)])
        return {
            (row["id"], row["channel_id"]): (
                self._customer_of(row, moment),
                Request(row["channel_id"], purpose.id, moment, terms.needs_consent),
                rules,
            )
            for row in self._gate_rows(channels, purpose, moment, days)
        }

    @api.model
    def _moment_of_contact(self, moment):
        try:
            parsed = fields.Datetime.to_datetime(moment) or fields.Datetime.now()
        except (TypeError, ValueError):
            parsed = None
        if not parsed:
            raise UserError(
                self.env._(
                    "Give the moment as a date and time in UTC, such as 2026-01-31 09:30:00."
                )
            )
        return parsed

    @api.model
    def _customer_of(self, row, moment):
        """Return what the database knows of a customer, as the decision wants it."""
        clock = timezone(row["tz"] or self.env.company.business_timezone)
        return Customer(
            is_reachable=row["is_reachable"],
            consent=row["consent"] or "",
            is_agreed_by_guardian=bool(row["guardian_name"]),
            is_blacklisted=row["is_blacklisted"],
            silent_until=row["no_contact_until"],
            birthdate=row["birthdate"],
            own_cap=row["contact_cap"] or 0,
            grade=row["value_grade_id"] or 0,
            local=UTC.localize(moment).astimezone(clock).replace(tzinfo=None),
            contacts=tuple(
                Contact(fields.Datetime.to_datetime(date), channel, purpose)
                for date, channel, purpose in row["contacts"] or ()
            ),
        )

    def _gate_rows(self, channels, purpose, moment, days):
        """Read in one query what decides whether these customers may be contacted."""
        for model in ("crm.contact.consent", "crm.interaction", "mail.blacklist"):
            self.env[model].flush_model()
        self.flush_model()
        self.env["phone.blacklist"].flush_model()
        self.env["crm.customer.standing"].flush_model(["value_grade_id"])
        company = self.env.company
        day = UTC.localize(moment).astimezone(timezone(company.business_timezone)).date()
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT partner.id, channel.id AS channel_id, partner.tz,
                       partner.no_contact_until, partner.contact_cap, partner.birthdate,
                       standing.value_grade_id, consent.state AS consent,
                       consent.guardian_name,
                       CASE channel.reached_by
                            WHEN 'email' THEN partner.email_normalized IS NOT NULL
                            WHEN 'phone' THEN partner.phone IS NOT NULL
                            WHEN 'address'
                            THEN partner.street IS NOT NULL OR partner.zip IS NOT NULL
                            ELSE TRUE END AS is_reachable,
                       %(blacklisted)s AS is_blacklisted, contact.list AS contacts
                  FROM res_partner partner
                 CROSS JOIN crm_contact_channel channel
                  LEFT JOIN crm_customer_standing standing
                    ON standing.partner_id = partner.commercial_partner_id
                   AND standing.company_id = %(company)s
                  LEFT JOIN LATERAL (
                       SELECT %(state)s AS state, entry.guardian_name
                         FROM crm_contact_consent entry
                        WHERE partner_id = partner.id AND channel_id = channel.id
                          AND purpose_id = %(purpose)s AND company_id = %(company)s
                          AND date <= %(moment)s
                        ORDER BY date DESC, id DESC LIMIT 1
                       ) consent ON TRUE
                  LEFT JOIN LATERAL (
                       SELECT JSON_AGG(JSON_BUILD_ARRAY(
                                  TO_CHAR(date, 'YYYY-MM-DD HH24:MI:SS'), channel_id, purpose_id
                              )) AS list
                         FROM crm_interaction made
                        WHERE partner_id = partner.id AND direction = 'out'
                          AND purpose_id IN (
                              SELECT id FROM crm_contact_purpose WHERE is_transactional IS NOT TRUE
                          )
                          AND company_id = %(company)s AND date > %(since)s AND date <= %(moment)s
                          AND NOT EXISTS (
                              SELECT FROM crm_interaction correction
                               WHERE correction.corrects_id = made.id
                          )
                       ) contact ON TRUE
                 WHERE partner.id = ANY(%(partners)s) AND channel.id = ANY(%(channels)s)
                """,
                blacklisted=self._blacklisted_sql(),
                company=company.id,
                channels=channels.ids,
                purpose=purpose.id,
                state=self.env["crm.contact.consent"]._state_sql(day),
                moment=moment
                + timedelta(seconds=1),  # what was noted within the same second counts
                since=moment - timedelta(days=days),
                partners=self.ids,
            )
        )

    @api.model
    def _blacklisted_sql(self) -> SQL:
        """Return whether the address of a contact for a channel is on core's blacklist."""
        cases = (
            SQL(
                """
                WHEN %s THEN EXISTS (
                    SELECT FROM %s entry WHERE entry.active AND entry.%s = partner.%s
                )
                """,
                kind,
                SQL.identifier(self.env[model]._table),
                SQL.identifier(name),
                SQL.identifier(column),
            )
            for kind, (column, model, name) in self._blacklists().items()
        )
        return SQL("CASE channel.reached_by %s ELSE FALSE END", SQL(" ").join(cases))
