"""Runs the rules of a ladder over the months gone by, and writes only the result."""

from collections import defaultdict

from odoo.tools import SQL

from ..logic.simulation import Tally, direction, holdings, money_of, service_cost
from ..logic.tier import Floor
from .crm_loyalty_evaluation import Evaluation, Given
from .crm_loyalty_simulated_costs import SimulatedCosts

HOLDING_COLUMNS = {"partner_id": "int", "tier_rank": "int", "first": "date", "last": "date"}
PLACE_COLUMNS = {"partner_id": "int", "tier_rank": "int", "cents": "bigint"}


class SimulatedEvaluation(Evaluation):
    """The rules of a ladder as if they had been in force from a day on; it writes nothing."""

    def __init__(self, ladder, first, today):
        super().__init__(ladder, today)
        self.rules = self.rules._replace(start=first, end=None)

    def histories(self):
        """Yield ``[(customer's id, his history up to today)]``, some thousand at a time."""
        given = self._given(None)
        joined = self._joined(None)
        seen = set()
        for fetched in self._fetched(None):
            yield [
                (
                    partner_id,
                    self._history(
                        self._events(days, cents, documents),
                        joined.get(partner_id),
                        given.get(partner_id, ()),
                    ),
                )
                for partner_id, days, cents, documents, *_stored in fetched
            ]
            seen |= given.keys() & {row[0] for row in fetched}
        yield [
            (partner_id, self._history([], joined.get(partner_id), given[partner_id]))
            for partner_id in given.keys() - seen
        ]

    def _given(self, partner_ids):
        """Take over what was given by hand on the ladder that this one replaces."""
        today = self.ladder._ladder_today()
        if today == self.ladder:
            return super()._given(partner_ids)
        tiers = self.ladder._tiers()
        ranks = {tier: rank for rank, tier in enumerate(tiers, start=1)}
        by_partner = defaultdict(list)
        for one in self.env["crm.loyalty.floor"].search([("ladder_id", "=", today.id)]):
            heir = self.ladder._tier_for(one.tier_id)
            if heir and one.date_until >= one.date_from:
                floor = Floor(ranks[heir], one.date_from, one.date_until)
                by_partner[one.partner_id.id].append(Given(floor, one.reason, one.user_id.id))
        return by_partner


class Simulated:
    """One run of a simulation. What it reads once, it keeps in tables of this transaction."""

    def __init__(self, simulation):
        self.simulation = simulation
        self.env = simulation.env
        self.ladder = simulation.ladder_id
        self.company = simulation.company_id
        self.tiers = self.ladder._tiers()
        self.tally = Tally(simulation.date_from, simulation.date_to)
        self.costs = SimulatedCosts(simulation)
        self.cost_basis = self.costs.cost_basis

    @property
    def remarks(self):
        """Return the sentences that the reader of the result must know."""
        return self.costs.remarks

    def run(self):
        """Work everything out, and write it."""
        self._make_tables()
        self._read_histories()
        self._write_customers()
        self._write_lines()

    def _make_tables(self):
        self.env.cr.execute(
            """
            DROP TABLE IF EXISTS crm_simulated_holding, crm_simulated_place, crm_simulated_sale;
            CREATE TEMPORARY TABLE crm_simulated_holding (
                partner_id integer, tier_rank integer, first date, last date
            ) ON COMMIT DROP;
            CREATE TEMPORARY TABLE crm_simulated_place (
                partner_id integer, tier_rank integer, cents bigint
            ) ON COMMIT DROP
            """
        )

    def _read_histories(self):
        """Count members and moves, and keep who held which tier when, and where he is today."""
        today = self.simulation.date_to
        evaluation = SimulatedEvaluation(self.ladder, self.simulation.date_from, today)
        for histories in evaluation.histories():
            held, places = [], []
            for partner_id, found in histories:
                self.tally.add(found.moves)
                held += [(partner_id, *holding) for holding in holdings(found.moves, today)]
                position = found.position
                places.append((partner_id, position.rank, position.cents))
            self._keep("crm_simulated_holding", HOLDING_COLUMNS, held)
            self._keep("crm_simulated_place", PLACE_COLUMNS, places)
        self.env.cr.execute(
            """
            CREATE INDEX ON crm_simulated_holding (partner_id);
            ANALYZE crm_simulated_holding; ANALYZE crm_simulated_place
            """
        )

    def _keep(self, table, columns, rows):
        if rows:
            self.env.cr.execute(
                SQL(
                    "INSERT INTO %s SELECT * FROM UNNEST(%s)",
                    SQL.identifier(table),
                    Evaluation._arrays(columns, rows),
                )
            )

    def _write_customers(self):
        """Note where customers are today and where they would be, in one statement."""
        ladder_today = self.simulation.compared_id
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM crm_loyalty_simulation_customer WHERE simulation_id = %(simulation)s;
                INSERT INTO crm_loyalty_simulation_customer (
                    simulation_id, company_id, partner_id, from_tier_id, to_tier_id, to_rank,
                    direction, value, revenue_year, revenue
                )
                SELECT %(simulation)s, %(company)s, partner_id, held.tier_id,
                       (%(tiers)s::int[])[place.tier_rank], COALESCE(place.tier_rank, 0),
                       way.direction,
                       ROUND(COALESCE(place.cents, 0) / 10::numeric ^ %(digits)s, %(digits)s),
                       COALESCE(sold.year, 0), COALESCE(sold.period, 0)
                  FROM crm_simulated_place place
                  FULL JOIN (
                        SELECT partner_id, tier_id FROM crm_loyalty_membership
                         WHERE ladder_id = %(today)s AND tier_id IS NOT NULL
                       ) held USING (partner_id)
                  JOIN UNNEST(%(ways)s) way (tier_id, tier_rank, direction)
                    ON way.tier_id = COALESCE(held.tier_id, 0)
                   AND way.tier_rank = COALESCE(place.tier_rank, 0)
                  LEFT JOIN (%(revenue)s) sold USING (partner_id)
                 WHERE place.tier_rank > 0 OR held.tier_id IS NOT NULL
                 ORDER BY COALESCE(place.tier_rank, 0) DESC, sold.year DESC NULLS LAST, partner_id
                """,
                simulation=self.simulation.id,
                company=self.company.id,
                tiers=self.tiers.ids,
                digits=self.ladder._digits(),
                today=ladder_today.id or 0,
                ways=self._ways(ladder_today),
                revenue=self.costs.revenue_of_customers(),
            )
        )

    def _ways(self, ladder_today) -> SQL:
        """Return the arrays of: tier today (0 for none), simulated rank, which way that is."""
        rows = [(0, rank, direction(0, rank)) for rank in range(len(self.tiers) + 1)]
        for tier in ladder_today._tiers():
            before = max(1, self._rank_like(tier))
            rows += [
                (tier.id, rank, direction(before, rank)) for rank in range(len(self.tiers) + 1)
            ]
        return Evaluation._arrays({"tier": "int", "rank": "int", "direction": "varchar"}, rows)

    def _rank_like(self, tier):
        """Return the simulated rank that is the same as a tier of today."""
        if tier in self.tiers:
            return self.tiers.ids.index(tier.id) + 1
        heir = self.ladder._tier_for(tier)
        return self.tiers.ids.index(heir.id) + 1 if heir else 0

    def _write_lines(self):
        """Write a line for each month and tier, and for what was bought without a tier."""
        amounts = self.costs.amounts_by_month(self.tally)
        tiers = [self.tiers.browse(), *self.tiers]
        self.env["crm.loyalty.simulation.line"].create(
            [
                {
                    "simulation_id": self.simulation.id,
                    "month": month,
                    "tier_id": tier.id,
                    "tier_rank": rank,
                    "tier_name": tier.name,
                    **self._counts(month, rank),
                    **self._amounts(amounts[month, rank], month, rank),
                }
                for month, _end in self.tally.months
                for rank, tier in enumerate(tiers)
            ]
        )

    def _counts(self, month, rank):
        counts = self.tally.counts[month, rank]
        return {
            "members": counts.members,
            "entered": counts.entered,
            "left": counts.left,
            "risen": counts.risen,
            "fallen": counts.fallen,
            "entry_count": counts.entries,
        }

    def _amounts(self, amounts, month, rank):
        """Return the amounts of a line, each rounded once, so that they add up."""
        values = dict(amounts)
        if rank:
            days = self.tally.counts[month, rank].days
            yearly = self.tiers[rank - 1].benefit_cost
            values["service_cost"] = service_cost(yearly, days)
        digits = self.company.currency_id.decimal_places
        return values | money_of(values, digits)
