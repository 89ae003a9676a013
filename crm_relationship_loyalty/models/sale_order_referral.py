from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.crm_relationship.logic.member_number import fault_of, normalise

from .crm_referral import REUSABLE, STATES

LIVING = ("active", "replaced", "lost", "merged")


class SaleOrder(models.Model):
    """A member's number, entered like any code, says who has brought the customer.

    In the shop the answers name nobody, and an unknown number is answered like an unknown code. As
    long as the customer is not known there, the number waits on the order until it is confirmed.
    """

    _inherit = "sale.order"

    referral_number_id = fields.Many2one(
        comodel_name="crm.member.number",
        string="Number of the Referrer",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    referrer_id = fields.Many2one(
        comodel_name="res.partner",
        string="Referred by",
        compute="_compute_referral",
        compute_sudo=True,
        groups="base.group_user",
    )
    referral_state = fields.Selection(
        selection=list(STATES.items()),
        string="Referral",
        compute="_compute_referral",
        compute_sudo=True,
        groups="base.group_user",
    )

    @api.depends("referral_number_id", "partner_id")
    def _compute_referral(self):
        referred = self.filtered("referral_number_id")
        found = self.env["crm.referral"].browse()
        if referred:
            found = found.search([("order_id", "in", referred.ids)], order="id")
        by_order = {one.order_id.id: one for one in found}
        for order in self:
            referral = by_order.get(order._origin.id, found.browse())
            order.referrer_id = referral.referrer_id or order.referral_number_id.partner_id
            order.referral_state = referral.state

    def _try_apply_code(self, code):
        """Take a code that is no other code as the number of who has brought the customer."""
        result = super()._try_apply_code(code)
        if not result.get("not_found"):
            return result
        return self._try_referral(code, result)

    def _try_referral(self, code, unknown):
        """Return what `_try_apply_code` returns; `unknown` where it is no number of a member.

        What stands in the way of any number is said before the number is looked up: so the answer
        tells nobody which numbers there are.
        """
        number = normalise(code or "")
        program = self.env["crm.referral.program"]._running(self.company_id)
        if not program or not self._fits_a_scheme(number):
            return unknown
        kind = self._obstacle_to_referral()
        member = self.env["crm.member.number"] if kind else self._member_number(number)
        if not kind and not member:
            return self._unknown_member(number) or unknown
        kind = kind or self._kinship_with(member)
        if kind:
            empty = self.env["loyalty.card"]
            return {"error": self._refusal(f"referral_{kind}", member, empty, number)}
        self._refer(member, program)
        return {}

    def _fits_a_scheme(self, number):
        # sudo: who sells, or buys in the shop, need not see the schemes; of archived ones, too
        schemes = self.env["crm.member.scheme"].sudo().with_context(active_test=False)
        of_company = schemes._of_company(self.company_id)
        return any(not fault_of(number, scheme._format()) for scheme in of_company)

    def _member_number(self, number, is_living=True):
        """Return the number through which a living member is known, as it was printed once."""
        # sudo: whoever has the number may name it
        found = self.env["crm.member.number"].sudo().search([("number", "=", number)])
        for companies in (found.scheme_id.company_ids, found.partner_id.company_id):
            if companies and self.company_id not in companies:
                return found.browse()
        if not is_living:
            return found
        active = found.partner_id.active and (
            found.state == "lost" or found._active_of(found.partner_id)
        )
        return found if active and found.state in LIVING else found.browse()

    def _unknown_member(self, number):
        """Tell who works here that a number was good once; to everybody else it is unknown."""
        if self.env.user._is_internal() and self._member_number(number, is_living=False):
            return {
                "error": self.env._(
                    "%(number)s is not the number of a member any more.", number=number
                )
            }
        return None

    def _is_customer_known(self):
        return not self.partner_id.sudo().is_public  # sudo: a seller need not see users

    def _obstacle_to_referral(self):
        """Return why nobody can have brought this order's customer, or None."""
        if self.state not in ("draft", "sent"):
            return "confirmed"
        if not self._is_customer_known():
            return None
        # sudo: a referral counts also where the user may not see it
        Referral = self.env["crm.referral"].sudo()
        known = Referral._of_customer(self._commercial_partner(), self.company_id)
        if known and known.state not in REUSABLE:
            return "already"
        return "not_first" if self._has_bought_before() else None

    def _kinship_with(self, member):
        if not self._is_customer_known():
            return None
        # sudo: the household of a member is nobody's business here, but that it is the same one
        return member.env["crm.referral"]._kinship(member.partner_id, self.partner_id.sudo())

    def _has_bought_before(self):
        """Return whether the customer has bought anything in the company before this order."""
        self.env.flush_all()
        Partner = self.env["res.partner"].sudo().with_context(active_test=False)
        contacts = Partner.search([("commercial_partner_id", "=", self._commercial_partner().id)])
        [(found,)] = self.env.execute_query(
            SQL(
                """
                SELECT EXISTS (
                    SELECT FROM (%(facts)s) fact
                     WHERE fact.partner_id = ANY(%(contacts)s) AND fact.company_id = %(company)s
                       AND fact.kind IN ('order', 'invoice')
                       AND NOT (fact.res_model = 'sale.order' AND fact.res_id = %(order)s)
                       AND NOT (fact.res_model = 'account.move' AND fact.res_id = ANY(%(bills)s))
                       AND %(earlier)s
                )
                """,
                facts=self.env["crm.customer.fact"]._all_facts(),
                contacts=contacts.ids,
                company=self.company_id.id,
                order=self.id,
                bills=self.invoice_ids.ids,
                earlier=self._is_earlier_sql(),
            )
        )
        return found

    def _is_earlier_sql(self) -> SQL:
        """Return whether a fact comes before this order, as all do while it is not confirmed.

        Of orders the moment counts, of all else the day.
        """
        if self.state != "sale":
            return SQL("TRUE")
        return SQL(
            """
            CASE fact.res_model
            WHEN 'sale.order' THEN EXISTS (
                SELECT FROM sale_order other
                 WHERE other.id = fact.res_id AND other.date_order < %s
            )
            ELSE fact.date < %s END
            """,
            self.date_order,
            self.company_id._business_day(self.date_order),
        )

    def _refer(self, number, program):
        """Note whose number it was; the referral itself as soon as the customer is known."""
        self.check_access("write")
        self.sudo().referral_number_id = number  # sudo: a customer may not write his order
        if self._is_customer_known():
            # sudo: nobody writes referrals by himself
            self.env["crm.referral"].sudo()._enter(self.sudo(), number, program)

    def _action_confirm(self):
        result = super()._action_confirm()
        for order in self.filtered("referral_number_id"):
            order.sudo()._confirm_referral()  # sudo: whoever confirms, the referral follows
        return result

    def _confirm_referral(self):
        """Note the referral of a customer who was not known when the code was entered.

        An order is confirmed all the same when he cannot be referred; its history says why.
        """
        Referral = self.env["crm.referral"]
        customer = self._commercial_partner()
        known = Referral._of_customer(customer, self.company_id)
        if known.order_id == self:
            return
        number = self.referral_number_id
        kind = None
        if known and known.state not in REUSABLE:
            kind = "already"
        elif self._has_bought_before():
            kind = "not_first"
        kind = kind or self._kinship_with(number)
        program = self.env["crm.referral.program"]._running(self.company_id)
        if program and not kind:
            Referral._enter(self, number, program)
        elif kind:
            sentences = getattr(self, f"_refusal_referral_{kind}")(number, None, number.number)
            self._message_log(body=sentences[0])

    def _referral_taken(self):
        """Return what who works here reads after a member's number was taken."""
        # sudo: the number that he has just typed
        names = self._names_of_referral(self.sudo().referral_number_id)
        return self.env._(
            "%(customer)s was referred by %(referrer)s. The rewards follow when the order is paid.",
            **names,
        )

    def _names_of_referral(self, number):
        """Return the names for sentences; of the referrer where the reader may see him."""
        referrer = number.partner_id.sudo(False)._filtered_access("read")
        return {
            "customer": self._commercial_partner().display_name,
            "referrer": referrer.display_name or self.env._("the member"),
        }

    def _refusal_referral_confirmed(self, number, card, code):
        sentence = self.env._("Say who has brought the customer before the order is confirmed.")
        return sentence, None

    def _refusal_referral_already(self, number, card, code):
        names = self._names_of_referral(number)
        return self.env._("%(customer)s has been referred already.", **names), None

    def _refusal_referral_not_first(self, number, card, code):
        names = self._names_of_referral(number)
        return (
            self.env._(
                "%(customer)s has bought before: who brings a friend is rewarded for the friend's"
                " first order only.",
                **names,
            ),
            self.env._("The number of a friend can be used for your first order only."),
        )

    def _refusal_referral_self(self, number, card, code):
        names = self._names_of_referral(number)
        return (
            self.env._("This is the number of %(customer)s himself.", **names),
            self.env._("This is your own number: give it to your friends."),
        )

    def _refusal_referral_firm(self, number, card, code):
        names = self._names_of_referral(number)
        sentence = self.env._(
            "%(customer)s and %(referrer)s belong to the same firm: that is no new customer.",
            **names,
        )
        return sentence, None

    def _refusal_referral_household(self, number, card, code):
        names = self._names_of_referral(number)
        sentence = self.env._(
            "%(customer)s and %(referrer)s live in the same household: that is no new customer.",
            **names,
        )
        return sentence, None

    def _refusal_referral_contact(self, number, card, code):
        names = self._names_of_referral(number)
        sentence = self.env._(
            "%(customer)s and %(referrer)s have the same e-mail address or phone: are they one"
            " person?",
            **names,
        )
        return sentence, None
