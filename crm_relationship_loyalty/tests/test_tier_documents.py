"""The documents behind a value add up to it, whatever counts and whoever brings it."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_tier import TierCommon

TODAY = "2026-06-15"


@tagged("post_install", "-at_install")
class TestTierDocuments(TierCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = new_test_user(
            cls.env,
            "reader",
            "crm_relationship.group_relationship_manager,account.group_account_readonly"
            ",sales_team.group_sale_manager",
        )
        cls.startClassPatcher(freeze_time(f"{TODAY} 05:00:00"))

    def _listed(self, place, user=None):
        """Return the documents that the button lists, and the sum below them."""
        action = place.with_user(user or self.reader).action_view_documents()
        Model = self.env[action["res_model"]].with_user(user or self.reader)
        found = Model.with_context(**action["context"]).search(action["domain"])
        return found, round(sum(found.mapped("tier_value")), 2)

    def _assert_adds_up(self, ladder, value, documents, partner=None):
        ladder._evaluate()
        place = self._place(partner, ladder)
        self.assertEqual(place.qualifying_value, value)
        found, total = self._listed(place)
        self.assertEqual(total, value)
        self.assertEqual(found, documents)

    def test_invoices_and_credit_notes_of_the_window(self):
        self._invoice(self.customer, 700.0, "2025-06-15")  # a day too old
        first = self._invoice(self.customer, 700.0, "2025-06-16")
        second = self._invoice(self.customer, 500.0, TODAY)
        back = self._invoice(self.customer, 80.0, "2026-05-01", move_type="out_refund")
        self._invoice(self._customer("Other"), 900.0, TODAY)
        self._assert_adds_up(self.ladder, 1120.0, first | second | back)

    def test_another_currency_counts_at_the_rate_of_its_day(self):
        currency = self.setup_other_currency("EUR", rates=[("2025-01-01", 0.5)])
        invoice = self._invoice(self.customer, 100.0, TODAY, currency_id=currency.id)
        self._assert_adds_up(self.ladder, 200.0, invoice)

    def test_payments_count_with_the_share_that_was_paid(self):
        ladder = self._ladder(metric="paid", window="year")
        invoice = self._invoice(self.customer, 1000.0, "2025-12-01")
        for day, amount in (("2025-12-30", 100.0), ("2026-01-02", 333.33)):
            wizard = self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=invoice.ids
            )
            wizard.create({"payment_date": day, "amount": amount}).action_create_payments()
        self._invoice(self.customer, 50.0, TODAY)  # not paid
        self._assert_adds_up(ladder, 333.33, invoice)

    def test_orders_count_on_the_day_of_the_company(self):
        ladder = self._ladder(metric="ordered", window="year")
        # in Bangkok 00:30 of 1 January
        order = self._order(self.customer, 400.0, "2025-12-31 17:30:00")
        self._order(self.customer, 600.0, "2025-12-31 16:30:00")
        self._assert_adds_up(ladder, 400.0, order)

    def test_points_are_listed_by_the_rows_that_brought_them(self):
        ladder = self._ladder(metric="points", published_on="2020-01-01")
        self._sale(2500.0)
        row = self.History.search([("card_id", "=", self._card_of().id), ("kind", "=", "earn")])
        self._assert_adds_up(ladder, 250.0, row)
        self.assertFalse(row.with_context(loyalty_ladder_id=ladder.id).tier_value_currency_id)

    def test_a_firm_counts_with_its_contacts_and_a_person_alone(self):
        own = self._ladder(scope="person")
        firm = self._customer("Siam Trading", is_company=True)
        buyer = self._customer("Nok", parent_id=firm.id)
        of_firm = self._invoice(firm, 400.0, TODAY)
        of_buyer = self._invoice(buyer, 600.0, TODAY)
        self._assert_adds_up(self.ladder, 1000.0, of_firm | of_buyer, firm)
        self._assert_adds_up(own, 600.0, of_buyer, buyer)

    def test_a_household_is_listed_with_all_its_members(self):
        ladder = self._ladder(scope="household")
        wife = self._customer("Malee")
        self.env["crm.household"].create(
            {
                "name": "Jaidee",
                "member_ids": [
                    Command.create({"partner_id": self.customer.id}),
                    Command.create({"partner_id": wife.id}),
                ],
            }
        )
        invoices = self._invoice(self.customer, 400.0, TODAY) | self._invoice(wife, 600.0, TODAY)
        self._assert_adds_up(ladder, 1000.0, invoices)
        self._assert_adds_up(ladder, 1000.0, invoices, wife)

    def test_a_year_of_membership_begins_with_the_first_document(self):
        ladder = self._ladder(window="anniversary")
        self._invoice(self.customer, 300.0, "2024-06-10")
        # the third year is that of 10 June 2026
        self._invoice(self.customer, 500.0, "2026-06-09")
        invoice = self._invoice(self.customer, 200.0, "2026-06-10")
        self._assert_adds_up(ladder, 200.0, invoice)

    def test_a_move_lists_what_counted_on_its_day(self):
        first = self._invoice(self.customer, 700.0, "2025-06-16")
        second = self._invoice(self.customer, 500.0, "2026-01-10")
        self._invoice(self.customer, 90.0, TODAY)
        self._evaluate()
        change = self.Change.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(change.value, 1200.0)
        self.assertEqual(self._listed(change), (first | second, 1200.0))

    def test_who_may_not_see_amounts_or_documents_is_told_so(self):
        self._invoice(self.customer, 1000.0, TODAY)
        place = self._evaluate()
        with self.assertRaisesRegex(AccessError, "may not see"):
            place.with_user(self.salesman).action_view_documents()
        keeper = new_test_user(self.env, "keeper", "crm_relationship.group_relationship_manager")
        with self.assertRaisesRegex(UserError, "not for you to see"):
            place.with_user(keeper).action_view_documents()
        with self.assertRaises(AccessError):
            self.env["sale.order"].with_user(self.salesman).search([], limit=1).read(["tier_value"])

    def test_a_list_that_was_opened_for_nothing_counts_nothing(self):
        invoice = self._invoice(self.customer, 1000.0, TODAY)
        for ladder_id in (False, "x", 0, -1, 10**9):
            counted = invoice.with_context(loyalty_ladder_id=ladder_id, loyalty_to=TODAY)
            self.assertEqual(counted.tier_value, 0.0)
