from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..logic.contact_permission import is_minor

SLOW_CLOCK = timedelta(minutes=5)  # of the machine that a moment was typed on
OBJECTIONS = ("denied", "withdrawn")


class CrmContactConsent(models.Model):
    """What a customer agreed or objected to, by channel and purpose; rows are only added."""

    _name = "crm.contact.consent"
    _description = "Contact Consent"
    _inherit = ["crm.append.only", "crm.customer.dimension"]
    _order = "date desc, id desc"
    _rec_name = "purpose_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        required=True, readonly=False, index=False, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="restrict",
        help="To whom the consent was given.",
    )
    channel_id = fields.Many2one(
        comodel_name="crm.contact.channel", required=True, ondelete="restrict"
    )
    purpose_id = fields.Many2one(
        comodel_name="crm.contact.purpose", required=True, ondelete="restrict"
    )
    state = fields.Selection(
        selection=[("granted", "Granted"), ("denied", "Denied"), ("withdrawn", "Withdrawn")],
        required=True,
    )
    lawful_basis = fields.Selection(
        selection=lambda self: self.env["crm.contact.purpose"]._selection_lawful_basis(),
        compute="_compute_lawful_basis",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    wording_version = fields.Char(help="Which text the customer agreed to.")
    source = fields.Selection(
        selection=[
            ("person", "Told to Staff"),
            ("paper", "On Paper"),
            ("portal", "His Own Page"),
            ("unsubscribe", "Unsubscribe Link"),
            ("blacklist", "Blacklist"),
            ("merge", "Merged Contacts"),
            ("import", "Import"),
        ],
        required=True,
        default="person",
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    valid_until = fields.Date(help="The last day on which the consent holds; empty: no end.")
    evidence = fields.Binary(attachment=True, help="Such as the signed form.")
    evidence_name = fields.Char(string="File Name")
    guardian_name = fields.Char(
        string="Guardian", help="Who agreed for a minor: a parent or whoever has the custody."
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Noted By",
        default=lambda self: self.env.user,
        ondelete="restrict",
    )

    _partner_index = models.Index(
        "(partner_id, channel_id, purpose_id, company_id, date DESC, id DESC)"
    )

    @api.depends("purpose_id")
    def _compute_lawful_basis(self):
        for consent in self:
            consent.lawful_basis = consent.lawful_basis or consent.purpose_id.lawful_basis

    @api.constrains("date", "valid_until")
    def _check_dates(self):
        latest = fields.Datetime.now() + SLOW_CLOCK
        for consent in self:
            if consent.date > latest:
                raise ValidationError(
                    self.env._("A consent cannot be given in the future: correct its date.")
                )
            if consent.valid_until and consent.valid_until < consent.date.date():
                raise ValidationError(
                    self.env._("A consent cannot end before it is given: correct its last day.")
                )

    @api.constrains("state", "partner_id", "guardian_name")
    def _check_guardian(self):
        """Have a guardian agree for whoever is not of full age (PDPA, section 20)."""
        for consent in self.filtered(lambda one: one.state == "granted"):
            day = consent.date.date()
            guardian = (consent.guardian_name or "").strip()
            if is_minor(consent.partner_id.birthdate, day) and not guardian:
                raise ValidationError(
                    self.env._(
                        "%(customer)s is not of full age: enter the guardian who agreed.",
                        customer=consent.partner_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        consents = super().create(vals_list)
        for source_is_blacklist, those in consents.grouped(
            lambda one: one.source == "blacklist"
        ).items():
            if not source_is_blacklist:
                those._tell_blacklists()
        return consents

    def _tell_blacklists(self):
        """Bring core's blacklists in step with what the customers say now."""
        Partner = self.env["res.partner"]
        for (channel, company), consents in self.grouped(
            lambda one: (one.channel_id, one.company_id)
        ).items():
            if channel.reached_by not in Partner._blacklists():
                continue
            customers = consents.partner_id.with_company(company)
            silent = customers._objecting_to_everything(channel)
            agreeing = consents.filtered(lambda one: one.state == "granted").partner_id - silent
            silent._set_blacklisted(channel.reached_by, True)
            agreeing._set_blacklisted(channel.reached_by, False)

    @api.model
    def _state_sql(self, day) -> SQL:
        """Return the state that an ``entry``, the newest of its kind, leaves on a day; or NULL.

        Where its last day has passed, an objection before it stands again, an agreement does not.
        """
        return SQL(
            """
            CASE WHEN entry.valid_until IS NULL OR entry.valid_until >= %(day)s THEN entry.state
                 ELSE (SELECT CASE WHEN older.state IN %(objections)s THEN older.state END
                         FROM crm_contact_consent older
                        WHERE older.partner_id = entry.partner_id
                          AND older.channel_id = entry.channel_id
                          AND older.purpose_id = entry.purpose_id
                          AND older.company_id = entry.company_id
                          AND (older.date, older.id) < (entry.date, entry.id)
                          AND (older.valid_until IS NULL OR older.valid_until >= %(day)s)
                        ORDER BY older.date DESC, older.id DESC LIMIT 1) END
            """,
            day=day,
            objections=OBJECTIONS,
        )

    @api.model
    def _newest(self, partners, channels, company):
        """Return ``{(customer, channel, purpose): newest entry}`` of a company."""
        found = self.search(
            Domain("partner_id", "in", partners.ids)
            & Domain("channel_id", "in", channels.ids)
            & Domain("company_id", "=", company.id)
        )
        newest = {}
        for consent in found:
            key = consent.partner_id, consent.channel_id, consent.purpose_id
            newest.setdefault(key, consent)
        return newest

    def _state_by_blacklist(self, purpose, is_blacklisted):
        """Return the state that follows this entry, or none, when core's blacklist changes."""
        if is_blacklisted:
            agreed = self.state == "granted" or not (self or purpose.needs_consent)
            return "withdrawn" if agreed else False
        return "granted" if self.source == "blacklist" and self.state == "withdrawn" else False

    @api.model
    def _prepare_blacklisted(self, company, key, state, before):
        partner, channel, purpose = key
        return {
            "partner_id": partner.id,
            "company_id": company.id,
            "channel_id": channel.id,
            "purpose_id": purpose.id,
            "state": state,
            "source": "blacklist",
            "guardian_name": before.guardian_name,
        }

    @api.model
    def _keep_strictest(self, src_partners, dst_partner):
        """Note for the survivor of a merge each objection that one of the contacts had."""
        everybody = dst_partner | src_partners
        channels = self.env["crm.contact.channel"].with_context(active_test=False).search([])
        for company in self.search([("partner_id", "in", everybody.ids)]).company_id:
            newest = self._newest(everybody, channels, company)
            objections = {
                (channel, purpose): entry
                for (_partner, channel, purpose), entry in newest.items()
                if entry.state in OBJECTIONS
            }
            agreements = {key[1:] for key, entry in newest.items() if entry.state == "granted"}
            for (channel, purpose), entry in objections.items():
                if (channel, purpose) in agreements:
                    key = dst_partner, channel, purpose
                    values = self._prepare_blacklisted(company, key, entry.state, entry)
                    self.create({**values, "source": "merge"})
