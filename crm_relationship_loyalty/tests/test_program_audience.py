from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from .test_eligibility import EligibilityCommon

SILK_MAKERS = "[('city', '=', 'Surin')]"


@tagged("post_install", "-at_install")
class TestProgramAudience(EligibilityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.city = "Surin"
        cls.nobody = cls._customer("Nobody", city="Phuket")
        cls.promotion.audience = SILK_MAKERS

    def test_a_program_is_for_its_audience(self):
        self.assertTrue(self._claim(self._draft(100.0)))
        self.assertFalse(self._claim(self._draft(100.0, partner=self.nobody)))
        self.promotion.audience = False
        self.assertTrue(self._claim(self._draft(100.0, partner=self.nobody)))

    def test_contacts_of_a_firm_of_the_audience_are_of_it(self):
        firm = self._customer("Firm", is_company=True, city="Surin")
        buyer = self._customer("Buyer", parent_id=firm.id, type="delivery", city="Phuket")
        self.assertTrue(self._claim(self._draft(100.0, partner=buyer)))

    def test_a_code_says_why_it_cannot_be_used(self):
        coupon = self._promotion("For a Code", program_type="coupons", applies_on="current")
        coupon.audience = SILK_MAKERS
        card = self._give(1.0, partner=self.nobody, program=coupon)
        order = self._draft(100.0, partner=self.nobody)
        self.assertEqual(
            order._try_apply_code(card.code)["error"],
            "For a Code is only for some customers, and Nobody is none of them.",
        )
        portal = new_test_user(self.env, "nobody", groups="base.group_portal")
        self.assertEqual(
            order.with_user(portal).sudo()._refusal("audience", coupon),
            "This offer is not available for you.",
        )

    def test_an_order_counts_no_documents_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        self.Standing.sudo().create(  # sudo: the job writes them
            {"partner_id": self.nobody.id, "company_id": other.id, "r_score": 5}
        )
        self.promotion.audience = "[('standing_ids.r_score', '=', 5)]"
        self.assertFalse(self._claim(self._draft(100.0, partner=self.nobody)))
        self._grade(self.nobody, self.grade_a)
        self._standing_of(self.nobody).sudo().r_score = 5  # sudo: the job writes it
        self.assertTrue(self._claim(self._draft(100.0, partner=self.nobody)))

    def test_audiences_that_cannot_be_read_are_met_by_nobody(self):
        for bad in ("[('no_field', '=', 1)]", "[(", "__import__('os')", "[('id', 'any!', [])]"):
            with self.subTest(bad=bad), self.assertRaises(ValidationError):
                self.promotion.audience = bad
        self.env.cr.execute(
            "UPDATE loyalty_program SET audience = %s WHERE id = %s",
            ["[('gone', '=', 1)]", self.promotion.id],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertFalse(self._claim(self._draft(100.0)))

    def test_an_emptied_editor_means_everybody(self):
        self.promotion.audience = "[]"
        self.assertFalse(self.promotion.audience)
        self.assertFalse(self.promotion._conditions().audience)

    def test_a_program_of_all_companies_counts_everybody_s_contacts(self):
        self.promotion.company_id = False
        other = self.env["res.company"].create({"name": "Other Company"})
        before = self.promotion.audience_count
        self._customer("There", city="Surin", company_id=other.id)
        self.promotion.invalidate_recordset(["audience_count"])
        self.assertEqual(self.promotion.audience_count, before + 1)

    def test_all_audiences_of_an_order_cost_one_query(self):
        def queries():
            order = self._draft(100.0)
            for _warm in range(2):  # the first time fills the caches that new programs emptied
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                order._update_programs_and_rewards()
            return self.env.cr.sql_log_count - before

        self.promotion.audience = False
        self.promotion.is_members_only = True
        without = queries()
        for number in range(3):
            self._promotion(f"More {number}", audience=f"[('city', '=', 'Town {number}')]")
        self.assertEqual(queries(), without + 1)
