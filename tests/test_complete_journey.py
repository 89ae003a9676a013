"""The loading of real purchases, with rows written by hand: no package with data is needed."""

import datetime
import doctest
import importlib.machinery
import importlib.util
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest.mock import patch

from odoo.fields import Datetime
from odoo.tests import BaseCase, TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from complete_journey import __main__ as command
from complete_journey import bulk, external_ids, orders, proof, redemptions, rows
from complete_journey.journey_loader import JourneyLoader
from complete_journey.rows import Basket, Campaign, Household, Journey, Line, Product, Totals
from environment.progress import Problem

SETUP = Path(external_ids.__file__).parents[1]
SAUCE, FUEL, SALAD = 100, 200, 300
# Given by the loader, so that a recomputation puts the default of a new order there.
GIVEN = {
    *("validity_date", "user_id", "team_id"),
    *("price_unit", "discount", "technical_price_unit", "analytic_distribution"),
}


class Interrupted(Exception):
    """What happens to a process that is killed."""


def journey_of(households, baskets):
    return Journey(
        campaigns=[
            Campaign(8, "Type A", datetime.date(2017, 5, 8), datetime.date(2017, 6, 25)),
            Campaign(13, "Type B", datetime.date(2017, 8, 8), datetime.date(2017, 9, 24)),
        ],
        households=households,
        products=[
            Product(SAUCE, "Apple sauce, 50 oz", "GROCERY", "FRUIT - SHELF STABLE", 1.25),
            Product(FUEL, "Gasoline-reg unleaded", "FUEL", "", 0.0025),
            Product(SALAD, 'Salad, "chef", 1\t lb', "DELI", "SALADS/DIPS", 4.99),
        ],
        store_keys=[330, 406],
        totals=Totals.of(baskets),
        read_baskets=lambda: iter(baskets),
    )


def sample():
    """Return three households with four baskets worth 21.13 + 2.61 + 9.99 + 5.00 = 38.73 USD."""
    households = [
        Household(7, (("Age", "45-54"), ("Home ownership", "Homeowner")), (8, 13)),
        Household(8, (("Age", "65+"),), (13,)),
        Household(12),
    ]
    moment = Datetime.to_datetime
    baskets = [
        Basket(
            1001, 7, 330, moment("2017-01-05 10:00:01"), None,
            (Line(SAUCE, 3, 100), Line(FUEL, 8051, 2013)),
        ),
        Basket(
            1002, 7, 406, moment("2017-06-01 23:30:00"), 8,
            (Line(SALAD, 0, 261), Line(SAUCE, 2, 0)),
        ),
        Basket(1004, 12, 330, moment("2017-08-09 00:00:00"), None, (Line(SALAD, 7, 999),)),
        # ten in the evening of 31 December where the stores are
        Basket(1003, 8, 330, moment("2018-01-01 03:00:00"), None, (Line(SALAD, 1, 500),)),
    ]  # fmt: skip
    return journey_of(households, baskets)


@tagged("post_install", "-at_install")
class TestRows(BaseCase):
    def test_examples_in_the_code_hold(self):
        for module in (rows, redemptions, external_ids):
            self.assertEqual(doctest.testmod(module).failed, 0, module.__name__)

    def test_sample_has_the_totals_worked_out_by_hand(self):
        self.assertEqual(sample().totals, Totals(4, 6, 3873))

    def test_amounts_in_a_line_fit_into_one_cent(self):
        line = Line(FUEL, 89638, 25001)
        self.assertEqual(round(line.unit_price * line.quantity, 2), 250.01)

    def test_redemption_goes_to_the_basket_with_the_larger_coupon_discount(self):
        day, next_day = datetime.date(2017, 3, 1), datetime.date(2017, 3, 2)
        credited = redemptions.credited_campaigns(
            [redemptions.Redemption(5, 8, day), redemptions.Redemption(6, 9, day)],
            [
                redemptions.Candidate(73, 5, next_day, 900, 100),
                redemptions.Candidate(72, 5, day, 50, 100),
                redemptions.Candidate(71, 5, day, 50, 200),
                redemptions.Candidate(70, 5, day, 0, 300),
            ],
        )
        self.assertEqual(credited, {71: 8})


@tagged("post_install", "-at_install")
class TestOptions(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        loader = importlib.machinery.SourceFileLoader(
            "loader", str(SETUP / "load_complete_journey")
        )
        specification = importlib.util.spec_from_loader("loader", loader)
        cls.script = importlib.util.module_from_spec(specification)
        loader.exec_module(cls.script)

    def assert_refused(self, sentence, *arguments):
        with self.assertRaisesRegex(Problem, sentence):
            self.script.parse_arguments(list(arguments))

    def test_number_of_households_must_be_positive(self):
        for given in ("0", "-3", "many", "1.5", "", "²"):
            self.assert_refused(
                "a number from 1 to 2469", "--database", "x", f"--households={given}"
            )

    def test_exactly_one_amount_is_required(self):
        self.assert_refused("one of the arguments --households --all", "--database", "x")
        self.assert_refused("not allowed", "--database", "x", "--all", "--households", "5")

    def test_database_is_required(self):
        self.assert_refused("--database", "--all")
        self.assert_refused("--database is empty", "--database", "", "--all")

    def test_options_that_fit_are_accepted(self):
        options = self.script.parse_arguments(["--database", "x", "--households", "50"])
        self.assertEqual((options.households, options.all), (50, False))

    @mute_logger("odoo.sql_db")
    def test_missing_database_is_said_in_a_sentence(self):
        with self.assertRaisesRegex(Problem, "no_such_database cannot be opened .* create it"):
            command.check_database("no_such_database")


class JourneyCase(TransactionCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.currency_id = cls.env.ref("base.USD")
        cls.env.company.currency_id.active = True
        cls.journey = sample()

    def setUp(self):
        super().setUp()
        self.loader = JourneyLoader(self.env, self.env.flush_all)

    def load(self, journey=None, in_bulk=False):
        partner_ids = self.loader.load_purchases(journey or self.journey, in_bulk)
        self.env.flush_all()
        self.env.invalidate_all()
        return partner_ids

    @contextmanager
    def rolled_back(self):
        savepoint = self.env.cr.savepoint(flush=True)
        yield
        self.env.flush_all()
        self.env.invalidate_all()
        savepoint.close(rollback=True)
        self.env.registry.clear_cache()

    @property
    def orders(self):
        known = self.loader.external_ids.known("sale.order")
        return self.env["sale.order"].browse(sorted(known.values()))

    def contents(self, *left_out):
        """Return all rows that were loaded by their key, ids replaced by what they mean."""
        self.env.flush_all()
        found = {}
        for query in (self._order_rows(), self._line_rows(), self._product_rows()):
            found.update(self.env.execute_query(query))
        found.update(self.env.execute_query(self._partner_rows()))
        for row in found.values():
            for name in left_out:
                row.pop(name, None)
        return found

    def contents_without_ids(self):
        """Return the contents without what differs between two loadings of the same."""
        return self.contents("id", "create_date", "write_date")

    def _order_rows(self):
        return SQL(
            """
            SELECT data.name, to_jsonb(o) || jsonb_build_object(
                       'partner_id', partner.ref, 'partner_invoice_id', invoiced.ref,
                       'partner_shipping_id', shipped.ref, 'team_id', team.name,
                       'campaign_id', campaign.title)
              FROM sale_order o
              JOIN ir_model_data data
                ON data.module = 'complete_journey' AND data.model = 'sale.order'
               AND data.res_id = o.id
              JOIN res_partner partner ON partner.id = o.partner_id
              JOIN res_partner invoiced ON invoiced.id = o.partner_invoice_id
              JOIN res_partner shipped ON shipped.id = o.partner_shipping_id
         LEFT JOIN crm_team team ON team.id = o.team_id
         LEFT JOIN utm_campaign campaign ON campaign.id = o.campaign_id
            """
        )

    def _line_rows(self):
        return SQL(
            """
            SELECT data.name || ' line '
                       || row_number() OVER (PARTITION BY o.id ORDER BY line.sequence, line.id),
                   to_jsonb(line) || jsonb_build_object(
                       'order_id', o.name, 'order_partner_id', partner.ref,
                       'product_id', product.default_code)
              FROM sale_order_line line
              JOIN sale_order o ON o.id = line.order_id
              JOIN ir_model_data data
                ON data.module = 'complete_journey' AND data.model = 'sale.order'
               AND data.res_id = o.id
              JOIN res_partner partner ON partner.id = line.order_partner_id
              JOIN product_product product ON product.id = line.product_id
            """
        )

    def _product_rows(self):
        return SQL(
            """
            SELECT data.name, to_jsonb(template) || jsonb_build_object(
                       'categ_id', category.complete_name,
                       'variant', to_jsonb(product)
                           - '{id,product_tmpl_id,create_date,write_date}'::text[],
                       'taxes', (SELECT count(*) FROM product_taxes_rel
                                  WHERE prod_id = template.id))
              FROM product_product product
              JOIN ir_model_data data
                ON data.module = 'complete_journey' AND data.model = 'product.product'
               AND data.res_id = product.id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN product_category category ON category.id = template.categ_id
            """
        )

    def _partner_rows(self):
        return SQL(
            """
            SELECT partner.ref, jsonb_build_object(
                       'id', partner.id, 'name', partner.name,
                       'write_date', partner.write_date, 'tags', (
                       SELECT jsonb_agg(tag.name ->> 'en_US' ORDER BY tag.name ->> 'en_US')
                         FROM res_partner_res_partner_category_rel rel
                         JOIN res_partner_category tag ON tag.id = rel.category_id
                        WHERE rel.partner_id = partner.id))
              FROM res_partner partner
             WHERE partner.ref LIKE 'CJ-%%'
            """
        )


@tagged("post_install", "-at_install")
class TestOrders(JourneyCase):
    def test_orders_are_confirmed_at_their_real_moment(self):
        self.load()
        order = self.env.ref("complete_journey.basket_1003")
        self.assertEqual(order.state, "sale")
        self.assertEqual(str(order.date_order), "2018-01-01 03:00:00")
        self.assertEqual(order.partner_id.name, "Household 8")
        self.assertEqual(order.team_id.name, "Store 330")
        self.assertEqual((order.name, order.client_order_ref), ("CJ1003", "1003"))

    def test_amounts_are_those_worked_out_by_hand(self):
        for in_bulk in (False, True):
            with self.subTest(in_bulk=in_bulk), self.rolled_back():
                self.load(in_bulk=in_bulk)
                amounts = {order.name: order.amount_total for order in self.orders}
                expected = {"CJ1001": 21.13, "CJ1002": 2.61, "CJ1003": 5.0, "CJ1004": 9.99}
                self.assertEqual(amounts, expected)
                self.assertEqual(sum(self.orders.mapped("amount_tax")), 0)

    def test_line_without_quantity_is_one_unit_and_line_without_value_stays(self):
        self.load()
        lines = self.env.ref("complete_journey.basket_1002").order_line
        found = [(line.product_uom_qty, line.price_unit, line.price_subtotal) for line in lines]
        self.assertEqual(found, [(1.0, 2.61, 2.61), (2.0, 0.0, 0.0)])

    def test_bulk_writes_the_rows_that_the_orm_writes(self):
        with self.rolled_back():
            self.load(in_bulk=False)
            expected = self.contents_without_ids()
        self.load(in_bulk=True)
        self.assertEqual(len(expected), 4 + 6 + 3 + 3)
        self.assertEqual(self.contents_without_ids(), expected)

    def test_recomputing_after_bulk_changes_nothing(self):
        self.load(in_bulk=True)
        before = self.contents_without_ids()
        for records in (self.orders, self.orders.order_line):
            for name, field in records._fields.items():
                if field.store and field.compute and name not in GIVEN:
                    self.env.add_to_compute(field, records)
        self.assertEqual(self.contents_without_ids(), before)

    def test_lines_keep_their_order(self):
        self.load(in_bulk=True)
        lines = self.env.ref("complete_journey.basket_1001").order_line
        self.assertEqual(lines.product_id.mapped("default_code"), [str(SAUCE), str(FUEL)])

    def test_no_mail_message_or_follower_is_made(self):
        self.load()
        self.assertFalse(self.orders.message_ids)
        self.assertFalse(self.orders.message_follower_ids)


@tagged("post_install", "-at_install")
class TestMasterData(JourneyCase):
    def test_demographics_and_campaigns_are_tags(self):
        self.load()
        partner = self.env.ref("complete_journey.household_7")
        self.assertEqual(
            sorted(partner.category_id.mapped("display_name")),
            [
                "Age / 45-54",
                "Campaign / Campaign 13",
                "Campaign / Campaign 8",
                "Home ownership / Homeowner",
            ],
        )
        self.assertFalse(self.env.ref("complete_journey.household_12").category_id)

    def test_redemption_is_the_campaign_of_the_order(self):
        self.load()
        campaign = self.env.ref("complete_journey.basket_1002").campaign_id
        self.assertEqual(campaign.title, "Campaign 8 (Type A, 2017-05-08 to 2017-06-25)")
        self.assertEqual(campaign.tag_ids.mapped("name"), ["Type A"])

    def test_products_are_goods_without_taxes_in_the_category_of_their_department(self):
        for in_bulk in (False, True):
            with self.subTest(in_bulk=in_bulk), self.rolled_back():
                self._check_products(in_bulk)

    def _check_products(self, in_bulk):
        self.load(in_bulk=in_bulk)
        product = self.env.ref(f"complete_journey.product_{FUEL}")
        self.assertEqual((product.type, product.list_price), ("consu", 0.0025))
        self.assertFalse(product.taxes_id)
        sauce = self.env.ref(f"complete_journey.product_{SAUCE}")
        self.assertEqual(sauce.categ_id.complete_name, "Grocery / Fruit - shelf stable")


@tagged("post_install", "-at_install")
class TestRepetition(JourneyCase):
    def setUp(self):
        super().setUp()
        self.first = journey_of(
            self.journey.households[:1],
            [basket for basket in self.journey.read_baskets() if basket.household_key == 7],
        )

    def test_loading_again_changes_nothing(self):
        for in_bulk in (False, True):
            with self.subTest(in_bulk=in_bulk), self.rolled_back():
                self.load(in_bulk=in_bulk)
                before = self.contents()
                self.load(in_bulk=in_bulk)
                self.load(in_bulk=not in_bulk)
                self.assertEqual(self.contents(), before)

    def test_more_households_are_added_to_those_that_are_there(self):
        for in_bulk in (False, True):
            with self.subTest(in_bulk=in_bulk), self.rolled_back():
                self.load(self.first)
                before = self.contents()
                self.load(in_bulk=in_bulk)
                after = self.contents()
                self.assertEqual({key: after[key] for key in before}, before)
                self.assertEqual(len(self.orders), 4)

    def test_interrupted_loading_ends_the_same(self):
        for path, size in ((orders, "CONFIRMED_TOGETHER"), (bulk, "BASKETS_TOGETHER")):
            with self.subTest(path=path.__name__):
                self._interrupt_and_load_again(path, size)

    def _interrupt_and_load_again(self, path, size):
        in_bulk = path is bulk
        whole = self.env.cr.savepoint(flush=True)
        self.load(in_bulk=in_bulk)
        expected = self.contents_without_ids()
        self._undo(whole)
        attempt = self.env.cr.savepoint(flush=True)
        kept = KeptBatches(self.env)
        loader = JourneyLoader(self.env, kept.checkpoint)
        with patch.object(path, size, 1), dies_in_batch(path, 3), suppress(Interrupted):
            loader.load_purchases(self.journey, in_bulk)
        kept.lose_the_rest()
        self.assertEqual(len(self.orders), 2)
        self.load(in_bulk=in_bulk)
        self.assertEqual(self.contents_without_ids(), expected)
        self._undo(attempt)

    def _undo(self, savepoint):
        self.env.invalidate_all(flush=False)
        savepoint.close(rollback=True)
        self.env.registry.clear_cache()


class KeptBatches:
    """Keeps what a checkpoint has seen, and loses the rest, as a database does with a process."""

    def __init__(self, env):
        self.env = env
        self.savepoint = env.cr.savepoint(flush=True)

    def checkpoint(self):
        self.env.flush_all()
        self.savepoint.close(rollback=False)
        self.savepoint = self.env.cr.savepoint(flush=True)

    def lose_the_rest(self):
        self.env.invalidate_all(flush=False)
        self.savepoint.close(rollback=True)
        self.env.registry.clear_cache()


@contextmanager
def dies_in_batch(path, number):
    """Let the process die after it has written the orders of a batch, before they are kept."""
    name = "_insert_baskets" if path is bulk else "create"
    original, calls = getattr(path, name), []

    def write(*arguments):
        calls.append(1)
        result = original(*arguments)
        if len(calls) == number:
            raise Interrupted
        return result

    with patch.object(path, name, write):
        yield


@tagged("post_install", "-at_install")
class TestProof(JourneyCase):
    def test_equal_sums_pass(self):
        partner_ids = self.load()
        proof.prove(self.env, partner_ids, Totals(4, 6, 3873))

    def test_one_cent_less_is_noticed(self):
        partner_ids = self.load(in_bulk=True)
        with self.assertRaisesRegex(Problem, "the database holds 4 baskets, 6 lines, 38.73 USD"):
            proof.prove(self.env, partner_ids, Totals(4, 6, 3874))

    def test_cancelled_order_is_noticed(self):
        partner_ids = self.load()
        self.orders[0]._action_cancel()
        with self.assertRaisesRegex(Problem, "3 baskets, .* load the data into a new database"):
            proof.prove(self.env, partner_ids, self.journey.totals)

    def test_lines_that_differ_from_their_orders_are_noticed(self):
        partner_ids = self.load()
        self.env.cr.execute(
            SQL(
                "UPDATE sale_order_line SET price_subtotal = price_subtotal + 1 WHERE id = %s",
                self.orders[0].order_line[0].id,
            )
        )
        with self.assertRaisesRegex(Problem, "add up to 38.73 USD and their lines to 39.73 USD"):
            proof.prove(self.env, partner_ids, self.journey.totals)


@tagged("post_install", "-at_install")
class TestDatabase(JourneyCase):
    def test_company_in_another_currency_is_refused(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        company = self.env["res.company"].create({"name": "Abroad", "currency_id": euro.id})
        env = self.env["res.company"].with_company(company).env
        with self.assertRaisesRegex(Problem, "Abroad works in EUR: set the currency"):
            JourneyLoader(env, env.flush_all).check()

    def test_missing_addon_is_said_in_a_sentence(self):
        self.env["ir.module.module"]._get("crm_relationship").state = "uninstalled"
        with self.assertRaisesRegex(Problem, "crm_relationship is not installed .* install it"):
            self.loader.check()

    def test_database_that_fits_is_accepted(self):
        self.loader.check()


@tagged("post_install", "-at_install")
class TestGrades(JourneyCase):
    def test_customers_are_graded_by_the_whole_year(self):
        self.loader.load(self.journey, in_bulk=True)
        partners = [self.env.ref(f"complete_journey.household_{key}") for key in (7, 8, 12)]
        standings = self.env["crm.customer.standing"].search(
            [("partner_id", "in", [partner.id for partner in partners])]
        )
        revenue = {standing.partner_id: standing.revenue for standing in standings}
        self.assertEqual([revenue[partner] for partner in partners], [23.74, 5.0, 9.99])
        self.assertEqual(
            standings.filtered(lambda one: one.partner_id == partners[1]).last_date,
            datetime.date(2017, 12, 31),
        )

    def test_every_customer_has_a_member_number(self):
        self.loader.load(self.journey, in_bulk=False)
        for key in (7, 8, 12):
            self.assertTrue(self.env.ref(f"complete_journey.household_{key}").member_number)

    def test_grading_again_changes_nothing(self):
        table = self.loader.load(self.journey, in_bulk=False)
        before = self._standing_rows()
        self.assertEqual(self.loader.load(self.journey, in_bulk=False), table)
        self.assertEqual(self._standing_rows(), before)

    def test_table_adds_up(self):
        table = self.loader.load(self.journey, in_bulk=False)
        standings = self.env["crm.customer.standing"].search(
            [("company_id", "=", self.env.company.id)]
        )
        self.assertEqual(sum(row.customers for row in table), len(standings))
        self.assertAlmostEqual(sum(row.share for row in table), 1.0)

    def _standing_rows(self):
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT (SELECT jsonb_agg(to_jsonb(one) ORDER BY id) FROM crm_customer_standing one),
                       (SELECT jsonb_agg(to_jsonb(one) ORDER BY id) FROM crm_member_number one),
                       (SELECT count(*) FROM crm_value_grade_change)
                """
            )
        )
