"""The offers that are made today, as plain values that are read once for all customers."""

from odoo import api, fields, models, tools

from ..logic.offer_obstacle import Goods, Rule
from ..logic.offer_score import NEUTRAL, margin_ranks


class CrmAllianceOffer(models.Model):
    _name = "crm.alliance.offer"
    _inherit = ["crm.alliance.offer", "crm.cached.rules"]

    started_on = fields.Date(readonly=True, copy=False, help="Offers count as new from this day.")

    def action_start(self):
        result = super().action_start()
        for company, offers in self.grouped("company_id").items():
            offers.started_on = company._business_today()
        return result

    @api.model
    @tools.ormcache("company_id", "day")
    def _rules_on(self, company_id, day) -> dict[int, Rule]:
        """Return ``{offer's id: Rule}`` of the offers that a company makes on a day, today.

        Costs and products may change during the day without being seen; offers may not.
        """
        # sudo: what offers ask for, such as grades, is the same whoever makes them
        running = self.sudo().search([("company_id", "=", company_id), ("state", "=", "running")])
        made = running.filtered(lambda offer: offer._is_within_dates(day))
        margins = {one.id: one.margin for one in made if one.kind == "bundle"}
        ranks = margin_ranks(margins)
        return {offer.id: offer._as_rule(ranks.get(offer.id, NEUTRAL)) for offer in made}

    def _is_within_dates(self, day):
        """Tell whether the offer, and its alliance, are in force on a day."""
        return (
            (not self.date_from or self.date_from <= day)
            and (not self.date_until or day <= self.date_until)
            and self.alliance_id._is_in_force()
        )

    def _as_rule(self, margin_rank) -> Rule:
        return Rule(
            offer=self.id,
            kind=self.kind,
            audience=self.audience,
            tiers=frozenset(self.tier_ids.ids),
            grades=frozenset(self.value_grade_ids.ids),
            trigger_products=frozenset(self.trigger_product_ids.ids),
            trigger_categories=frozenset(self.trigger_categ_ids.ids),
            goods=tuple(line._as_goods() for line in self.line_ids),
            is_durable=self.is_durable,
            cap=self.cap_total,
            cap_per_customer=self.cap_per_customer,
            cooloff_days=self.cooloff_days,
            priority=int(self.priority),
            least_free=self.min_free_quantity,
            margin_rank=margin_rank,
            started_on=self.started_on or None,
            purpose=self._purpose_code(),
        )


class CrmAllianceOfferLine(models.Model):
    _name = "crm.alliance.offer.line"
    _inherit = ["crm.alliance.offer.line", "crm.cached.rules"]

    agreed_quantity = fields.Float(
        string="Agreed a Month",
        digits="Product Unit",
        help="So many the partner gives in a calendar month; accepted offers count it down. 0: as"
        " many as are wanted.",
    )
    available_until = fields.Date(
        help="The last day on which the partner has it. Empty: as long as the offer is made."
    )

    _agreed_positive = models.Constraint(
        "CHECK (agreed_quantity >= 0)", "An agreed quantity is 0 or more: correct it."
    )

    def _as_goods(self) -> Goods:
        return Goods(
            product=self.product_id.id,
            category=self.product_id.categ_id.id,
            quantity=self.quantity,
            is_stocked=self._is_stocked(),
            agreed=self.agreed_quantity if self.is_of_partner else 0.0,
            until=(self.is_of_partner and self.available_until) or None,
        )

    def _is_stocked(self):
        """Tell whether our stock says how many there are."""
        return self.product_id.is_storable and not self.is_of_partner
