"""P13: what our columns cost in the list of contacts and in the form of one.

The web client asks for the fields of a view; it is asked once with and once without those that the
addon has put there, as a user who manages customer relationships. Without them, the statistics that
core shows of a contact are without ours too.
"""

from contextlib import nullcontext
from functools import partial
from unittest.mock import patch

from lxml import etree
from measuring import Meter, median_of
from session import run_job

ADDON = "crm_relationship"
LIST_LENGTH = 80
TIMES = 40
X2MANY = ("one2many", "many2many")


class Screens:
    """The list and the form of contacts, as the web client reads them."""

    def __init__(self, env):
        self.env = env
        self.partners = env["res.partner"]
        self.meter = Meter(env.cr)

    def costs(self) -> dict:
        """Return seconds and queries of each screen, with and without our fields."""
        costs = {}
        for screen, view in (
            ("list", "base.view_partner_tree"),
            ("form", "base.view_partner_form"),
        ):
            arch = etree.fromstring(self.partners.get_view(self.env.ref(view).id, screen)["arch"])
            ours = self._specification(arch, self.partners)
            reader = self._read_list if screen == "list" else self._read_form
            costs[screen] = self._compare(reader, ours, self._without_ours(ours))
        return costs

    def _specification(self, arch, model) -> dict:
        """Return the fields of a view, and of the lists and cards in it, as the client asks."""
        specification = {}
        nested = {child for field in arch.iter("field") for child in field.iterdescendants("field")}
        for node in arch.iter("field"):
            field = model._fields.get(node.get("name"))
            if field is None or (node in nested and arch.tag != "field"):
                continue
            specification[field.name] = self._asked_of(node, field)
        return specification

    def _asked_of(self, node, field) -> dict:
        if not field.relational:
            return {}
        inner = {}
        for view in node:
            inner |= self._specification(view, self.env[field.comodel_name])
        return {"fields": inner or {"display_name": {}}}

    def _without_ours(self, specification) -> dict:
        return {
            name: asked
            for name, asked in specification.items()
            if ADDON not in self.partners._fields[name]._modules
        }

    def _compare(self, reader, ours, without) -> dict:
        """Read in turn with our fields and without; return [seconds, queries] of both."""
        costs, queries = {"ours": [], "without": []}, {}
        for _time in range(TIMES):
            for name, specification in (("ours", ours), ("without", without)):
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                with nullcontext() if specification is ours else _core_statistics():
                    cost = self.meter.cost_of(partial(reader, specification))
                costs[name].append(cost)
                queries[name] = self.env.cr.sql_log_count - before
        return {name: [*median_of(costs[name]), queries[name]] for name in costs}

    def _read_list(self, specification):
        self.partners.web_search_read([], specification, limit=LIST_LENGTH, count_limit=10001)

    def _read_form(self, specification):
        contact = self.partners.search([("customer_rank", ">", 0)], limit=1, order="id")
        contact.web_read(specification)


def _core_statistics():
    from odoo.addons.crm_relationship.models.res_partner import ResPartner

    name = "_compute_application_statistics_hook"
    return patch.object(
        ResPartner, name, lambda partners: getattr(super(ResPartner, partners), name)()
    )


def costs(session) -> dict:
    """Return the costs of the screens for the administrator."""
    with session.environment(login="admin") as env:
        return Screens(env).costs()


if __name__ == "__main__":
    run_job(costs)
