from odoo import models

PURPOSE = "loyalty"
BOUGHT = "service"


class LoyaltyCard(models.Model):
    """What core writes to customers about their cards passes the contact gate first.

    A gift card or a wallet that somebody has paid for comes with his order, whatever he wants to
    hear from us; anything else is our wish, and goes to who did not object.
    """

    _inherit = "loyalty.card"

    def _send_creation_communication(self, force_send=False):
        """Send to those who may be written to."""
        writes = self._writing("create")
        if self.env.context.get("loyalty_no_mail") or self.env.context.get("action_no_send_mail"):
            writes = self.browse()
        passed = writes._passed_gate(self.env._("Mail of a new card"))
        return super(LoyaltyCard, passed)._send_creation_communication(force_send=force_send)

    def _send_points_reach_communication(self, points_changes):
        """Send to those who have reached a milestone and may be written to."""
        reached = self._writing("points_reach").filtered(
            lambda card: card.partner_id and card._reaches_milestone(points_changes[card])
        )
        if self.env.context.get("loyalty_no_mail"):
            reached = self.browse()
        passed = reached._passed_gate(self.env._("Mail of reached points"))
        return super(LoyaltyCard, passed)._send_points_reach_communication(points_changes)

    def _writing(self, trigger):
        """Return the cards whose programs write to the customer at this occasion."""
        # sudo: a till's user may not read how programs write
        return self.filtered(
            lambda card: (
                trigger in card.sudo().program_id.communication_plan_ids.mapped("trigger")
                and card._mail_get_customer()
            )
        )

    def _reaches_milestone(self, change):
        plans = self.sudo().program_id.communication_plan_ids  # sudo: as for `_writing`
        return any(
            plan.trigger == "points_reach" and change["old"] < plan.points <= change["new"]
            for plan in plans
        )

    def _passed_gate(self, origin):
        """Return the cards whose customers the gate lets pass; it logs why the others do not."""
        passed = self.browse()
        for (company, purpose), cards in self.grouped(
            lambda card: (card.company_id or card.env.company, card._mail_purpose())
        ).items():
            customer_of = {card: card._mail_get_customer() for card in cards}
            # sudo: whoever confirms an order need not see consents
            customers = self.env["res.partner"].sudo().union(*customer_of.values())
            allowed = customers.with_company(company)._ask_gate("email", purpose, origin)
            if purpose != BOUGHT:
                allowed._log_contact("email", purpose, origin, company_id=company.id)
            passed |= cards.filtered(
                lambda card, allowed=allowed, of=customer_of: of[card].id in allowed.ids
            )
        return passed

    def _mail_purpose(self):
        """Hook: return the code of the purpose for which the program's mails are sent."""
        return BOUGHT if self.sudo().program_id.is_payment_program else PURPOSE  # sudo: its type
