from odoo import fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..logic.eligibility import Customer

LONG_AGO = fields.Datetime.to_datetime("1970-01-01")


class SaleOrder(models.Model):
    """Only offers that are for an order's customer can be applied to it, and stay on it."""

    _inherit = "sale.order"

    def _get_tier_domain(self):
        """Hook: return a plain list, the domain of programs and rewards for the customer's tier.

        Programs and rewards have the same fields here, so one domain is for both.
        """
        return []

    def _get_program_domain(self):
        domain = super()._get_program_domain()
        barred = self._barred_program_ids()
        # a plain list: the website's shop changes the conditions in it
        return [*domain, ("id", "not in", barred)] if barred else domain

    def _get_trigger_domain(self):
        domain = super()._get_trigger_domain()
        barred = self._barred_program_ids()
        return [*domain, ("program_id", "not in", barred)] if barred else domain

    def _barred_program_ids(self):
        """Return the programs that are not for the customer, but those that a firm order used.

        A customer who has reached the maximum of a program with accounts still earns in it.
        """
        used = self._get_applied_programs().ids if self.state == "sale" else []
        return [
            offer.id
            for offer, kind in self._barred_offers().items()
            if offer._name == "loyalty.program"
            and offer.id not in used
            and not (kind == "maximum" and offer.is_nominative)
        ]

    def _barred_offers(self):
        """Return the programs and rewards that are not for the customer, {offer: kind}."""
        self.ensure_one()
        programs = self.env["loyalty.program"]._with_conditions()
        rewards = self.env["loyalty.reward"]._with_conditions()
        if not programs and not rewards:
            return {}
        offers = [*programs, *rewards]
        customer, uses = self._eligible_customer(offers), self._uses(offers)
        kinds = {offer: offer._obstacle(self, customer, uses.get(offer, 0)) for offer in offers}
        return {offer: kind for offer, kind in kinds.items() if kind}

    def _eligible_customer(self, offers):
        """Return what offers ask of the customer; a firm's number is for all its contacts."""
        if not any(offer._conditions().ask_customer for offer in offers):
            return Customer()
        partners = self.partner_id | self.partner_id.commercial_partner_id
        # sudo: the seller need not see the grade that an offer depends on
        known = partners.sudo().with_company(self.company_id)
        return Customer(known[:1].value_grade_id.id or 0, any(known.mapped("member_number")))

    def _uses(self, offers):
        """Return in how many other confirmed orders the customer has used offers, {offer: uses}.

        Two queries at most, however many offers have a maximum.
        """
        limited = [offer for offer in offers if offer.max_per_customer]
        if not limited:
            return {}
        rewards = self.env["loyalty.reward"].union(*(one._offered_rewards() for one in limited))
        starts = {offer: self._start_of_period(offer) for offer in limited}
        # sudo: orders of other sellers count, too
        used = (
            self.env["sale.order.line"]
            .sudo()
            ._read_group(
                [
                    ("reward_id", "in", rewards.ids),
                    (
                        "order_id",
                        "any",
                        [
                            ("id", "!=", self._origin.id),
                            ("state", "=", "sale"),
                            ("date_order", ">=", min(starts.values())),
                            (
                                "partner_id.commercial_partner_id",
                                "=",
                                self._commercial_partner().id,
                            ),
                        ],
                    ),
                ],
                ["order_id", "reward_id"],
            )
        )
        return {
            offer: len(
                {
                    order
                    for order, reward in used
                    if reward in offer._offered_rewards() and order.date_order >= starts[offer]
                }
            )
            for offer in limited
        }

    def _commercial_partner(self):
        return self.partner_id.commercial_partner_id

    def _start_of_period(self, offer):
        """Return the moment (UTC) from which on uses of an offer count."""
        bounds = offer._period(self.company_id)
        return self.company_id._start_of_day(bounds[0]) if bounds else LONG_AGO

    def _get_claimable_rewards(self, forced_coupons=None):
        claimable = super()._get_claimable_rewards(forced_coupons)
        barred = self._barred_offers()
        for card in list(claimable):
            if card._is_usable_by(self.partner_id):
                claimable[card] = claimable[card].filtered(
                    lambda reward: reward not in barred and reward.program_id not in barred
                )
            if not claimable[card] or not card._is_usable_by(self.partner_id):
                del claimable[card]
        return claimable

    def _apply_program_reward(self, reward, coupon, **kwargs):
        refusal = self._refusal_of_reward(reward, coupon)
        if refusal:
            return {"error": refusal}
        return super()._apply_program_reward(reward, coupon, **kwargs)

    def _refusal_of_reward(self, reward, card):
        """Return why a reward of a card is not for the customer, in a sentence, or None."""
        if not card._is_usable_by(self.partner_id):
            return self._refusal("owner", card=card)
        barred = self._barred_offers()
        for offer in (reward, reward.program_id):
            if offer in barred:
                return self._refusal(barred[offer], offer)
        return None

    def _update_programs_and_rewards(self):
        if self.state in ("draft", "sent"):
            self._leave_account_of_public_user()
            self._take_off_barred_rewards()
        return super()._update_programs_and_rewards()

    def _leave_account_of_public_user(self):
        """Earn on the customer's own account once he is known; core would hand him the other."""
        # sudo: as core does, entries of an order have no rights of their own
        entries = self.coupon_point_ids.sudo().filtered(
            lambda entry: (
                entry.coupon_id.is_one_per_customer and entry.coupon_id.partner_id.is_public
            )
        )
        if entries and not self.partner_id.is_public:
            entries.unlink()

    def _take_off_barred_rewards(self):
        """Take cards and rewards that are not for the customer any more off a quotation."""
        cards = self.applied_coupon_ids | self.order_line.coupon_id
        foreign = cards.filtered(lambda card: not card._is_usable_by(self.partner_id))
        self.applied_coupon_ids -= foreign
        barred = self._barred_offers() if self.order_line.reward_id else {}
        self.order_line.filtered(
            lambda line: (
                line.coupon_id in foreign
                or line.reward_id in barred
                or line.reward_id.program_id in barred
            )
        ).unlink()

    def action_confirm(self):
        """Refuse to confirm with rewards that are not for the customer.

        They are not taken off here: the customer would owe more than he was offered.
        """
        quotations = self.filtered(lambda one: one.state in ("draft", "sent"))
        for order in quotations.filtered(lambda one: not one._is_paid_online()):
            for line in order.order_line.filtered("reward_id"):
                refusal = order._refusal_of_reward(line.reward_id, line.coupon_id)
                if refusal:
                    order._refuse_to_confirm(refusal)
        return super().action_confirm()

    def _action_confirm(self):
        result = super()._action_confirm()
        for order in self:
            order._check_uses()
            # coupons for later orders are valid from the day that they are earned on
            order.coupon_point_ids.coupon_id.filtered(
                lambda card, order=order: card.order_id == order
            )._start_validity()
        return result

    def _check_uses(self):
        """Refuse to confirm what another order, of this moment or this selection, used up.

        The row of the customer is changed, so that of two transactions the second one fails with
        a serialization error, is tried again, and then sees the use of the first.
        """
        rewards = self.order_line.reward_id.sudo()  # sudo: who confirms need not see conditions
        used = [offer for offer in [*rewards.program_id, *rewards] if offer.max_per_customer]
        if not used or self._is_paid_online():
            return
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET write_date = write_date WHERE id = %s",
                self._commercial_partner().id,
            ),
            log_exceptions=False,
        )
        for offer, uses in self._uses(used).items():
            if uses >= offer.max_per_customer:
                self._refuse_to_confirm(self._refusal("maximum", offer))

    def _is_paid_online(self):
        """Tell whether the customer has paid for what he was offered: it is his then."""
        # sudo: a seller need not see payments
        states = self.sudo().transaction_ids.mapped("state")
        return "done" in states or "authorized" in states

    def _refuse_to_confirm(self, refusal):
        raise ValidationError(
            self.env._(
                "%(order)s cannot be confirmed. %(reason)s Press Reward, which takes the reward"
                " off.",
                order=self.name,
                reason=refusal,
            )
        )
