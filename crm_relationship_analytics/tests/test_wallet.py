from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import AnalyticsCommon


class WalletCommon(AnalyticsCommon):
    """A customer who bought 300 of lamps, 100 of them small, less 50 returned, and 600 advice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.write({"basis": "invoiced", "reference_date": "2025-12-31"})
        Category = cls.env["product.category"]
        cls.lamps = Category.create({"name": "Lamps"})
        cls.small_lamps = Category.create({"name": "Small", "parent_id": cls.lamps.id})
        # its path begins with the same digits, it is no child
        cls.others = Category.create({"name": "Others"})
        Product = cls.env["product.product"]
        values = {"type": "service", "taxes_id": False, "invoice_policy": "order"}
        cls.lamp = Product.create({"name": "Lamp", "categ_id": cls.lamps.id, **values})
        cls.small_lamp = Product.create(
            {"name": "Small Lamp", "categ_id": cls.small_lamps.id, **values}
        )
        cls.firm = cls._customer("Somchai Ltd", is_company=True)
        cls.contact = cls._customer("Somchai", parent_id=cls.firm.id)
        cls._buy(cls.firm, cls.lamp, 200.0)
        cls._buy(cls.contact, cls.small_lamp, 100.0)
        cls._buy(cls.firm, cls.lamp, 50.0, move_type="out_refund")
        cls._buy(cls.firm, cls.service, 600.0)

    @classmethod
    def _buy(cls, partner, product, amount, date="2025-06-01", **values):
        line = {"product_id": product.id, "price_unit": amount, "tax_ids": False}
        return cls._invoice(
            partner, amount, date, invoice_line_ids=[Command.create(line)], **values
        )

    @classmethod
    def _estimate(cls, amount, category=None, partner=None, **values):
        return cls.env["crm.wallet.estimate"].create(
            {
                "partner_id": (partner or cls.firm).id,
                "category_id": category and category.id,
                "amount": amount,
                "date": "2025-12-01",
                **values,
            }
        )

    def _share(self, estimate):
        self.env.invalidate_all()
        return self.env["crm.wallet.share"].search([("id", "=", estimate.id)])

    def _ours(self, estimate):
        return self._share(estimate).our_amount


@tagged("post_install", "-at_install")
class TestWallet(WalletCommon):
    def test_ours_is_that_of_the_category_and_those_below_it_less_returns(self):
        lamps = self._share(self._estimate(1000.0, self.lamps))
        self.assertEqual(lamps.our_amount, 250.0)  # 200 + 100 - 50
        self.assertEqual(lamps.share, 0.25)
        self.assertEqual(lamps.left_to_win, 750.0)
        self.assertEqual(lamps.level, "part")
        self.assertEqual(self._ours(self._estimate(1000.0, self.small_lamps)), 100.0)
        self.assertEqual(self._ours(self._estimate(1000.0)), 850.0)

    def test_nothing_is_ours_of_a_category_that_he_does_not_buy(self):
        share = self._share(self._estimate(400.0, self.others))
        self.assertEqual((share.our_amount, share.share), (0.0, 0.0))
        self.assertEqual(share.left_to_win, 400.0)
        self.assertEqual(share.level, "none")

    def test_estimate_that_is_too_low_says_so(self):
        share = self._share(self._estimate(200.0, self.lamps))
        self.assertEqual(share.share, 1.25)
        self.assertEqual(share.left_to_win, 0.0)
        self.assertEqual(share.level, "over")

    def test_first_and_last_day_of_the_year_count_and_their_neighbours_do_not(self):
        estimate = self._estimate(1000.0, self.lamps)
        for day, amount in (
            ("2024-12-31", 250.0),
            ("2025-01-01", 251.0),
            ("2025-12-31", 252.0),
            ("2026-01-01", 252.0),
        ):
            self._buy(self.firm, self.lamp, 1.0, day)
            self.assertEqual(self._ours(estimate), amount, day)

    def test_draft_invoice_does_not_count(self):
        estimate = self._estimate(1000.0, self.lamps)
        self._buy(self.firm, self.lamp, 40.0).button_draft()
        self.assertEqual(self._ours(estimate), 250.0)

    def test_newer_estimate_takes_the_place_of_the_older_and_the_older_stays(self):
        older = self._estimate(1000.0, self.lamps, date="2025-11-01")
        newer = self._estimate(500.0, self.lamps, date="2025-12-01")
        late = self._estimate(700.0, self.lamps, date="2025-10-01")
        other = self._estimate(90.0, self.small_lamps, date="2025-01-01")
        shares = self.env["crm.wallet.share"].search([("partner_id", "=", self.firm.id)])
        self.assertEqual(set(shares.ids), {newer.id, other.id})
        self.assertEqual((older | newer | late).mapped("is_in_force"), [False, True, False])
        corrected = self._estimate(550.0, self.lamps, date="2025-12-01")
        self.assertEqual(self._share(corrected).estimated_amount, 550.0)
        self.assertFalse(self._share(newer))

    def test_estimate_within_a_wider_one_is_marked(self):
        small = self._estimate(90.0, self.small_lamps)
        self.assertFalse(self._share(small).is_part)
        lamps = self._estimate(900.0, self.lamps)
        others = self._estimate(50.0, self.others)
        self.assertTrue(self._share(small).is_part)
        self.assertFalse((self._share(lamps) | self._share(others)).filtered("is_part"))
        everything = self._estimate(5000.0)
        self.assertTrue(self._share(others).is_part)
        self.assertFalse(self._share(everything).is_part)

    def test_shares_are_weighed_by_what_is_spent(self):
        self._estimate(900.0, self.lamps)
        self._estimate(100.0, self.others)
        [(share, left)] = self.env["crm.wallet.share"]._read_group(
            [("partner_id", "=", self.firm.id)], [], ["share:avg", "left_to_win:sum"]
        )
        self.assertEqual(share, 0.25)  # 250 of 1,000, and not half of 250 of 900
        self.assertEqual(left, 750.0)  # 650 + 100

    def test_most_left_to_win_comes_first(self):
        other = self._customer("Malee")
        mostly_ours = self._estimate(1000.0, self.lamps)
        not_ours = self._estimate(800.0, self.lamps, other)
        shares = self.env["crm.wallet.share"].search([("id", "in", (mostly_ours | not_ours).ids)])
        self.assertEqual(shares.ids, [not_ours.id, mostly_ours.id])  # 800, 750

    def test_orders_count_where_the_company_grades_by_orders(self):
        self.policy.basis = "ordered"
        euro = self.env.ref("base.EUR")
        euro.active = True
        rate = {"company_id": self.company.id, "currency_id": euro.id, "name": "2025-01-01"}
        self.env["res.currency.rate"].create({**rate, "rate": 0.5})
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id, "company_id": self.company.id}
        )
        estimate = self._estimate(1000.0)
        # the last moment of the year in Bangkok, and the first of the next
        self._order(self.firm, 30.0, "2025-12-31 16:30:00", pricelist_id=pricelist.id)
        self._order(self.firm, 5.0, "2025-12-31 17:30:00")
        self._order(self.contact, 7.0, "2024-12-31 17:30:00")
        self.assertEqual(self._ours(estimate), 67.0)  # 30 at two a euro, and 7
        action = self._share(estimate).action_view_lines()
        lines = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(sorted(lines.mapped("price_subtotal")), [7.0, 30.0])

    def test_invoice_in_another_currency_counts_in_ours(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        rate = {"company_id": self.company.id, "currency_id": euro.id, "name": "2025-01-01"}
        self.env["res.currency.rate"].create({**rate, "rate": 0.5})
        estimate = self._estimate(1000.0, self.lamps)
        self._buy(self.firm, self.lamp, 20.0, currency_id=euro.id)
        self.assertEqual(self._ours(estimate), 290.0)  # 250 and twice 20

    def test_lines_behind_our_amount_add_up_to_it(self):
        estimate = self._estimate(1000.0, self.lamps)
        action = self._share(estimate).action_view_lines()
        lines = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(-sum(lines.mapped("balance")), 250.0)

    def test_contact_has_the_wallet_of_his_firm(self):
        estimate = self._estimate(1000.0, partner=self.contact)
        self.assertEqual(estimate.partner_id, self.firm)
        action = self.contact.action_view_wallet()
        self.assertEqual(self.env["crm.wallet.share"].search(action["domain"]).ids, estimate.ids)

    def test_impossible_amount_is_refused(self):
        for amount, error in (
            (0.0, IntegrityError),
            (-5.0, IntegrityError),
            (1e13, IntegrityError),
            (float("nan"), ValidationError),
            (float("inf"), ValidationError),
        ):
            with (
                self.subTest(amount=amount),
                mute_logger("odoo.sql_db"),
                self.assertRaises(error),
            ):
                self._estimate(amount)
        result = self.env["crm.wallet.estimate"].load(
            ["partner_id/.id", "amount"], [[str(self.firm.id), "-5"]]
        )
        self.assertIn("lies above 0", result["messages"][0]["message"])

    def test_estimate_of_a_day_to_come_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "today or earlier"):
            self._estimate(10.0, date=date(2999, 1, 1))

    def test_estimate_is_never_changed_or_deleted(self):
        estimate = self._estimate(1000.0)
        with self.assertRaises(UserError):
            estimate.amount = 5.0
        with self.assertRaises(UserError):
            estimate.unlink()

    def test_who_enters_an_estimate_is_not_chosen(self):
        estimate = self._estimate(1000.0, user_id=self.env.ref("base.user_root").id)
        self.assertEqual(estimate.user_id, self.env.user)

    def test_seller_sees_whom_to_win_first_but_no_amount_of_ours(self):
        seller = new_test_user(
            self.env,
            "wallet_seller",
            "sales_team.group_sale_salesman",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        other = self._customer("Malee")
        first = self._estimate(800.0, self.lamps, other)
        second = self._estimate(1000.0, self.lamps)
        Share = self.env["crm.wallet.share"].with_user(seller)
        shares = Share.search([("id", "in", (first | second).ids)])
        self.assertEqual(shares.ids, [first.id, second.id])
        self.assertEqual(shares.mapped("estimated_amount"), [800.0, 1000.0])
        self.assertEqual(shares.mapped("level"), ["none", "part"])
        for name in ("our_amount", "left_to_win", "share"):
            with self.assertRaises(AccessError):
                shares.mapped(name)
            with self.assertRaises(AccessError):
                Share.search([], order=name)
            with self.assertRaises(AccessError):
                Share.search([(name, ">", 0)])
            with self.assertRaises(AccessError):
                Share._read_group([], [], [f"{name}:{'avg' if name == 'share' else 'sum'}"])
        entered = self.env["crm.wallet.estimate"].with_user(seller)
        entered.create({"partner_id": other.id, "amount": 5.0, "date": "2025-12-02"})

    def test_another_company_has_its_own_wallet(self):
        there = self.setup_other_company(name="There")["company"]
        self.env["crm.value.policy"]._of_company(there).reference_date = "2025-12-31"
        here = self._estimate(1000.0)
        estimate = self._estimate(300.0, company_id=there.id)
        self.assertTrue(here.is_in_force)
        share = self._share(estimate)
        self.assertEqual(share.our_amount, 0.0)
        self.assertEqual(share.company_id, there)
        alone = self.env["crm.wallet.share"].with_context(allowed_company_ids=there.ids)
        self.assertEqual(alone.search([("partner_id", "=", self.firm.id)]).ids, estimate.ids)

    def test_merged_customers_keep_all_estimates(self):
        twin = self._customer("Somchai Limited", is_company=True)
        older = self._estimate(100.0, self.lamps, twin, date="2025-01-01")
        newer = self._estimate(1000.0, self.lamps)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((twin | self.firm).ids, self.firm)
        self.env.invalidate_all()
        self.assertEqual((older | newer).partner_id, self.firm)
        self.assertEqual((older | newer).mapped("is_in_force"), [False, True])

    def test_personal_data_lists_the_estimates(self):
        entries = {entry.model: entry for entry in self.env["res.partner"]._personal_data_models()}
        self.assertLess({"amount", "note", "source"}, set(entries["crm.wallet.estimate"].exported))
        self.assertEqual(entries["crm.wallet.estimate"].replaced, {"note": None})
