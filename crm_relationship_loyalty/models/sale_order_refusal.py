from odoo import models
from odoo.tools import format_date


class SaleOrder(models.Model):
    """Why a code, a program or a reward cannot be used on an order, in one sentence.

    Each `_refusal_<kind>` returns two: one for who works here, one for everybody else, which names
    neither programs, grades, tiers nor other customers; None where "not available" has to do.
    """

    _inherit = "sale.order"

    def _try_apply_code(self, code):
        """Say why a code cannot be used; what core has to say otherwise stays."""
        code = (code or "").strip()
        program, card, is_withdrawn = self._find_code(code)
        kind = "withdrawn" if is_withdrawn else self._obstacle_of_code(program, card)
        if kind:
            return self._code_error(kind, program, card, code)
        result = super()._try_apply_code(code)
        if result.get("not_found"):
            return self._code_error("withdrawn", program, card, code)
        return result

    def _code_error(self, kind, program, card, code):
        error = {"error": self._refusal(kind, program, card, code)}
        return {**error, "not_found": True} if kind == "unknown" else error

    def _find_code(self, code):
        """Return the program and the card of a code, and whether it was taken out of use."""
        # sudo: a seller is told why a code cannot be used, also where he does not see it
        Rule = self.env["loyalty.rule"].sudo().with_context(active_test=False)
        Card = self.env["loyalty.card"].sudo().with_context(active_test=False)
        if not code or "\0" in code:
            return Rule.program_id, Card, False
        rule = Rule.search(
            [("mode", "=", "with_code"), ("code", "=", code)], order="active desc", limit=1
        )
        if rule:
            return rule.program_id, Card, not (rule.active and rule.program_id.active)
        card = Card.search([("code", "=", code)], limit=1)
        return card.program_id, card, bool(card) and not (card.active and card.program_id.active)

    def _obstacle_of_code(self, program, card):
        """Return the kind of the first obstacle to using a code on this order, or None."""
        today = self._get_confirmed_tx_create_date()
        needed = min(program.reward_ids.mapped("required_points"), default=0.0)
        obstacles = {
            "unknown": not program,
            "company": program.company_id
            and program.company_id not in self.company_id | self.company_id.sudo().parent_id,
            "owner": not card._is_usable_by(self.partner_id),
            "not_started": program.date_from and program.date_from > today,
            "ended": program.date_to and program.date_to < today,
            "expired": card.expiration_date and card.expiration_date < today,
            "used": card and card.points < needed,
            "pricelist": program.pricelist_ids and self.pricelist_id not in program.pricelist_ids,
            "used_up": program.limit_usage and program.total_order_count >= program.max_usage,
        }
        found = next((kind for kind, is_in_the_way in obstacles.items() if is_in_the_way), None)
        return found or self._barred_offers().get(program)

    def _refusal(self, kind, offer=None, card=None, code=None):
        """Return the sentence that tells the user about an obstacle."""
        offer = offer if offer is not None else card.program_id
        card = card if card is not None else self.env["loyalty.card"]
        code = code or card.code
        for_seller, for_customer = getattr(self, f"_refusal_{kind}")(offer.sudo(), card, code)
        if self.env.user._is_internal():
            return for_seller
        return for_customer or self.env._("This offer is not available for you.")

    def _name_of_offer(self, offer):
        return offer.name if offer._name == "loyalty.program" else offer.description

    def _refusal_unknown(self, offer, card, code):
        if not code:
            return (self.env._("Enter a code."),) * 2
        return (self.env._("There is no code %(code)s: check each character.", code=code),) * 2

    def _refusal_company(self, offer, card, code):
        return self.env._("The code %(code)s is for another company.", code=code), None

    def _refusal_withdrawn(self, offer, card, code):
        return self.env._("The code %(code)s is not offered here any more.", code=code), None

    def _refusal_not_started(self, offer, card, code):
        day = format_date(self.env, offer.date_from)
        return (
            self.env._(
                "%(offer)s starts on %(day)s only.", offer=self._name_of_offer(offer), day=day
            ),
            self.env._("This offer starts on %(day)s only.", day=day),
        )

    def _refusal_ended(self, offer, card, code):
        day = format_date(self.env, offer.date_to)
        return (
            self.env._("%(offer)s ended on %(day)s.", offer=self._name_of_offer(offer), day=day),
            self.env._("This offer ended on %(day)s.", day=day),
        )

    def _refusal_expired(self, offer, card, code):
        day = format_date(self.env, card.expiration_date)
        sentence = self.env._("The coupon %(code)s expired on %(day)s.", code=code, day=day)
        return sentence, sentence

    def _refusal_used(self, offer, card, code):
        # sudo: whether it was used; the order is named to who may read it only
        line = (
            self.env["sale.order.line"]
            .sudo()
            .search([("coupon_id", "=", card.id), ("state", "=", "sale")], order="id desc", limit=1)
        )
        order = line.order_id.sudo(False)._filtered_access("read")
        used = self.env._("The coupon %(code)s has been used already.", code=code)
        if not order:
            return used, used
        return (
            self.env._(
                "The coupon %(code)s was used on order %(order)s.", code=code, order=order.name
            ),
            used,
        )

    def _refusal_used_up(self, offer, card, code):
        return (
            self.env._(
                "%(offer)s has been used %(count)s times, as often as it can be.",
                offer=self._name_of_offer(offer),
                count=offer.max_usage,
            ),
            self.env._("This offer has been used as often as it can be."),
        )

    def _refusal_owner(self, offer, card, code):
        owner = card.sudo().partner_id.sudo(False)._filtered_access("read")
        if owner:
            sentence = self.env._(
                "The coupon %(code)s belongs to %(owner)s.", code=code, owner=owner.display_name
            )
        else:
            sentence = self.env._("The coupon %(code)s belongs to another customer.", code=code)
        return sentence, None

    def _refusal_pricelist(self, offer, card, code):
        name = self._name_of_offer(offer)
        return self.env._("%(offer)s is not for this order's price list.", offer=name), None

    def _refusal_grade(self, offer, card, code):
        name = self._name_of_offer(offer)
        if self.env["crm.value.grade"].sudo(False).has_access("read"):
            grades = ", ".join(offer.value_grade_ids.mapped("code"))
            sentence = self.env._(
                "%(offer)s is only for customers of grade %(grades)s.", offer=name, grades=grades
            )
        else:
            sentence = self.env._("%(offer)s is not for this customer.", offer=name)
        return sentence, None

    def _refusal_tier(self, offer, card, code):
        return (
            self.env._(
                "%(offer)s is not for the customer's tier.", offer=self._name_of_offer(offer)
            ),
            None,
        )

    def _refusal_members(self, offer, card, code):
        return (
            self.env._(
                "%(offer)s is for members only: issue a member number to %(customer)s first.",
                offer=self._name_of_offer(offer),
                customer=self.partner_id.display_name,
            ),
            self.env._("This offer is for members only."),
        )

    def _refusal_maximum(self, offer, card, code):
        uses = {
            "offer": self._name_of_offer(offer),
            "customer": self._commercial_partner().display_name,
            "uses": self._uses([offer])[offer],
            "maximum": offer.max_per_customer,
        }
        bounds = offer._period(self.company_id)
        if not bounds:
            return (
                self.env._(
                    "%(customer)s has used %(offer)s %(uses)s of %(maximum)s times.", **uses
                ),
                self.env._("You have used this offer %(uses)s of %(maximum)s times.", **uses),
            )
        uses["day"] = format_date(self.env, bounds[1])
        return (
            self.env._(
                "%(customer)s has used %(offer)s %(uses)s of %(maximum)s times, and can use it"
                " again from %(day)s on.",
                **uses,
            ),
            self.env._(
                "You have used this offer %(uses)s of %(maximum)s times, and can use it again from"
                " %(day)s on.",
                **uses,
            ),
        )
