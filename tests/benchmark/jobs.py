"""The jobs of the benchmark and their goals; each runs in a process of its own inside Odoo."""

import json
import os
import statistics
import subprocess
from pathlib import Path

from goals import Result

from environment import Problem

HERE = Path(__file__).resolve().parent
ADDON = "crm_relationship"
INSTALLATIONS = 3
LEAST_CUSTOMERS = 100_000
ORDERS_OF_CUSTOMER = 10
EXPIRING_LOTS = 1_000_000
# job, what it is, its name and its yardstick's in refreshing.py, and the greatest ratio wanted
REFRESHES = (
    ("P1", "full refresh, a tenth of the customers changed", "nightly", "yardstick", 1.5),
    ("P1", "full refresh, every row is written again", "every row", "yardstick", 1.5),
    ("P1", "first refresh, with the first history", "first", "yardstick", 1.5),
    ("P2", "incremental, 1 % changed, to full", "incremental", "full", 0.3),
    ("P2", "incremental, nothing changed, to full", "nothing", "full", 0.12),
)


MOST_MILLISECONDS = {
    ("timeline", "200 events"): 3,
    ("timeline", "the largest customer"): 10,
    ("timeline", "50,000 events"): 300,
}
MOST_QUERIES = 12  # of a card


class Jobs:
    """What is measured on the company of one size."""

    def __init__(self, environment, companies, customers: int, rounds: int):
        self.environment = environment
        self.companies = companies
        self.customers = customers
        self.rounds = rounds

    def refreshing(self) -> list[Result]:
        """P1 and P2: grading everybody, and only after what has changed."""
        medians = self._run("refreshing.py", self.rounds)
        seconds = {name: wall if cpu is None else cpu for name, (cpu, wall) in medians.items()}
        return [
            Result(job, what, seconds[name], seconds[yardstick], self._goal(goal))
            for job, what, name, yardstick, goal in REFRESHES
        ]

    def contributing(self) -> list[Result]:
        """B7: grading with contributions, to the bare statement of the same measures."""
        medians = self._run(
            "contributing.py", self.rounds, database=self.companies.with_analytics(self.customers)
        )
        seconds = {name: _seconds(cost) for name, cost in medians.items()}
        return [
            Result("B7", f"contributions, {what}", seconds[name], seconds[yardstick])
            for _job, what, name, yardstick, _goal in REFRESHES
        ]

    def journeying(self) -> list[Result]:
        """B13: the journeys of all customers, to a bare statement of their orders; the screens."""
        costs = self._run_on_copy(self.companies.with_analytics(self.customers), "journeying.py")
        customers = costs.pop("customers")
        seconds = {name: _seconds(cost) for name, cost in costs.items()}
        what = f"journeys of {customers:,}"
        return [
            Result(
                "B13", f"{what}, first, to the bare statement", seconds["first"], seconds["bare"]
            ),
            Result("B13", f"{what}, again, nothing changed", seconds["again"], seconds["bare"]),
            Result("B13", "line of a customer", seconds["line"]),
            Result("B13", "list of 80 journeys", seconds["list"], None, 2, "s", False),
            Result("B13", "funnel", seconds["funnel"], None, 2, "s", False),
        ]

    def targeting(self) -> list[Result]:
        """B11: measuring fifty targets, to the bare statements of their metrics."""
        source = self.companies.with_analytics(self.customers)
        costs = self._run_on_copy(source, "targeting.py")
        measuring = _seconds(costs["measuring"])
        bare = {metric: _seconds(cost) for metric, cost in costs["bare"].items()}
        what = f"measuring {costs['targets']} targets, {self.customers:,} customers"
        return [
            Result("B11", f"{what}, to the bare statements", measuring, sum(bare.values())),
            Result("B11", f"{what}, again", _seconds(costs["again"]), sum(bare.values())),
            *(
                Result("B11", f"bare statement, {metric.replace('_', ' ')}", seconds)
                for metric, seconds in bare.items()
            ),
        ]

    def supplying(self) -> list[Result]:
        """B12: supply against demand and the sales forecast, each to its bare statement."""
        source = self.companies.with_analytics(self.customers)
        costs = self._run_on_copy(source, "supplying.py")
        rows = costs.pop("gaps, rows")
        seconds = {name: _seconds(cost) for name, cost in costs.items()}
        what = f"gaps of 2,000 products, {rows:,} rows"
        gaps, forecast = seconds["gaps, bare"], seconds["forecast, bare"]
        return [
            Result("B12", f"{what}, first", seconds["gaps, first"], gaps),
            Result("B12", f"{what}, nothing changed", seconds["gaps, again"], gaps),
            Result("B12", "gaps of one product", seconds["gaps, one product"], gaps),
            Result("B12", "customers of a gap", seconds["gaps, list of customers"], gaps),
            Result("B12", "forecast, first, with back-tests", seconds["forecast, first"], forecast),
            Result("B12", "forecast, nothing changed", seconds["forecast, again"], forecast),
        ]

    def crediting(self) -> list[Result]:
        """B10: what twenty plans to all customers have brought, to a bare statement of the same."""
        source = self.companies.with_analytics(self.customers)
        costs = self._run_on_copy(source, "crediting.py")
        bare = _seconds(costs["bare"])
        what = f"effects of 20 plans, {costs['touches']:,} touches"
        return [
            Result("B10", f"{what}, first", _seconds(costs["first"]), bare),
            Result("B10", f"{what}, again", _seconds(costs["again"]), bare),
            Result("B10", "list behind one plan", _seconds(costs["list"])),
            Result("B10", f"{what}, memory", costs["memory"], unit="MB"),
        ]

    def _goal(self, ratio: float) -> float | None:
        """Return a goal for grading; a small company's run is mostly what each run costs."""
        return ratio if self.customers >= LEAST_CUSTOMERS else None

    def remembering(self) -> list[Result]:
        """P4: memory."""
        growth = self._run("remembering.py")
        return [Result("P4", "memory, first refresh", growth, None, 64, "MB", goal_is_ratio=False)]

    def waiting(self) -> list[Result]:
        """P5: a user who writes contacts meanwhile. Raises Problem when an update is lost."""
        waits = self._run("waiting.py")
        if waits["lost"]:
            raise Problem(
                f"{waits['lost']} updates of contacts were lost while customers were graded."
            )
        return [
            _result_of_waits("longest wait, to without refresh", waits, "maximum", 50),
            _result_of_waits("wait, 99th percentile", waits, "percentile"),
        ]

    def finding(self) -> list[Result]:
        """P6: finding a customer by any key, to core's search by name."""
        costs = self._run("finding.py")
        results = []
        for kind, cost in costs.items():
            goal = self._goal(_most_milliseconds(kind, self.customers))
            results += [
                Result("P6", f"{kind}, SQL", cost["sql"], None, goal, "ms", goal_is_ratio=False),
                Result(
                    "P6",
                    f"{kind}, to core's search",
                    cost["whole"],
                    cost["core"],
                    self._goal(0.1),
                    "ms",
                ),
            ]
        return results

    def seeing(self) -> list[Result]:
        """P7: the timeline and the card of a customer, with much history and with little."""
        costs = self._run_on_copy(self._database(), "seeing.py")
        results = []
        for customer, screens in costs.items():
            for screen, (in_sql, whole, queries) in screens.items():
                what = f"{screen}, {customer}"
                goal = MOST_MILLISECONDS.get((screen, customer))
                results += [
                    Result("P7", f"{what}, SQL", in_sql, None, goal, "ms", goal_is_ratio=False),
                    Result("P7", f"{what}, whole", whole, None, None, "ms"),
                ]
                if screen == "card":
                    results.append(
                        Result("P7", what, queries, None, MOST_QUERIES, "queries", False)
                    )
        return results

    def installing(self) -> list[Result]:
        """P12: installing the addon on this company, to installing it on a new database."""
        sources = {size: self.companies.without_addon(size) for size in (self.customers, 0)}
        costs = {size: [] for size in sources}
        for _time in range(INSTALLATIONS):
            for size, source in sources.items():
                costs[size].append(self._run_on_copy(source, "installing.py", ADDON))
        (cpu, wall), (empty_cpu, empty_wall) = (
            map(statistics.median, zip(*of_size, strict=True)) for of_size in costs.values()
        )
        what = "installing, to a database without customers"
        return [
            Result("P12", what, cpu, empty_cpu, 1.3),
            Result("P12", f"{what}, by the clock", wall, empty_wall),
        ]

    def screens(self) -> list[Result]:
        """P13: contacts with our columns and without."""
        costs = self._run("screens.py")
        return [
            *_results_of_screen("list of 80 contacts", **costs["list"]),
            *_results_of_screen("form of a contact", **costs["form"]),
        ]

    def issuing(self) -> list[Result]:
        """B1: a number for every customer, to the bare insertion of the rows."""
        costs = self._run_on_copy(self._database(), "issuing.py")
        bare = _seconds(costs["bare"])
        goal = self._goal(60)
        return [
            Result("B1", f"issuing to all, {what}", _seconds(costs[name]), bare, limit, "s", False)
            for what, name, limit in (
                ("to inserting ready rows", "plain", goal),
                ("number is the barcode", "mirror", goal),
                ("nobody lacks one", "again", None),
            )
        ]

    def comparing(self) -> list[Result]:
        """B2: the search for duplicates, and the same search once more."""
        costs = self._run_on_copy(self._database(), "comparing.py")
        what = f"duplicates, {costs['pairs']:,} pairs found"
        first, again = _seconds(costs["first"]), _seconds(costs["again"])
        return [
            Result("B2", what, first, None, self._goal(60), goal_is_ratio=False),
            Result("B2", "duplicates, nothing new, to the first search", again, first),
        ]

    def permitting(self) -> list[Result]:
        """B3: asking the gate, for a thousand customers and for all of them."""
        costs = self._run_on_copy(self._database(), "permitting.py")
        thousand, everybody = _seconds(costs["thousand"]), _seconds(costs["all"])
        return [
            Result("B3", "gate, a thousand customers", thousand),
            Result("B3", "gate, all customers, to a thousand", everybody, thousand),
        ]

    def touching(self) -> list[Result]:
        """B4: a step of a plan to all customers: enrolling them, and sending it."""
        costs = self._run_on_copy(self._database(), "touching.py")
        enrolling = _seconds(costs["enrolling"])
        what = f"{costs['customers']:,} customers"
        mails, sending = f"{costs['mails']:,} e-mails", _seconds(costs["job"])
        return [
            Result("B4", f"enrolling {what}", enrolling),
            Result("B4", "enrolling again, nobody is new", _seconds(costs["again"]), enrolling),
            Result(
                "B4",
                "sending an SMS to a thousand, gate and log included",
                _seconds(costs["batch"]),
            ),
            Result("B4", f"sending {mails} by the job", sending),
            Result("B4", f"sending {mails}, in a second", costs["mails"] / sending, unit="e-mails"),
            Result("B4", "memory, enrolling and sending", costs["memory"], unit="MB"),
        ]

    def confirming(self) -> list[Result]:
        """P8: confirming an order of ten lines, to core's loyalty without our addons."""
        core = self._run_on_copy(self.companies.core_of_loyalty(), "confirming.py")
        ours = self._run_on_copy(self.companies.with_loyalty(), "confirming.py")
        results = []
        for what, (cpu, wall, queries) in ours.items():
            most = 2 if what == "0 programs" else 10
            of_core = core[", ".join(what.split(", ")[:2])]  # which has no tiers
            seconds = [_seconds(cost) for cost in ((cpu, wall), of_core[:2])]
            results += [
                Result("P8", f"confirming with {what}", *seconds, 1.08),
                Result(
                    "P8",
                    f"confirming with {what}, more queries",
                    queries - of_core[2],
                    None,
                    most,
                    "queries",
                    goal_is_ratio=False,
                ),
            ]
        return results

    def opening_and_evaluating(self) -> list[Result]:
        """P9: points and tiers of many at once."""
        return [*self.opening(), *self.evaluating()]

    def opening(self) -> list[Result]:
        """P9: a million points posted at installation, to one card after the other."""
        costs = self._run_on_copy(self.companies.with_loyalty(), "opening.py")
        one_by_one = _seconds(costs["one by one"]) / costs["sample"] * costs["cards"]
        what = f"opening {costs['cards']:,} cards, to card by card"
        return [Result("P9", what, _seconds(costs["all"]), one_by_one, 0.05)]

    def evaluating(self) -> list[Result]:
        """P9: the tiers of all customers, to one customer after the other by the ORM."""
        source = self.companies.with_loyalty()
        costs = self._run_on_copy(source, "evaluating.py", self.customers)
        first, again, full = (_seconds(costs[name]) for name in ("first", "again", "full"))
        one_by_one = _seconds(costs["one by one"]) / costs["sample"] * self.customers
        what = f"tiers of {self.customers:,}"
        return [
            Result("P9", f"{what}, first with history, to one by one", first, one_by_one, 0.05),
            Result("P9", f"{what}, nothing changed, to one by one", again, one_by_one, 0.05),
            Result("P9", f"{what}, 1 % changed, to all", _seconds(costs["changed"]), full, 0.3),
            Result("P9", f"{what}, memory", costs["memory"], None, 64, "MB", goal_is_ratio=False),
            Result(
                "P9", f"{what}, 24 months simulated, to all", _seconds(costs["simulated"]), full, 2
            ),
            Result(
                "P9",
                f"{what}, simulated, memory",
                costs["simulating memory"],
                None,
                64,
                "MB",
                goal_is_ratio=False,
            ),
        ]

    def pairing(self) -> list[Result]:
        """P10: what is bought together, to a bare statement and to a library."""
        source, orders = self.companies.with_loyalty(), ORDERS_OF_CUSTOMER * self.customers
        costs = self._run_on_copy(source, "pairing.py", orders)
        full, bare = _seconds(costs["full"]), _seconds(costs["bare"])
        what = f"{costs['pairs']:,} pairs of {orders:,} orders"
        return [
            Result("P10", f"{what}, to the bare statement", full, bare, 1.3),
            Result("P10", f"{what}, to a library", full, _seconds(costs["library"]), 0.75),
            Result("P10", f"{what}, again", _seconds(costs["again"]), full),
            Result("P10", "1 % new orders added, to all", _seconds(costs["added"]), full, 0.08),
        ]

    def forecasting(self) -> list[Result]:
        """P11: the lifetime value of all customers, to the bare statement and to a library."""
        source = self.companies.with_analytics(self.customers)
        library = os.environ.get("CRM_BENCHMARK_LIFETIMES", "")
        costs = self._run_on_copy(source, "forecasting.py", *filter(None, [library]))
        seconds = {name: _seconds(cost) for name, cost in costs.items() if isinstance(cost, list)}
        whole = seconds["read"] + seconds["fit"] + seconds["predict"]
        what, bare = f"lifetime value of {costs['customers']:,}", seconds["bare"]
        return [
            Result("P11", f"{what}: read, fit, predict", whole, bare, self._goal(3.5)),
            Result("P11", f"{what}: read", seconds["read"], bare),
            Result("P11", f"{what}: fit", seconds["fit"], bare),
            Result("P11", f"{what}: predict", seconds["predict"], bare),
            Result("P11", "nightly run, first, with back-test", seconds["first"], bare),
            Result("P11", "nightly run, nothing changed", seconds["again"], bare),
            Result("P11", "memory, nightly run", costs["memory"], unit="MB"),
            *(
                [
                    Result(
                        "P11",
                        "fit of as many drawn at random, to lifetimes",
                        seconds["fit of purchases"],
                        seconds["library"],
                        self._goal(2.5),
                    )
                ]
                if library
                else []
            ),
        ]

    def expiring(self) -> list[Result]:
        """B5: points of a million lots that expire, to one card after the other."""
        costs = self._run_on_copy(self.companies.with_loyalty(), "expiring.py", EXPIRING_LOTS)
        job, sample = _seconds(costs["job"]), _seconds(costs["sample"])
        one_by_one = sample / costs["sample_lots"] * costs["lots"]
        what = f"expiring {costs['lots']:,} lots, to card by card"
        return [
            Result("B5", what, job, one_by_one, 0.05),
            Result("B5", "expiring again, nothing is due", _seconds(costs["again"]), job),
        ]

    def choosing(self) -> list[Result]:
        """B6: three offers of two hundred for a customer, in a request of its own."""
        costs = self._run_on_copy(self.companies.with_loyalty(), "choosing.py", self.customers)
        what = f"choosing among 200 offers, {self.customers:,} customers"
        return [
            Result("B6", what, costs["median"], None, 200, "ms", goal_is_ratio=False),
            Result("B6", f"{what}, 95th percentile", costs["percentile"], None, 200, "ms", False),
            Result("B6", f"{what}, by the clock", costs["clock"], unit="ms"),
            Result("B6", "choosing, the first after offers changed", costs["first"], unit="ms"),
            Result("B6", "choosing", costs["queries"], None, 10, "queries", False),
        ]

    def cohorting(self) -> list[Result]:
        """B9: the triangle of cohorts and the list of wallets, each to a bare statement."""
        costs = self._run_on_copy(self.companies.with_analytics(self.customers), "cohorting.py")
        seconds = {name: _seconds(costs[name]) for name in ("table", "cohorts", "list", "wallets")}
        what = f"wallets, {costs['estimates']:,} estimates"
        return [
            Result("B9", "table of cohorts", seconds["table"], seconds["cohorts"]),
            Result("B9", f"{what}, the most to win", seconds["list"], seconds["wallets"]),
            Result("B9", f"{what}, of one customer", 1000 * _seconds(costs["one"]), unit="ms"),
        ]

    def moving(self) -> list[Result]:
        """B8: customers let into twenty segments and out, to the bare SELECTs of their rules."""
        source = self.companies.with_analytics(self.customers)
        costs = self._run_on_copy(source, "moving.py")
        bare = _seconds(costs["bare"])
        what = f"20 segments, {costs['members']:,} members"
        return [
            Result("B8", f"{what}, first", _seconds(costs["first"]), bare),
            Result("B8", f"{what}, again", _seconds(costs["again"]), bare),
            Result("B8", f"{what}, 1 % changed", _seconds(costs["changed"]), bare),
            Result("B8", f"{what}, overlap of all pairs", _seconds(costs["overlap"]), bare),
            Result("B8", f"{what}, memory", costs["memory"], unit="MB"),
        ]

    def _run_on_copy(self, source: str, script: str, *arguments):
        """Run a program inside Odoo on a copy of a database, and throw the copy away."""
        name = f"{source}_copy"
        self.environment.clone_database(source, name)
        try:
            return self._run(script, *arguments, database=name)
        finally:
            self.environment.drop_database(name)

    def _run(self, script: str, *arguments, database: str = ""):
        """Run a program inside Odoo and return what it prints. Raises Problem when it fails."""
        config = self.environment.config_file(database or self._database())
        command = [self.environment.python, HERE / script, config, *arguments]
        done = subprocess.run(
            list(map(str, command)),
            env=self.environment.variables(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Problem(f"{script} failed:\n{done.stderr.strip()}")
        return json.loads(done.stdout.splitlines()[-1])

    def _database(self) -> str:
        return self.companies.with_addon(self.customers)


def _seconds(cost: list) -> float:
    """Return the processor's seconds of a measured cost when they are known, else the clock's."""
    cpu, wall = cost
    return wall if cpu is None else cpu


def _most_milliseconds(kind: str, customers: int) -> float:
    """Return the goal for a search by a kind of key, in the database."""
    if kind.startswith("member number"):
        return 1
    return 5 if customers <= LEAST_CUSTOMERS else 15


def _result_of_waits(what: str, waits: dict, figure: str, goal: float | None = None) -> Result:
    busy, quiet = waits["busy"][figure], waits["quiet"][figure]
    return Result("P5", what, busy, quiet, goal, "ms", goal_is_ratio=False)


def _results_of_screen(what: str, ours: list, without: list) -> list[Result]:
    (cpu, wall, queries), (core_cpu, core_wall, core_queries) = ours, without
    value, core = (wall, core_wall) if cpu is None else (cpu, core_cpu)
    more = queries - core_queries
    return [
        Result("P13", f"{what}, to without our fields", value, core, 1.3),
        Result("P13", f"{what}, more queries", more, None, 2, "queries", goal_is_ratio=False),
    ]


JOBS = {
    "P1": Jobs.refreshing,
    "P2": Jobs.refreshing,
    "P4": Jobs.remembering,
    "P5": Jobs.waiting,
    "P6": Jobs.finding,
    "P7": Jobs.seeing,
    "P8": Jobs.confirming,
    "P9": Jobs.opening_and_evaluating,
    "P10": Jobs.pairing,
    "P11": Jobs.forecasting,
    "P12": Jobs.installing,
    "P13": Jobs.screens,
    "B1": Jobs.issuing,
    "B2": Jobs.comparing,
    "B3": Jobs.permitting,
    "B4": Jobs.touching,
    "B5": Jobs.expiring,
    "B6": Jobs.choosing,
    "B7": Jobs.contributing,
    "B9": Jobs.cohorting,
    "B8": Jobs.moving,
    "B13": Jobs.journeying,
    "B11": Jobs.targeting,
    "B12": Jobs.supplying,
    "B10": Jobs.crediting,
}
