from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..logic.contact_permission import is_minor

CONTACT_POINTS = ("email", "phone", "address")  # what a channel that we contact on reaches
# The number of the text in contact_preferences_templates.xml: count on when its meaning changes.
WORDING_VERSION = "portal-1"
HISTORY_SHOWN = 50


class PreferenceCell(NamedTuple):
    """One box of the customer's page: may he be contacted on a channel for a purpose?"""

    name: str
    channel: models.BaseModel
    purpose: models.BaseModel
    is_agreed: bool
    newest: models.BaseModel  # the last consent that was noted for it; maybe none


class ResPartner(models.Model):
    """What a customer may see and change of his consents by himself."""

    _inherit = "res.partner"

    def action_view_consents(self):
        """Open what this customer agreed or objected to."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.crm_contact_consent_action"
        )
        context = {"default_partner_id": self.id}
        return action | {"domain": [("partner_id", "=", self.id)], "context": context}

    def _contact_preferences(self):
        """Return what the customer's own page shows, ready for its template.

        ``rows`` are pairs of a channel and its cells, in the order of ``purposes``.
        """
        self.ensure_one()
        cells = self._preference_cells()
        history = self._consent_history()
        return {
            "purposes": self._preference_purposes(),
            "rows": [
                (channel, [cell for cell in cells if cell.channel == channel])
                for channel in self._preference_channels()
            ],
            "shown": ",".join(cell.name for cell in cells if cell.is_agreed),
            "history": [(entry, entry._told_to_customer()) for entry in history[:HISTORY_SHOWN]],
            "no_contact_until": self._left_alone_until(),
            "is_minor": self._is_minor(),
        }

    def _save_contact_preferences(self, ticked, shown):
        """Note what the customer changed on his page, and nothing else.

        :param ticked: the names of the boxes that he sent ticked
        :param shown: the names of those that were ticked when the page was made; what changed
            elsewhere in the meantime stays
        :return: the sentence why he cannot agree to more, or False; what he withdrew is noted
        """
        cells = self._preference_cells()
        withdrawn = [one for one in cells if one.name in shown - ticked and one.is_agreed]
        granted = [one for one in cells if one.name in ticked - shown and not one.is_agreed]
        self._note_consents(_keys_of(withdrawn), "withdrawn", "portal", WORDING_VERSION)
        if granted and self._is_minor():
            return self.env._(
                "You are not of full age: ask a parent or guardian to agree with our staff. What"
                " you withdrew is noted."
            )
        try:
            with self.env.cr.savepoint():
                self._note_consents(_keys_of(granted), "granted", "portal", WORDING_VERSION)
        except UserError as refusal:
            return str(refusal)
        return False

    def _withdraw_everything(self, source, wording_version=False):
        """Withdraw from all that the customer did not ask for; return how many consents changed."""
        states = self._consent_states()
        grid = [(cell.channel.id, cell.purpose.id) for cell in self._preference_cells()]
        elsewhere = [key for key, state in states.items() if state == "granted"]
        keys = [
            key
            for key in dict.fromkeys([*grid, *elsewhere])
            if states.get(key, "granted") == "granted"
        ]
        self._note_consents(keys, "withdrawn", source, wording_version)
        return len(keys)

    def _note_consents(self, keys, state, source, wording_version=False):
        """Add a consent for each pair of a channel's and a purpose's id."""
        self.env["crm.contact.consent"].create(
            [
                {
                    "partner_id": self.id,
                    "company_id": self.env.company.id,
                    "channel_id": channel_id,
                    "purpose_id": purpose_id,
                    "state": state,
                    "source": source,
                    "wording_version": wording_version,
                    "user_id": source == "portal" and self.env.uid,
                }
                for channel_id, purpose_id in keys
            ]
        )

    def _preference_channels(self):
        return self.env["crm.contact.channel"].search([("reached_by", "in", CONTACT_POINTS)])

    def _preference_purposes(self):
        return self.env["crm.contact.purpose"].search([("is_transactional", "=", False)])

    def _preference_cells(self):
        """Return the boxes of the page, those of one channel together."""
        states = self._consent_states()
        newest = {}
        for entry in self._consent_history():
            newest.setdefault((entry.channel_id, entry.purpose_id), entry)
        nothing = self.env["crm.contact.consent"]
        return [
            PreferenceCell(
                f"consent-{channel.id}-{purpose.id}",
                channel,
                purpose,
                _is_agreed(purpose, states.get((channel.id, purpose.id))),
                newest.get((channel, purpose), nothing),
            )
            for channel in self._preference_channels()
            for purpose in self._preference_purposes()
        ]

    def _consent_history(self):
        """Return all consents to the current company, the newest first."""
        return self.env["crm.contact.consent"].search(self._consents_of_company())

    def _consent_states(self):
        """Return the state of each consent in force, by the ids of channel and purpose."""
        self.ensure_one()
        return {
            (row["channel_id"], row["purpose_id"]): row["state"] for row in self._consent_rows()
        }

    def _consents_of_company(self):
        return Domain("partner_id", "in", self.ids) & Domain("company_id", "=", self.env.company.id)

    def _left_alone_until(self):
        """Return the last day on which the customer is left alone; False when it has passed."""
        until = self.no_contact_until
        return bool(until) and until >= self.env.company._business_today() and until

    def _is_minor(self):
        return is_minor(self.birthdate, self.env.company._business_today())


class CrmContactConsent(models.Model):
    _inherit = "crm.contact.consent"

    @api.depends("partner_id", "channel_id", "purpose_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for consent in self:
            asked = (consent.purpose_id.display_name, consent.channel_id.display_name)
            asked_for = ", ".join(filter(None, asked))
            customer = consent.partner_id.display_name
            consent.display_name = ": ".join(filter(None, (customer, asked_for)))

    def _told_to_customer(self):
        """Return the entry as a sentence for the customer himself."""
        self.ensure_one()
        place = {"purpose": self.purpose_id.name, "channel": self.channel_id.name}
        if self.state == "granted":
            return self.env._("You agreed to %(purpose)s by %(channel)s.", **place)
        if self.state == "denied":
            return self.env._("You did not agree to %(purpose)s by %(channel)s.", **place)
        return self.env._("You withdrew from %(purpose)s by %(channel)s.", **place)

    def _way_told_to_customer(self):
        """Return how the entry came about, in words for the customer himself."""
        self.ensure_one()
        ways = {
            "person": self.env._("told to our staff"),
            "paper": self.env._("on paper"),
            "portal": self.env._("on this page"),
            "unsubscribe": self.env._("by an unsubscribe link"),
            "blacklist": self.env._("by our list of addresses not to be contacted"),
            "merge": self.env._("taken over from another entry about you"),
            "import": self.env._("taken over from earlier records"),
        }
        return ways.get(self.source, "")


def _is_agreed(purpose, state):
    return state == "granted" or (not state and not purpose.needs_consent)


def _keys_of(cells):
    return [(cell.channel.id, cell.purpose.id) for cell in cells]
