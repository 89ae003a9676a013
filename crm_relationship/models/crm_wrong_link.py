from datetime import timedelta

from odoo import api, fields, models, tools

from ..logic.network import network_of

MOST_WRONG_LINKS = 20
WRONG_LINKS_WITHIN = timedelta(minutes=10)


class CrmWrongLink(models.TransientModel):  # pylint: disable=no-wizard-in-models
    """A signed link that was not ours, so that who guesses is turned away.

    Core's vacuum removes what is older than an hour. Of the sender nothing can be read: only a
    keyed hash of his network is kept.
    """

    _name = "crm.wrong.link"
    _description = "Wrong Link"

    sender = fields.Char(required=True, readonly=True)

    _sender_index = models.Index("(sender, create_date)")

    @api.model
    def _are_too_many(self, address):
        """Tell whether too many wrong links came from a network address of late."""
        since = fields.Datetime.now() - WRONG_LINKS_WITHIN
        recent = [("sender", "=", self._sender_of(address)), ("create_date", ">=", since)]
        return self.search_count(recent, limit=MOST_WRONG_LINKS) >= MOST_WRONG_LINKS

    @api.model
    def _note(self, address):
        """Note a wrong link from a network address."""
        self.create({"sender": self._sender_of(address)})

    @api.model
    def _sender_of(self, address):
        env = self.sudo().env  # sudo: the key of the database, which nobody may read
        return tools.hmac(env, "crm_relationship.wrong_link", network_of(address))
