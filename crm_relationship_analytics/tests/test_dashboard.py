import json
import re
from collections import Counter
from statistics import median

from lxml import etree

from odoo.fields import Domain
from odoo.tests import new_test_user, tagged

from odoo.addons.spreadsheet.utils.validate_data import (
    fields_in_spreadsheet,
    menus_xml_ids_in_spreadsheet,
    odoo_charts,
)

from .journey_common import JourneyCommon

# Measures that are no sums: how the records of the list that a cell opens make its figure.
WORKED_OUT = {
    "service_cost_per_order:avg": lambda rows: (
        sum(rows.mapped("service_cost")) / (sum(rows.mapped("order_count")) or 1)
    ),
    "conversion:avg": lambda rows: (
        sum(rows.mapped("reached")) / (len(rows.filtered(lambda row: row.state != "skipped")) or 1)
    ),
    "median_days:avg": lambda rows: median(rows.filtered("date").mapped("days") or [0]),
    "retention_rate:avg": lambda rows: (
        sum(rows.mapped("active_count")) / (sum(rows.mapped("cohort_size")) or 1)
    ),
}


# Of one data source: that of the figures, that of the names of what they are grouped by, and here
# what days and rules are read for.
QUERIES = {"crm.customer.fact": 3, "crm.cohort.retention": 5}


@tagged("post_install", "-at_install")
class TestDashboard(JourneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("account.group_account_invoice")
        cls.dashboard = cls.env.ref(
            "crm_relationship_analytics.spreadsheet_dashboard_customer_value"
        )
        cls.sheet = json.loads(cls.dashboard.spreadsheet_data)
        cls.policy.reference_date = False
        today = cls.company._business_today()
        for place, amounts in enumerate(((900.0, 100.0, 400.0), (300.0, 50.0), (70.0,))):
            customer = cls._customer(f"Customer {place}")
            cls._lead(f"{today.year - 1}-03-01 05:00:00", partner_id=customer.id)
            for month, amount in enumerate(amounts):
                day = f"{today.year if today.month > 3 else today.year - 1}-{month + 1:02}-05"
                cls._order(customer, amount, f"{day} 05:00:00")
                cls._invoice(customer, amount, day)
        cls._refresh()
        cls.env["crm.customer.outlook"].refresh()
        cls.Journey.refresh()

    def test_figures_fields_and_menus_exist(self):
        for model, chains in fields_in_spreadsheet(self.sheet).items():
            for chain in [*chains, *self._filtered_by(model)]:
                found = self.env[model]
                for name in chain.split("."):
                    self.assertIn(name, found._fields, f"{model} has no {chain}")
                    found = found[name] if found._fields[name].relational else found
        for xml_id in menus_xml_ids_in_spreadsheet(self.sheet):
            self.assertTrue(self.env.ref(xml_id).action, f"{xml_id} opens nothing")
        for source in self._sources():
            if action := source.get("actionXmlId"):
                self.assertEqual(self.env.ref(action).res_model, self._model_of(source))

    def test_each_figure_is_that_of_the_list_it_opens(self):
        filled = Counter()
        for source in self._groupings():
            Model = self.env[source["model"]]
            sets = Model.formatted_read_grouping_sets(
                source["domain"], [[], source["groups"]], source["measures"]
            )
            for group in (group for groups in sets for group in groups):
                domain = Domain(source["domain"]) & Domain(group["__extra_domain"])
                rows = Model.search(domain)
                filled[source["name"]] += bool(rows)
                for measure in source["measures"]:
                    with self.subTest(source=source["name"], measure=measure, domain=domain):
                        expected = self._figure(rows, measure)
                        self.assertAlmostEqual(group[measure] or 0, expected, 2)
        self.assertEqual(len(filled), 10)
        self.assertGreater(min(filled.values()), 1, "a figure without a row proves nothing")

    def test_dashboard_asks_eleven_times_and_each_time_little(self):
        self.assertEqual(len(self._sources()), 11)
        for source in self._groupings():
            Model = self.env[source["model"]]
            arguments = (source["domain"], [[], source["groups"]], source["measures"])
            Model.formatted_read_grouping_sets(*arguments)
            Model.flush_model()
            self.env.invalidate_all()
            with (
                self.subTest(source=source["name"]),
                self.assertQueryCount(QUERIES.get(source["model"], 2)),
            ):
                Model.formatted_read_grouping_sets(*arguments)

    def test_filters_reach_every_source_that_has_what_they_ask_for(self):
        ids = {known["id"] for known in self.sheet["globalFilters"]}
        self.assertEqual(ids, {"period", "country", "salesperson", "company"})
        dated = {"crm.customer.fact": "date", "crm.journey.step": "start_date"}
        for source in self._sources():
            matching, model = source["fieldMatching"], self._model_of(source)
            self.assertEqual(matching["company"]["chain"], "company_id")
            self.assertEqual("country" in matching, "partner_id" in self.env[model]._fields)
            self.assertEqual(matching.get("period", {}).get("chain"), dated.get(model))

    def test_each_figure_opens_something(self):
        figures = self.sheet["sheets"][0]["figures"]
        self.assertEqual(
            {figure["id"] for figure in figures}, set(self.sheet["chartOdooMenusReferences"])
        )
        cells = self.sheet["sheets"][1]["cells"]
        for figure in figures:
            if figure["data"]["type"] == "scorecard":
                cell = figure["data"]["keyValue"].removeprefix("Data!")
                shown = re.fullmatch(r"=FORMAT\.LARGE\.NUMBER\((\w+)\)", cells[cell])[1]
                self.assertRegex(cells[shown], r"^=PIVOT\.VALUE\([^()]*\)$")

    def test_all_that_is_read_can_be_translated(self):
        for sheet in self.sheet["sheets"]:
            for cell in sheet["cells"].values():
                self.assertRegex(cell, r"^=|^\[[^]]+\]\(odoo://ir_menu_xml_id/")
        # headers are the labels of fields, as names given to measures are shown as they are
        self.assertNotIn("userDefinedName", self.dashboard.spreadsheet_data)

    def test_dashboard_is_for_managers(self):
        Dashboard = self.env["spreadsheet.dashboard"]
        for group, sees in (("user", False), ("manager", True)):
            user = new_test_user(
                self.env, f"dashboard_{group}", f"crm_relationship.group_relationship_{group}"
            )
            found = Dashboard.with_user(user).search([("id", "=", self.dashboard.id)])
            self.assertEqual(bool(found), sees)
            menu = self.env.ref("crm_relationship_analytics.crm_dashboard_menu")
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            self.assertEqual(menu.id in visible, sees)

    def test_each_report_has_a_list_a_pivot_a_graph_and_groups(self):
        Action = self.env["ir.actions.act_window"]
        reports = [
            model
            for model in self.env.registry.values()
            if model._original_module == "crm_relationship_analytics"
            and not (model._abstract or model._transient)
            and (not model._auto or "partner_id" in model._fields)
        ]
        self.assertGreaterEqual(len(reports), 2)
        for model in reports:
            with self.subTest(model=model._name):
                modes = {"list", "pivot", "graph"}
                actions = Action.search([("res_model", "=", model._name)])
                self.assertTrue(
                    any(modes <= set(action.view_mode.split(",")) for action in actions),
                    "Give it an action with list, pivot and graph.",
                )
                self.assertTrue(any(action.path for action in actions), "Give an action a path.")
                arch = etree.fromstring(self.env[model._name].get_view(view_type="search")["arch"])
                groups = arch.xpath("//filter[contains(@context, 'group_by')]")
                self.assertTrue(groups, "Let its search group by something.")

    def _figure(self, rows, measure):
        if measure in WORKED_OUT:
            return WORKED_OUT[measure](rows)
        return len(rows) if measure == "__count" else sum(rows.mapped(measure.split(":")[0]))

    def _sources(self):
        """Return the pivots, lists and charts; the client reads each once."""
        return [
            *self.sheet["pivots"].values(),
            *self.sheet["lists"].values(),
            *odoo_charts(self.sheet),
        ]

    def _groupings(self):
        """Return the pivots and charts, each as what is asked of the server."""
        for pivot in self.sheet["pivots"].values():
            yield {
                "name": f"pivot {pivot['id']}",
                "model": pivot["model"],
                "domain": pivot["domain"],
                "groups": [row["fieldName"] for row in pivot["rows"]],
                "measures": [
                    "__count" if measure["fieldName"] == "__count" else measure["id"]
                    for measure in pivot["measures"]
                ],
            }
        for chart in odoo_charts(self.sheet):
            meta = chart["metaData"]
            yield {
                "name": chart["id"],
                "model": meta["resModel"],
                "domain": chart["searchParams"]["domain"],
                "groups": meta["groupBy"],
                "measures": [self._measure_of_chart(meta)],
            }

    def _measure_of_chart(self, meta):
        name = meta["measure"]
        if name == "__count":
            return name
        return f"{name}:{self.env[meta['resModel']]._fields[name].aggregator}"

    def _model_of(self, source):
        return source.get("model") or source["metaData"]["resModel"]

    def _filtered_by(self, model):
        return {
            match["chain"]
            for source in self._sources()
            if self._model_of(source) == model
            for match in source["fieldMatching"].values()
        }
