"""Levels and price lists that follow from tiers."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged

from ..hooks import uninstall_hook
from .test_tier import TierCommon


class PricesCommon(TierCommon):
    """Silver customers pay ten percent less, Gold customers twenty; others the public price."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.config.settings"].create({"group_product_pricelist": True}).execute()
        cls.today = cls.company._business_today()
        cls.Level = cls.env["crm.loyalty.level"]
        cls.public = cls._pricelist("Public", 0.0, sequence=1)
        cls.silver_list = cls._pricelist("Silver Prices", 10.0)
        cls.gold_list = cls._pricelist("Gold Prices", 20.0)
        cls.special_list = cls._pricelist("Special Prices", 40.0)
        cls.silver_level = cls._level("Silver", cls.silver_list)
        cls.gold_level = cls._level("Gold", cls.gold_list)
        cls.special_level = cls._level("Special", cls.special_list)
        cls.silver.grade_id = cls.silver_level
        cls.gold.grade_id = cls.gold_level

    @classmethod
    def _pricelist(cls, name, percent, sequence=50, **values):
        return cls.env["product.pricelist"].create(
            {
                "name": name,
                "sequence": sequence,
                "item_ids": [
                    Command.create({"compute_price": "percentage", "percent_price": percent})
                ],
                **values,
            }
        )

    @classmethod
    def _level(cls, name, pricelist, **values):
        return cls.env["res.partner.grade"].create(
            {"name": name, "default_pricelist_id": pricelist.id, "company_id": False, **values}
        )

    def _follow(self):
        """Run the job, as it is triggered within a minute."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(
                "crm_relationship_loyalty.ir_cron_follow_tier_levels"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def _buy(self, amount, partner=None, **values):
        self._invoice(partner or self.customer, amount, self.today, **values)
        self._evaluate()
        self._follow()

    def _give_goods_back(self, amount, partner=None):
        self._buy(amount, partner, move_type="out_refund")

    def assertHas(self, level, pricelist, partner=None, company=None):
        partner = (partner or self.customer).with_company(company or self.company)
        self.assertEqual(partner.grade_id, level or self.silver_level.browse())
        own = partner.specific_property_product_pricelist
        self.assertEqual(own, pricelist or self.public.browse())


@tagged("post_install", "-at_install")
class TestTierPrices(PricesCommon):
    def test_a_tier_brings_its_level_and_prices_and_takes_them_along(self):
        self._buy(1000.0)
        self.assertHas(self.silver_level, self.silver_list)
        self._buy(4000.0)
        self.assertHas(self.gold_level, self.gold_list)
        self.assertEqual(self.customer.property_product_pricelist, self.gold_list)
        self._give_goods_back(4000.0)
        self.assertHas(self.silver_level, self.silver_list)
        self._give_goods_back(1000.0)
        self.assertHas(None, None)
        self.assertFalse(self.Level.search([("partner_id", "=", self.customer.id)]))

    def test_what_a_customer_had_before_comes_back(self):
        self.customer.grade_id = self.special_level
        self._buy(5000.0)
        self.assertHas(self.gold_level, self.gold_list)
        self._give_goods_back(5000.0)
        self.assertHas(self.special_level, self.special_list)

    def test_a_price_list_by_hand_stays_through_all_tiers(self):
        self._buy(1000.0)
        self.customer.specific_property_product_pricelist = self.special_list
        self._buy(4000.0)
        self.assertHas(self.gold_level, self.special_list)
        own = self.Level.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(own.filtered("is_by_hand").given_pricelist_id, self.silver_list)
        self.assertEqual(own.filtered("is_by_hand").company_id, self.company)
        self._give_goods_back(5000.0)
        self.assertHas(None, self.special_list)
        self._buy(5000.0)
        self.assertHas(self.gold_level, self.special_list)

    def test_a_level_by_hand_stays_through_all_tiers(self):
        self._buy(1000.0)
        self.customer.grade_id = self.special_level
        self._buy(4000.0)
        self.assertHas(self.special_level, self.special_list)
        self._give_goods_back(5000.0)
        self.assertHas(self.special_level, self.special_list)

    def test_a_level_cleared_by_hand_is_not_given_again_and_takes_its_prices_along(self):
        self._buy(1000.0)
        self.customer.grade_id = False
        self._follow()
        self.assertHas(None, None)

    def test_who_gets_the_level_of_his_tier_by_hand_follows_again(self):
        self._buy(1000.0)
        self.customer.grade_id = self.special_level
        self.customer.grade_id = self.silver_level
        self._buy(4000.0)
        self.assertHas(self.gold_level, self.gold_list)

    def test_the_job_writes_nothing_the_second_time(self):
        self._buy(5000.0)
        self.assertEqual(self.Level._steps(self.Level._wanted()), [])
        self.env.cr.execute("SELECT xmin, write_date FROM res_partner ORDER BY id")
        before = self.env.cr.fetchall()
        self._follow()
        self.env.cr.execute("SELECT xmin, write_date FROM res_partner ORDER BY id")
        self.assertEqual(self.env.cr.fetchall(), before)

    def test_the_chatter_is_not_filled(self):
        before = self.customer.message_ids
        self._buy(5000.0)
        self.assertEqual(self.customer.message_ids, before)

    def test_contacts_of_a_firm_have_its_prices(self):
        firm = self._customer("Siam Trading", is_company=True)
        buyer = self._customer("Nok", parent_id=firm.id)
        self._buy(1000.0, firm)
        self.assertHas(self.silver_level, self.silver_list, firm)
        self.assertHas(None, self.silver_list, buyer)
        self.assertHas(None, self.silver_list, self._customer("Noi", parent_id=firm.id))
        self._give_goods_back(1000.0, firm)
        self.assertHas(None, None, buyer)

    def test_a_contact_inside_a_firm_does_not_change_its_prices(self):
        firm = self._customer("Siam Trading", is_company=True)
        buyer = self._customer("Nok", parent_id=firm.id)
        ladder = self._ladder(scope="person")
        ladder.tier_ids.grade_id = self.gold_level
        self._invoice(buyer, 1000.0, self.today)
        ladder._evaluate()
        self.assertEqual(self._place(buyer, ladder).tier_id, ladder.tier_ids[0])
        self._follow()
        self.assertHas(None, None, buyer)
        self.assertHas(self.silver_level.browse(), None, firm)

    def test_the_first_ladder_that_gives_a_level_wins(self):
        other = self._ladder(sequence=1, name="Family")
        other.tier_ids[0].grade_id = self.special_level
        other._evaluate()
        self._buy(1000.0)
        other._evaluate()
        self._follow()
        self.assertHas(self.special_level, self.special_list)
        self.ladder.sequence = 0
        self._follow()
        self.assertHas(self.silver_level, self.silver_list)

    def test_customers_follow_a_tier_whose_level_is_changed(self):
        self._buy(1000.0)
        self.silver.grade_id = self.special_level
        self._follow()
        self.assertHas(self.special_level, self.special_list)
        self.special_level.default_pricelist_id = self.gold_list
        self._follow()
        self.assertHas(self.special_level, self.gold_list)
        self.silver.grade_id = False
        self._follow()
        self.assertHas(None, None)

    def test_customers_follow_when_something_is_archived(self):
        self._buy(1000.0)
        self.silver_list.active = False
        self._follow()
        self.assertHas(self.silver_level, None)
        self.silver_list.active = True
        self._follow()
        self.assertHas(self.silver_level, self.silver_list)
        self.silver_level.active = False
        self._follow()
        self.assertHas(None, None)
        self.silver_level.active = True
        self.ladder.active = False
        self._follow()
        self.assertHas(None, None)

    def test_customers_follow_a_new_version_of_the_ladder_on_its_day(self):
        self._buy(1000.0)
        version = self.ladder.browse(self.ladder.action_new_version()["res_id"])
        version.published_on = self.today + timedelta(1)
        version.tier_ids[0].grade_id = self.special_level
        version.action_publish()
        self._follow()
        self.assertHas(self.silver_level, self.silver_list)
        with freeze_time(f"{version.published_on} 05:00:00"):
            version._evaluate()
        self._follow()
        self.assertHas(self.special_level, self.special_list)

    def test_each_change_of_what_a_tier_gives_wakes_the_job(self):
        cron = self.env.ref("crm_relationship_loyalty.ir_cron_follow_tier_levels")
        for change in (
            lambda: self.silver.write({"grade_id": self.special_level.id}),
            lambda: self.ladder.write({"sequence": 3}),
            lambda: self.special_level.write({"active": False}),
            lambda: self.special_list.write({"active": False}),
            lambda: (self._invoice(self.customer, 5000.0, self.today), self._evaluate()),
        ):
            self.env["ir.cron.trigger"].search([]).unlink()
            self.env.cr.precommit.data.clear()
            change()
            self.assertEqual(self.env["ir.cron.trigger"].search([]).cron_id & cron, cron)

    def test_a_job_that_was_killed_goes_on_where_it_was(self):
        self._invoice(self.customer, 1000.0, self.today)
        self._evaluate()
        self.env.flush_all()
        steps = self.Level._steps(self.Level._wanted())
        self.assertEqual({step.partner_id for step in steps}, {self.customer.id})
        self.Level.sudo()._take(steps[:1])
        self.assertEqual(self.Level._steps(self.Level._wanted()), steps[1:])

    def test_a_customer_whom_somebody_holds_comes_later(self):
        held = self.env.ref("base.public_partner")  # committed, so that another cursor sees it
        self._invoice(self.customer, 1000.0, self.today)
        self._evaluate()
        place = {"partner_id": held.id, "ladder_id": self.ladder.id, "tier_id": self.silver.id}
        self.Membership.sudo().create({**place, "company_id": self.company.id})
        with self.registry.cursor() as other:
            other.execute(
                "SELECT id FROM res_partner WHERE id = %s FOR NO KEY UPDATE NOWAIT", [held.id]
            )
            self.env["ir.cron.trigger"].search([]).unlink()
            self._follow()
        self.assertHas(None, None, held)
        self.assertHas(self.silver_level, self.silver_list)
        again = self.env["ir.cron.trigger"].search([("call_at", ">", fields.Datetime.now())])
        self.assertIn(
            self.env.ref("crm_relationship_loyalty.ir_cron_follow_tier_levels"), again.cron_id
        )
        self._follow()
        self.assertHas(self.silver_level, self.silver_list, held)

    def test_two_companies_have_their_own_prices_and_one_level(self):
        there = self.env["res.company"].create({"name": "Chiang Mai Branch"})
        self.env.user.company_ids += there
        their_list = self._pricelist("There", 30.0, company_id=there.id)
        ladder = self._ladder(sequence=20, company_id=there.id, name="There")
        ladder.tier_ids[0].grade_id = self._level("There", their_list)
        self.env["crm.loyalty.floor"].create(
            {
                "ladder_id": ladder.id,
                "partner_id": self.customer.id,
                "tier_id": ladder.tier_ids[0].id,
                "date_until": "2099-12-31",
                "reason": "Status match",
            }
        )
        self._buy(1000.0)
        # the level of the first ladder, in each company the prices of its own
        self.assertHas(self.silver_level, self.silver_list)
        self.assertHas(self.silver_level, their_list, company=there)
        self._give_goods_back(1000.0)
        self.assertHas(ladder.tier_ids[0].grade_id, None)
        self.assertHas(ladder.tier_ids[0].grade_id, their_list, company=there)

    def test_uninstalling_gives_back_what_was_before(self):
        self.customer.grade_id = self.special_level
        other = self._customer("Malee")
        self._invoice(other, 1000.0, self.today)
        self._buy(5000.0)
        other.specific_property_product_pricelist = self.special_list
        uninstall_hook(self.env(su=True))
        self.env.invalidate_all()
        self.assertHas(self.special_level, self.special_list)
        self.assertHas(None, self.special_list, other)

    def test_nobody_writes_what_was_given(self):
        self._buy(1000.0)
        row = self.Level.search([("partner_id", "=", self.customer.id)])[:1]
        for user in (self.env.user, self.salesman):
            for right in ("write", "create", "unlink"):
                self.assertFalse(row.with_user(user).sudo(False).has_access(right))
