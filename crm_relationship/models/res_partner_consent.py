from itertools import product

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .crm_contact_consent import OBJECTIONS


class ResPartner(models.Model):
    """What customers agreed to, in step with core's blacklists."""

    _inherit = "res.partner"

    @api.readonly
    def consent_at(self, channel_code, purpose_code, day=None):
        """Return what the customer had agreed to on a day: granted, denied, withdrawn, or False.

        ``day``: a date, or a text such as ``2026-01-31``; today when empty. Of the current company;
        a consent whose last day has passed counts no more.
        """
        self.ensure_one()
        self.check_access("read")
        self.env["crm.contact.consent"].check_access("read")
        channel = self.env["crm.contact.channel"]._by_code(channel_code)
        purpose = self.env["crm.contact.purpose"]._by_code(purpose_code)
        try:
            date = fields.Date.to_date(day) if day else self.env.company._business_today()
        except (TypeError, ValueError):
            date = None
        if not date:
            raise UserError(self.env._("Give the day as a date, such as 2026-01-31."))
        rows = self._consent_rows(date)
        states = {(row["channel_id"], row["purpose_id"]): row["state"] for row in rows}
        return states.get((channel.id, purpose.id), False)

    def _consent_rows(self, day=None):
        """Return what holds of these customers on a day of the current company; today when empty.

        Dictionaries with ``partner_id, channel_id, purpose_id, state, date, valid_until, source,
        guardian_name``, the newest entry of each; those whose last day has passed are left out.
        """
        company = self.env.company
        day = day or company._business_today()
        self.env["crm.contact.consent"].flush_model()
        local = SQL("date AT TIME ZONE 'UTC' AT TIME ZONE %s", company.business_timezone)
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT * FROM (
                    SELECT entry.partner_id, entry.channel_id, entry.purpose_id,
                           %(state)s AS state, entry.date, entry.valid_until, entry.source,
                           entry.guardian_name
                      FROM (
                        SELECT DISTINCT ON (partner_id, channel_id, purpose_id) *
                          FROM crm_contact_consent
                         WHERE partner_id = ANY(%(partners)s) AND company_id = %(company)s
                           AND (%(local)s)::date <= %(day)s
                         ORDER BY partner_id, channel_id, purpose_id, date DESC, id DESC
                      ) entry
                ) newest
                 WHERE state IS NOT NULL
                """,
                partners=self.ids,
                state=self.env["crm.contact.consent"]._state_sql(day),
                company=company.id,
                local=local,
                day=day,
            )
        )

    @api.model
    def _blacklists(self):
        """Return ``{kind of address: (field of the contact, blacklist, field of its address)}``."""
        return {
            "email": ("email_normalized", "mail.blacklist", "email"),
            "phone": ("phone_sanitized", "phone.blacklist", "number"),
        }

    def _objecting_to_everything(self, channel):
        """Return those who object to every purpose of a channel that they could object to."""
        purposes = self.env["crm.contact.purpose"].search([("is_transactional", "=", False)])
        newest = self.env["crm.contact.consent"]._newest(self, channel, self.env.company)
        return self.filtered(
            lambda partner: all(
                (entry := newest.get((partner, channel, purpose))) and entry.state in OBJECTIONS
                for purpose in purposes
            )
        )

    def _set_blacklisted(self, kind, is_blacklisted):
        """Put the addresses of these customers on core's blacklist, or take them off it."""
        address_field, model, name = self._blacklists()[kind]
        addresses = {address for address in self.mapped(address_field) if address}
        if not addresses:
            return
        # sudo: a customer's word goes before the rights of whoever notes it
        Blacklist = self.env[model].sudo().with_context(active_test=False)
        known = Blacklist.search([(name, "in", list(addresses))])
        if is_blacklisted:
            known.filtered(lambda entry: not entry.active).active = True
            missing = addresses - set(known.mapped(name))
            Blacklist.create([{name: address} for address in sorted(missing)])
        else:
            known.filtered("active").active = False

    @api.model
    def _note_blacklisted(self, kind, addresses, is_blacklisted):
        """Note on the customers of addresses that core's blacklist took them, or let them go."""
        address_field = self._blacklists()[kind][0]
        # sudo: an address belongs to whoever has it, in all companies
        customers = self.sudo().search([(address_field, "in", list(addresses))])
        channels = self.env["crm.contact.channel"].sudo().search([("reached_by", "=", kind)])
        rows = customers._consents_by_blacklist(channels, is_blacklisted) if channels else []
        self.env["crm.contact.consent"].sudo().create(rows)  # sudo: as above

    def _consents_by_blacklist(self, channels, is_blacklisted):
        """Return the values of entries that follow core's blacklist.

        Who comes on it withdraws what he had not objected to; who comes off it is where he was.
        """
        Consent = self.env["crm.contact.consent"]
        purposes = self.env["crm.contact.purpose"].search([("is_transactional", "=", False)])
        values = []
        for company in (
            Consent.search([("partner_id", "in", self.ids)]).company_id | self.env.company
        ):
            newest = Consent._newest(self, channels, company)
            for key in product(self, channels, purposes):
                before = newest.get(key, Consent)
                state = before._state_by_blacklist(key[-1], is_blacklisted)
                if state:
                    values.append(Consent._prepare_blacklisted(company, key, state, before))
        return values
