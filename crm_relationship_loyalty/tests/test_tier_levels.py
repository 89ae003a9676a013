"""Levels of contacts with their prices, and quotations that a level makes old."""

from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .test_tier_prices import PricesCommon


@tagged("post_install", "-at_install")
class TestLevelOfContact(PricesCommon):
    def test_a_contact_created_with_a_level_has_its_prices(self):
        self.assertHas(
            self.gold_level, self.gold_list, self._customer("A", grade_id=self.gold_level.id)
        )
        chosen = self._customer(
            "B",
            grade_id=self.gold_level.id,
            specific_property_product_pricelist=self.special_list.id,
        )
        self.assertHas(self.gold_level, self.special_list, chosen)

    def test_a_contact_created_in_a_firm_with_a_level_does_not_change_its_prices(self):
        firm = self._customer("Siam Trading", is_company=True)
        self._customer("Nok", parent_id=firm.id, grade_id=self.gold_level.id)
        self.assertHas(None, None, firm)

    def test_a_level_takes_its_prices_along_if_they_are_still_its_own(self):
        one, two = (self._customer(name, grade_id=self.gold_level.id) for name in "AB")
        two.specific_property_product_pricelist = self.special_list
        (one | two).grade_id = False
        self.assertHas(None, None, one)
        self.assertHas(None, self.special_list, two)
        bare = self._level("Bare", self.public.browse())
        three = self._customer("C", grade_id=self.gold_level.id)
        three.grade_id = bare
        self.assertHas(bare, None, three)

    def test_another_level_with_the_same_prices_keeps_them(self):
        twin = self._level("Twin", self.gold_list)
        one = self._customer("A", grade_id=self.gold_level.id)
        one.grade_id = twin
        self.assertHas(twin, self.gold_list, one)

    def test_a_level_that_goes_takes_its_prices_along_in_all_companies(self):
        there = self.env["res.company"].create({"name": "Chiang Mai Branch"})
        one = self._customer("A", grade_id=self.gold_level.id)
        one.with_company(there).specific_property_product_pricelist = self.gold_list
        one.grade_id = False
        self.assertHas(None, None, one, there)

    def test_who_comes_to_a_firm_does_not_bring_the_prices_of_his_tier(self):
        firm = self._customer("Siam Trading", is_company=True)
        self._buy(1000.0)
        self.customer.parent_id = firm
        self._follow()
        self.assertHas(None, None)
        self.assertHas(None, None, firm)

    def test_who_leaves_a_firm_does_not_keep_the_prices_of_its_tier(self):
        firm, other = (self._customer(name, is_company=True) for name in ("Siam", "Thai"))
        one, two, three = (self._customer(name, parent_id=firm.id) for name in "ABC")
        self._buy(1000.0, firm)
        one.parent_id = False
        two.parent_id = other
        three.name = "D"
        self._follow()
        self.assertHas(None, None, one)
        self.assertHas(None, None, two)
        self.assertHas(None, None, other)
        self.assertHas(None, self.silver_list, three)
        self.assertHas(self.silver_level, self.silver_list, firm)

    def test_a_copy_has_no_tier(self):
        self.customer.grade_id = self.special_level
        self._buy(5000.0)
        self.assertHas(self.special_level, self.special_list, self.customer.copy())

    def test_merged_customers_keep_levels_and_what_was_before(self):
        other = self._customer("Somchai J.")
        self.customer.grade_id = self.special_level
        self._buy(5000.0)
        self._merge(other, self.customer)
        self._follow()
        self.assertHas(self.gold_level, self.gold_list, other)
        self._give_goods_back(5000.0, other)
        self.assertHas(self.special_level, self.special_list, other)

    def test_merged_customers_keep_a_price_list_by_hand_beside_a_level(self):
        other = self._customer("Somchai J.")
        self._buy(5000.0)
        self.customer.specific_property_product_pricelist = self.special_list
        self._merge(other, self.customer)
        self._follow()
        self.assertHas(self.gold_level, self.special_list, other)

    def test_of_two_with_levels_the_survivor_keeps_his(self):
        other = self._customer("Somchai J.")
        other.grade_id = self.special_level
        self._invoice(other, 1000.0, self.today)
        self._buy(5000.0)
        self.assertHas(self.silver_level, self.silver_list, other)
        self._merge(other, self.customer)
        self._follow()
        self.assertHas(self.gold_level, self.gold_list, other)
        self._give_goods_back(6000.0, other)
        self.assertHas(self.special_level, self.special_list, other)

    def _merge(self, survivor, merged):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((survivor | merged).ids, survivor)
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestOldPricesOfQuotations(PricesCommon):
    def _quotation(self, **values):
        order = self._draft(100.0, user_id=self.salesman.id, **values)
        order._recompute_prices()
        return order

    def _flagged(self):
        return self.env["sale.order"].search([("is_price_outdated", "=", True)])

    def test_a_quotation_is_flagged_when_the_customer_rises(self):
        self.service.list_price = 100.0
        order, firm_order = self._quotation(), self._sale(100.0)
        self.assertEqual(order.amount_total, 100.0)
        self.assertFalse(order.is_price_outdated)
        self._buy(5000.0)
        self.assertTrue(order.is_price_outdated)
        self.assertFalse(firm_order.is_price_outdated)
        self.assertEqual(self._flagged(), order)
        self.assertIn(
            firm_order, self.env["sale.order"].search([("is_price_outdated", "=", False)])
        )
        order.with_user(self.salesman).action_follow_price_list()
        self.assertEqual(order.pricelist_id, self.gold_list)
        self.assertEqual(order.amount_total, 80.0)
        self.assertFalse(order.is_price_outdated)
        self.assertFalse(self._flagged())

    def test_a_quotation_is_flagged_when_the_customer_falls(self):
        self._buy(5000.0)
        order = self._quotation()
        self.assertEqual(order.pricelist_id, self.gold_list)
        self._give_goods_back(5000.0)
        self.assertEqual(self._flagged(), order)

    def test_a_price_list_that_the_seller_chose_is_not_flagged(self):
        plain = self._pricelist("Event", 5.0)
        order = self._quotation(pricelist_id=plain.id)
        self._buy(5000.0)
        self.assertFalse(order.is_price_outdated)
        self.assertFalse(self._flagged())

    def test_prices_of_a_confirmed_order_do_not_follow(self):
        order = self._sale(100.0)
        self._buy(5000.0)
        with self.assertRaisesRegex(UserError, "Only the prices of a quotation"):
            order.action_follow_price_list()

    def test_the_form_shows_it_to_a_seller_who_sees_no_tiers(self):
        order = self._quotation()
        self._buy(5000.0)
        seller = new_test_user(self.env, "seller", "sales_team.group_sale_salesman")
        order.user_id = seller
        form = Form(order.with_user(seller))
        self.assertTrue(form.is_price_outdated)
        self.assertEqual(form.present_pricelist_id, self.gold_list)
