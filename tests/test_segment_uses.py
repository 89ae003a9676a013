"""A segment of the analytics addon, used by whatever turns to customers in the other two."""

from ast import literal_eval

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.crm_relationship_loyalty.tests.offer_common import OfferCommon
from odoo.addons.crm_relationship_loyalty.tests.test_eligibility import EligibilityCommon


@tagged("post_install", "-at_install")
class TestSegmentUses(OfferCommon, EligibilityCommon):
    """Somchai is in the segment; Malee meets its rule only later."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.city = "Surin"
        cls.stranger = cls._customer("Malee", email="malee@example.com")
        cls._agree(cls.stranger)
        cls.segment = cls.env["crm.segment"].create(
            {"name": "Silk", "audience": "[('city', '=', 'Surin')]"}
        )
        cls.segment.action_refresh()
        cls.audience = repr([("segment_ids", "in", cls.segment.ids)])

    def _served(self, is_served):
        """Return those of the two whom something is for, before and after Malee comes in."""
        both = self.customer | self.stranger
        before = both.filtered(is_served)
        self.stranger.city = "Surin"
        self.assertEqual(both.filtered(is_served), before, "a rule moves nobody by itself")
        self.segment.action_refresh()
        return before, both.filtered(is_served)

    def test_offers_are_for_members_only(self):
        offer = self._offer([self._product("Boat")], audience=self.audience)

        def is_offered(partner):
            found = self.Offer.with_user(self.clerk).next_best_offers(partner.id)
            return offer.id in [one["offer_id"] for one in found]

        self.assertEqual(self._served(is_offered), (self.customer, self.customer | self.stranger))

    def test_outreach_plans_turn_to_members_only(self):
        template = self.env["mail.template"].create(
            {"name": "Silk", "model_id": self.env["ir.model"]._get("res.partner").id}
        )
        step = {
            "name": "Silk",
            "channel_id": self.env.ref("crm_relationship.crm_contact_channel_email").id,
            "mail_template_id": template.id,
        }
        plan = self.env["crm.touch.plan"].create(
            {
                "name": "Silk",
                "purpose_id": self.env.ref("crm_relationship.crm_contact_purpose_marketing").id,
                "audience": self.audience,
                "step_ids": [Command.create(step)],
            }
        )
        plan.action_start()

        def is_enrolled(partner):
            plan.sudo()._enrol()  # sudo: as the job does
            return partner in plan.touch_ids.partner_id

        self.assertEqual(self._served(is_enrolled), (self.customer, self.customer | self.stranger))

    def test_programs_are_for_members_only(self):
        self.promotion.audience = self.audience

        def is_given(partner):
            return self._claim(self._draft(100.0, partner=partner))

        self.assertEqual(self._served(is_given), (self.customer, self.customer | self.stranger))

    def test_mailings_go_to_members_only(self):
        """A mailing stores a domain of contacts as text, and searches it as the system."""

        def is_written_to(partner):
            system = self.env["res.partner"].with_user(self.env.ref("base.user_root"))
            return partner in system.search(literal_eval(self.audience))

        self.assertEqual(
            self._served(is_written_to), (self.customer, self.customer | self.stranger)
        )

    def test_a_member_of_a_past_day_is_found_by_the_day(self):
        today = str(self.company._business_today())
        history = [("segment_id", "=", self.segment.id), ("day", "=", today)]
        offer = self._offer(
            [self._product("Boat")], audience=repr([("segment_membership_ids", "any", history)])
        )
        self.customer.city = "Phuket"
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_segment_membership SET date_from = date_from - 10 WHERE segment_id = %s",
            [self.segment.id],
        )
        self.segment.action_refresh()
        self.assertFalse(self.customer.segment_ids)
        found = self.Offer.next_best_offers(self.customer.id)
        self.assertNotIn(offer.id, [one["offer_id"] for one in found], "he went out today")
        offer.audience = repr(
            [
                (
                    "segment_membership_ids",
                    "any",
                    [("segment_id", "=", self.segment.id), ("day", "=", "today -1d")],
                )
            ]
        )
        found = self.Offer.next_best_offers(self.customer.id)
        self.assertIn(offer.id, [one["offer_id"] for one in found], "yesterday he was in")
