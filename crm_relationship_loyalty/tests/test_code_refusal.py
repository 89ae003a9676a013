from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, new_test_user, tagged

from .test_eligibility import EligibilityCommon
from .test_personal_coupon import CouponCommon


@tagged("post_install", "-at_install")
class TestCodeRefusal(EligibilityCommon, CouponCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_of_customer = cls._draft(100.0)
        cls.code_program = cls._promotion(
            "Spring",
            program_type="promo_code",
            trigger="with_code",
            rule_ids=[
                Command.clear(),
                Command.create(
                    {
                        "mode": "with_code",
                        "code": "SPRING",
                        "reward_point_mode": "order",
                        "minimum_qty": 0,
                    }
                ),
            ],
        )
        cls.portal = new_test_user(cls.env, "portal_customer", groups="base.group_portal")

    def _sentence(self, code="SPRING", user=None):
        """Return what a user is told about a code, by default its seller."""
        order = self.order_of_customer
        if user:
            order = order.with_user(user).sudo()  # as the shop does
        return order._try_apply_code(code).get("error")

    def _sentences(self, code="SPRING"):
        return self._sentence(code), self._sentence(code, self.portal)

    def test_a_wrong_code(self):
        result = self.order_of_customer._try_apply_code("NONE")
        self.assertTrue(result["not_found"])
        self.assertEqual(result["error"], "There is no code NONE: check each character.")
        for nothing in ("", "  ", None):
            self.assertEqual(self._sentence(nothing), "Enter a code.")
        self.assertIn("There is no code", self._sentence("A\0B"))

    def test_a_code_with_blanks_around_it_is_found(self):
        self.assertFalse(self._sentence(" SPRING "))

    def test_a_coupon_of_another_customer(self):
        coupon = self._coupon(self.other)
        for_seller, for_customer = self._sentences(coupon.code)
        self.assertEqual(for_seller, f"The coupon {coupon.code} belongs to Malee Suksan.")
        self.assertEqual(for_customer, "This offer is not available for you.")

    def test_an_expired_coupon(self):
        coupon = self._coupon(expiration_date="2020-03-31")
        sentence = f"The coupon {coupon.code} expired on 03/31/2020."
        self.assertEqual(self._sentences(coupon.code), (sentence, sentence))

    def test_a_used_coupon(self):
        coupon, order = self._coupon(), self._draft(100.0, partner=self.other)
        self._redeem(order, coupon)
        order.action_confirm()
        for_seller, for_customer = self._sentences(coupon.code)
        self.assertEqual(for_seller, f"The coupon {coupon.code} was used on order {order.name}.")
        self.assertEqual(for_customer, f"The coupon {coupon.code} has been used already.")
        stranger = new_test_user(self.env, "own_only", groups="sales_team.group_sale_salesman")
        order.user_id = self.salesman
        self.order_of_customer.user_id = stranger
        own = self.order_of_customer.with_user(stranger)
        self.assertNotIn(order.name, own._try_apply_code(coupon.code)["error"])

    def test_a_program_of_other_days(self):
        self.code_program.date_from = "2099-01-31"
        self.assertEqual(
            self._sentences(),
            ("Spring starts on 01/31/2099 only.", "This offer starts on 01/31/2099 only."),
        )
        self.code_program.write({"date_from": False, "date_to": "2020-01-31"})
        self.assertEqual(
            self._sentences(), ("Spring ended on 01/31/2020.", "This offer ended on 01/31/2020.")
        )

    def test_a_program_of_another_grade(self):
        self.code_program.value_grade_ids = self.grade_b
        self.assertEqual(
            self._sentences(),
            (
                "Spring is only for customers of grade B.",
                "This offer is not available for you.",
            ),
        )

    def test_an_employee_who_may_not_see_grades_is_not_told_them(self):
        self.code_program.value_grade_ids = self.grade_b
        employee = new_test_user(self.env, "employee", groups="base.group_user")
        self.assertEqual(self._sentence(user=employee), "Spring is not for this customer.")

    def test_a_program_for_members(self):
        self.code_program.is_members_only = True
        self.assertEqual(
            self._sentences(),
            (
                "Spring is for members only: issue a member number to Somchai Jaidee first.",
                "This offer is for members only.",
            ),
        )

    def test_a_maximum(self):
        self.code_program.write({"max_per_customer": 1, "max_period": "ever"})
        order = self._draft(100.0)
        order._try_apply_code("SPRING")
        self.assertTrue(self._claim(order, self.code_program.reward_ids))
        order.action_confirm()
        self.assertEqual(
            self._sentences(),
            (
                "Somchai Jaidee has used Spring 1 of 1 times.",
                "You have used this offer 1 of 1 times.",
            ),
        )
        self.code_program.max_period = "year"
        year = self.company._business_today().year + 1
        self.assertIn(f"again from 01/01/{year} on", self._sentence())

    def test_another_price_list_and_company(self):
        pricelist = self.env["product.pricelist"].create(
            {"name": "Wholesale", "currency_id": self.code_program.currency_id.id}
        )
        self.code_program.pricelist_ids = pricelist
        self.assertEqual(self._sentence(), "Spring is not for this order's price list.")
        self.assertEqual(self._sentence(user=self.portal), "This offer is not available for you.")
        self.code_program.pricelist_ids = False
        self.code_program.company_id = self.env["res.company"].create({"name": "Other"})
        self.assertEqual(self._sentence(), "The code SPRING is for another company.")

    def test_what_was_taken_out_of_use(self):
        self.code_program.active = False
        self.assertEqual(self._sentence(), "The code SPRING is not offered here any more.")
        self.code_program.active = True
        self.code_program.sale_ok = False
        self.assertEqual(self._sentence(), "The code SPRING is not offered here any more.")
        coupon = self._coupon(active=False)
        self.assertIn("not offered here any more", self._sentence(coupon.code))

    def test_a_program_used_up_by_everybody(self):
        self.code_program.write({"limit_usage": True, "max_usage": 1})
        order = self._draft(100.0, partner=self.other)
        order._try_apply_code("SPRING")
        self.assertTrue(self._claim(order, self.code_program.reward_ids))
        order.action_confirm()
        self.assertEqual(self._sentence(), "Spring has been used 1 times, as often as it can be.")

    def test_the_wizard_tells_the_seller(self):
        coupon = self._coupon(self.other)
        wizard = self.env["sale.loyalty.coupon.wizard"].with_user(self.salesman)
        form = Form(wizard.with_context(active_id=self.order_of_customer.id))
        form.coupon_code = coupon.code
        with self.assertRaisesRegex(ValidationError, "belongs to Malee Suksan"):
            form.save().action_apply()
