"""The offers for one customer on a screen: what is open, and what fits him best."""

from odoo import api, fields, models
from odoo.fields import Domain

from .crm_alliance_offer_choice import check_whole
from .crm_offer_presentation import OPEN

SHOWN_AT_MOST = 3
OPEN_AT_MOST = 10


class CrmOfferPresentation(models.Model):
    _inherit = "crm.offer.presentation"

    @api.model
    def offers_of_customer(self, partner_id, order_id=None, limit=SHOWN_AT_MOST):
        """Return what staff may offer a customer now, open presentations first.

        ``order_id``: the quotation that products are added to. Returns ``{"offers": [..],
        "reasons": [[code, name], ..]}`` with why offers are declined. Each offer is as
        `next_best_offers` of ``crm.alliance.offer`` says, with ``kind_label``, and with
        ``presentation_id`` and ``last_day`` when it is presented and not answered yet. Raises
        AccessError and UserError as that does.
        """
        check_whole(self.env, limit or 0)
        limit = limit or 0
        best = self.env["crm.alliance.offer"].next_best_offers(
            partner_id, limit + OPEN_AT_MOST, order_id
        )
        company = self.env["sale.order"].browse(order_id).company_id or self.env.company
        opened = self._open_ones(partner_id, company)
        known = {row["offer_id"]: row for row in best}
        rows = [
            {
                **(known.pop(one.offer_id.id, None) or one._as_offer()),
                "presentation_id": one.id,
                "last_day": fields.Date.to_string(one.last_day),
            }
            for one in opened
        ]
        unopened = {"presentation_id": False, "last_day": False}
        rows += [{**row, **unopened} for row in known.values()]
        labels = dict(self._fields["kind"]._description_selection(self.env))
        reasons = self.env["crm.offer.decline.reason"].search_fetch([], ["code", "name"])
        return {
            "offers": [{**row, "kind_label": labels[row["kind"]]} for row in rows[:limit]],
            "reasons": [[reason.code, reason.name] for reason in reasons],
        }

    @api.model
    def _open_ones(self, partner_id, company):
        """Return what a company presented to a customer and he can still answer, newest first."""
        self._check_staff()
        domain = Domain("partner_id", "=", partner_id) & Domain("state", "=", OPEN)
        domain &= Domain("company_id", "=", company.id)
        domain &= Domain("last_day", ">=", company._business_today())
        return self.search(domain, limit=OPEN_AT_MOST)

    def _as_offer(self):
        """Return an offer that is presented, but is not one of the best any more."""
        offer = self.offer_id
        return {
            "offer_id": offer.id,
            "score": 0,
            "reasons": [],
            "available": {"free": None, "on": None, "enough": True},
            "name": offer.name,
            "kind": offer.kind,
            "pitch": offer.pitch or "",
            "price": offer.price,
            "currency_id": offer.currency_id.id,
        }
