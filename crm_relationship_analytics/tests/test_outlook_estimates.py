"""The estimates that were published on the CDNOW sample, and the slopes behind them.

``cdnow_sample.csv`` holds the 2,357 customers of the CDNOW sample (Fader and Hardie, "Forecasting
Repeat Sales at CDNOW", Interfaces 31, 2001; times in weeks) as the package ``lifetimes`` 0.11.3
ships them (MIT licence), equal rows counted.
"""

import csv
from collections import Counter
from math import exp, isfinite
from pathlib import Path
from unittest import TestCase

from odoo.tests import BaseCase, tagged

from ..logic import bg_nbd, gamma_gamma
from ..logic.forecast import Bought, Needs, back_test, customer_as_of, estimate
from ..logic.lifetime_value import ByModel, BySimpleFormula, Horizon
from ..logic.minimise import minimise

SAMPLE = Path(__file__).with_name("cdnow_sample.csv")
PUBLISHED_RATES = bg_nbd.Rates(0.243, 4.414, 0.793, 2.426)
PUBLISHED_SPREAD = gamma_gamma.Spread(6.25, 3.74, 15.44)


def sample():
    """Return the histories, each with its number of customers, and the spendings of customers."""
    histories, spendings = Counter(), []
    with SAMPLE.open(encoding="ascii") as lines:
        for row in csv.DictReader(lines):
            repeats, customers = int(row["repeats"]), int(row["customers"])
            history = bg_nbd.History(repeats, float(row["recency"]), float(row["age"]))
            histories[history] += customers
            if repeats:
                spending = gamma_gamma.Spending(repeats, float(row["average"]))
                spendings += [spending] * customers
    return histories, spendings


def slope(function, at, position):
    """Return a derivative by the difference of two values."""
    step = at[position] * 1e-6
    above, below = list(at), list(at)
    above[position] += step
    below[position] -= step
    return (function(above) - function(below)) / (2 * step)


@tagged("standard", "at_install")
class TestPublishedEstimates(BaseCase, TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.histories, cls.spendings = sample()
        cls.alike = bg_nbd._Histories(cls.histories)

    def test_sample_is_the_published_one(self):
        self.assertEqual(sum(self.histories.values()), 2357)
        self.assertEqual(len(self.spendings), 946)

    def test_rates_of_purchases_are_those_of_fader_hardie_and_lee(self):
        fit = bg_nbd.fit_counted(self.histories)
        self.assertTrue(fit.is_found)
        for found, published in zip(fit.rates, PUBLISHED_RATES, strict=True):
            self.assertAlmostEqual(found, published, places=3)
        self.assertAlmostEqual(fit.log_likelihood, -9582.4, places=1)

    def test_spread_of_spending_is_that_of_fader_and_hardie(self):
        fit = gamma_gamma.fit(self.spendings)
        self.assertTrue(fit.is_found)
        for found, published in zip(fit.spread, PUBLISHED_SPREAD, strict=True):
            self.assertAlmostEqual(found, published, delta=0.01)

    def test_search_that_begins_on_rounded_times_ends_on_the_same_rates(self):
        self.patch(bg_nbd, "FEW", 100)
        self.patch(gamma_gamma, "FEW", 100)
        rates = bg_nbd.fit_counted(self.histories).rates
        for found, published in zip(rates, PUBLISHED_RATES, strict=True):
            self.assertAlmostEqual(found, published, places=3)
        spread = gamma_gamma.fit(self.spendings).spread
        for found, published in zip(spread, PUBLISHED_SPREAD, strict=True):
            self.assertAlmostEqual(found, published, delta=0.01)

    def test_time_in_days_gives_the_same_rates(self):
        in_days = {
            bg_nbd.History(repeats, 7 * recency, 7 * age): customers
            for (repeats, recency, age), customers in self.histories.items()
        }
        rates = bg_nbd.fit_counted(in_days).rates
        self.assertAlmostEqual(rates.r, 0.243, places=3)
        self.assertAlmostEqual(rates.alpha, 7 * 4.4136, places=2)

    def test_slopes_of_purchases_are_those_of_the_likelihood(self):
        at = [0.7, 9.0, 0.4, 3.0]
        _value, slopes = bg_nbd.log_likelihood(self.alike, bg_nbd.Rates(*at))
        for position, found in enumerate(slopes):
            expected = slope(
                lambda point: bg_nbd.log_likelihood(self.alike, bg_nbd.Rates(*point))[0],
                at,
                position,
            )
            self.assertAlmostEqual(found / expected, 1, places=5)

    def test_slopes_of_spending_are_those_of_the_likelihood(self):
        at = [3.0, 2.0, 40.0]
        spendings = gamma_gamma._Spendings(self.spendings, rounded=False)
        _value, slopes = gamma_gamma.log_likelihood(spendings, gamma_gamma.Spread(*at))
        for position, found in enumerate(slopes):
            expected = slope(
                lambda point: gamma_gamma.log_likelihood(spendings, gamma_gamma.Spread(*point))[0],
                at,
                position,
            )
            self.assertAlmostEqual(found / expected, 1, places=5)

    def test_expected_purchases_of_a_customer_are_the_published_ones(self):
        # the first customer, in the 39 weeks after the sample
        history = bg_nbd.History(2, 30.43, 38.86)
        found = bg_nbd.expected_purchases(PUBLISHED_RATES, history, 39)
        self.assertAlmostEqual(found, 1.226, places=3)

    def test_expected_purchases_are_the_integral_of_the_rate_over_a_short_time(self):
        # while nobody leaves (a is tiny) it is the NBD: (r + x) / (alpha + T) in a unit of time
        rates = bg_nbd.Rates(0.5, 10.0, 1e-9, 1.0)
        found = bg_nbd.expected_purchases(rates, bg_nbd.History(4, 15.0, 20.0), 3)
        self.assertAlmostEqual(found, 4.5 / 30 * 3, places=6)

    def test_rate_of_leaving_near_one_is_a_limit(self):
        history = bg_nbd.History(2, 30.0, 40.0)
        below, at, above = (
            bg_nbd.expected_purchases(bg_nbd.Rates(0.3, 4.0, a, 2.0), history, 52)
            for a in (1 - 1e-4, 1.0, 1 + 1e-4)
        )
        self.assertAlmostEqual(at, (below + above) / 2, places=5)

    def test_very_many_purchases_are_no_overflow(self):
        histories = {bg_nbd.History(900, 10, 3000): 1, bg_nbd.History(1, 5, 3000): 5}
        at = bg_nbd.Rates(1.0, 0.01, 1.0, 1.0)
        value, slopes = bg_nbd.log_likelihood(bg_nbd._Histories(histories), at)
        self.assertTrue(isfinite(value))
        self.assertEqual(bg_nbd.alive_probability(at, bg_nbd.History(900, 10, 3000)), 0)
        self.assertTrue(all(abs(one) < 1e6 for one in slopes))


@tagged("standard", "at_install")
class TestWays(BaseCase, TestCase):
    """Which way is taken, and what it gives."""

    needs = Needs(customers=3, repeaters=2)

    def _estimate(self, days, spent=None):
        bought = [Bought(of_one, float(spent or len(of_one)), 0.0) for of_one in days]
        customers = [customer_as_of(one, 730, one.spent) for one in bought]
        return estimate(customers, days, 730, self.needs)

    def test_nobody_is_too_few(self):
        self.assertEqual(self._estimate([]).problem, "few_customers")

    def test_few_customers_are_forecast_by_the_simple_formula(self):
        found = self._estimate([[1, 400], [20]])
        self.assertEqual(found.problem, "few_customers")
        self.assertIs(found.way, found.simple)

    def test_customers_who_do_not_come_again_are_forecast_by_the_simple_formula(self):
        self.assertEqual(self._estimate([[1, 400], [20], [30]]).problem, "few_repeaters")

    def test_purchases_without_any_difference_have_no_rates(self):
        # all alike: the spread of rates runs to nothing, there is no greatest likelihood
        days = [[700 + gap for gap in range(0, 30, 3)] for _customer in range(40)]
        found = self._estimate(days)
        self.assertEqual(found.problem, "not_found")
        self.assertIs(found.way, found.simple)

    def test_a_function_without_minimum_is_not_found(self):
        found = minimise(lambda point: (exp(-point[0]) - point[0], [-exp(-point[0]) - 1]), [0.0])
        self.assertFalse(found.is_found)

    def test_a_narrow_valley_is_walked_to_its_end(self):
        # Rosenbrock's function, least at (1, 1)
        def valley(point):
            x, y = point
            return (
                (1 - x) ** 2 + 100 * (y - x * x) ** 2,
                [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)],
            )

        found = minimise(valley, [-1.2, 1.0])
        self.assertTrue(found.is_found)
        self.assertAlmostEqual(found.point[0], 1, places=5)
        self.assertAlmostEqual(found.point[1], 1, places=5)

    def test_lifetime_value_discounts_each_quarter_in_its_middle(self):
        # the NBD without leaving: (r + x) / (alpha + T) = 0.1 a day in each quarter
        rates = bg_nbd.Rates(1.0, 10.0, 1e-9, 1.0)
        way = ByModel(rates, gamma_gamma.Spread(6.0, 4.0, 15.0), as_of=30)
        customer = customer_as_of(Bought([0, 10, 20, 30], 80.0, 0.0), 30, 80.0)
        prospect = way.prospect(customer, Horizon(6, 0.21))
        a_quarter = 0.1 * 91.25
        self.assertAlmostEqual(prospect.next_quarter, a_quarter, places=4)
        self.assertAlmostEqual(prospect.next_year, 4 * a_quarter, places=4)
        discounted = a_quarter * (1.21**-0.125 + 1.21**-0.375)
        self.assertAlmostEqual(prospect.discounted, discounted, places=4)
        self.assertAlmostEqual(prospect.spend, 6 * (15 + 80) / (24 + 3))

    def test_spending_that_was_taken_back_counts_as_nothing(self):
        customer = customer_as_of(Bought([0], -5.0, 0.0), 30, -5.0)
        self.assertEqual(BySimpleFormula(0.5, 365).spend(customer), 0)

    def test_back_test_compares_with_what_came(self):
        # as of day 730 two customers are known; in the 90 days after, 2 and 0 purchases came
        bought = [
            Bought([100, 300, 500, 700, 750, 800], 70.0, 40.0),
            Bought([300, 600], 20.0, 20.0),
            Bought([740], 9.0, 0.0),
        ]
        tested = back_test(bought, 820, 90, self.needs)
        self.assertEqual((tested.customers, tested.came), (2, 2))
        self.assertEqual(tested.problem, "few_customers")
        # both of the two of the first year came again: 2 and 1 purchases a year, 100 % stay
        forecasts = (2 * 90 / 365, 1 * 90 / 365)
        off = (forecasts[0] - 2, forecasts[1])
        self.assertAlmostEqual(tested.simple.mean_absolute, (abs(off[0]) + off[1]) / 2)
        self.assertAlmostEqual(tested.simple.bias, sum(off) / 2)
        # 10 at a time was expected of the first, and 15 at a time came
        self.assertAlmostEqual(tested.simple_spend.mean_absolute, 5)
