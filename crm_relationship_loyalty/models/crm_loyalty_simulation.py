import logging

from psycopg2 import DatabaseError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..logic.simulation import first_of_months
from .crm_loyalty_simulated import Simulated

_logger = logging.getLogger(__name__)

CRON = "crm_relationship_loyalty.ir_cron_run_simulations"
MANY_DOCUMENTS = 20_000
ASKED = frozenset({"ladder_id", "months"})
DIRECTIONS = ("up", "down", "same")


class CrmLoyaltySimulation(models.Model):
    """What a ladder would have done to real documents: members, moves, benefits, margin.

    The rules are taken as if they had been in force from the first day of the period on. Nothing of
    it is written anywhere else: no membership, no move, no point, no price.
    """

    _name = "crm.loyalty.simulation"
    _description = "Loyalty Simulation"
    _order = "date desc, id desc"

    ladder_id = fields.Many2one(
        comodel_name="crm.loyalty.ladder", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="ladder_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    metric = fields.Selection(related="ladder_id.metric")
    months = fields.Integer(
        default=24,
        required=True,
        help="So many calendar months, the last of which is the present one, up to today.",
    )
    state = fields.Selection(
        selection=[
            ("planned", "Planned"),
            ("running", "Running"),
            ("done", "Done"),
            ("failed", "Failed"),
        ],
        default="planned",
        required=True,
        readonly=True,
        copy=False,
    )
    problem = fields.Char(readonly=True, copy=False)
    date = fields.Datetime(string="Simulated", readonly=True, copy=False)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="By",
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )
    date_from = fields.Date(string="From", readonly=True, copy=False)
    date_to = fields.Date(string="To", readonly=True, copy=False)
    basis = fields.Char(readonly=True, copy=False, help="The rules that were simulated.")
    is_outdated = fields.Boolean(
        string="Old",
        compute="_compute_is_outdated",
        help="The ladder, or what its tiers bring, was changed since.",
    )
    compared_id = fields.Many2one(
        comodel_name="crm.loyalty.ladder",
        string="Compared with",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The ladder that customers held their tiers of when it was simulated.",
    )
    cost_basis = fields.Selection(
        selection=[
            ("order", "The cost on the order line; else the product's cost today"),
            ("product", "The products' costs today"),
        ],
        readonly=True,
        copy=False,
    )
    remarks = fields.Text(readonly=True, copy=False)
    line_ids = fields.One2many("crm.loyalty.simulation.line", "simulation_id", readonly=True)
    customer_ids = fields.One2many(
        "crm.loyalty.simulation.customer", "simulation_id", readonly=True
    )
    member_count = fields.Integer(
        string="Members Today",
        compute="_compute_counts",
        help="Customers who would hold a tier today.",
    )
    up_count = fields.Integer(
        string="Rise",
        compute="_compute_counts",
        help="Customers who would hold a higher tier than they hold today, or their first one.",
    )
    down_count = fields.Integer(
        string="Fall",
        compute="_compute_counts",
        help="Customers who would hold a lower tier than they hold today, or none any more.",
    )
    same_count = fields.Integer(
        string="Stay", compute="_compute_counts", help="Customers whose tier would be the same."
    )
    _months_range = models.Constraint(
        "CHECK (months BETWEEN 1 AND 60)", "Simulate 1 to 60 months: correct the number."
    )

    @api.depends("ladder_id.name", "date")
    def _compute_display_name(self):
        for simulation in self:
            day = format_date(self.env, simulation.date) or self.env._("not run yet")
            simulation.display_name = f"{simulation.ladder_id.name}, {day}"

    def _compute_is_outdated(self):
        for simulation in self:
            # sudo: the rules of a ladder are no secret
            basis = simulation.ladder_id.sudo()._simulation_basis()
            simulation.is_outdated = simulation.state == "done" and simulation.basis != basis

    @api.depends("customer_ids")
    def _compute_counts(self):
        """Count customers by where they go, and those who would hold a tier, in two queries."""
        Customer = self.env["crm.loyalty.simulation.customer"]
        mine = [("simulation_id", "in", self.ids)]
        counts = {
            (simulation, way): count
            for simulation, way, count in Customer._read_group(
                mine, ["simulation_id", "direction"], ["__count"]
            )
        }
        members = dict(
            Customer._read_group([*mine, ("to_rank", ">", 0)], ["simulation_id"], ["__count"])
        )
        for simulation in self:
            simulation.member_count = members.get(simulation, 0)
            for way in DIRECTIONS:
                simulation[f"{way}_count"] = counts.get((simulation, way), 0)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_is_asked(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_is_asked(vals)
        return super().write(vals)

    def _check_is_asked(self, vals):
        """Raise unless only what is to be simulated is written, and no result."""
        if not self.env.su and vals.keys() - ASKED:
            raise AccessError(
                self.env._("Results come from documents: nobody writes them by hand.")
            )

    def action_run(self):
        """Simulate now, or by a job where there are many documents; anew if it was done before."""
        self.env["crm.loyalty.ladder"]._check_may_manage()
        self.check_access("write")
        for simulation in self:
            simulation._settle({"state": "planned", "user_id": self.env.uid, "problem": False})
            if simulation._has_many_documents():
                # sudo: whoever simulates
                self.env.ref(CRON).sudo()._trigger()
            else:
                simulation._run()
        return True

    def _settle(self, values):
        # sudo: nobody writes results by hand
        self.sudo().write(values)

    def _has_many_documents(self):
        # sudo: who simulates need not see invoices
        documents = self.env["account.move"].sudo()
        domain = [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "posted"),
            ("move_type", "in", documents.get_sale_types(include_receipts=True)),
        ]
        return documents.search_count(domain, limit=MANY_DOCUMENTS + 1) > MANY_DOCUMENTS

    @api.model
    def _cron_run(self):
        """Run what is planned, one after the other; what was interrupted is said to have failed."""
        commit_progress = self.env["ir.cron"]._commit_progress
        self.search([("state", "=", "running")])._fail(
            self.env._("The run was interrupted: simulate again.")
        )
        planned = self.search([("state", "=", "planned")], order="id")
        commit_progress(remaining=len(planned))
        for simulation in planned:
            simulation._settle({"state": "running"})
            commit_progress()
            simulation._run_or_report()
            if not commit_progress(1):
                break

    def _run_or_report(self):
        try:
            with self.env.cr.savepoint():
                self._run()
        except (UserError, DatabaseError) as error:
            _logger.warning("Simulation %s failed: %s", self.id, error)
            self._fail(str(error))

    def _fail(self, problem):
        self._settle({"state": "failed", "problem": problem})

    def _run(self):
        """Replace the result by what the documents say now."""
        # sudo: a simulation follows from documents that who asks for it need not see
        simulation = self.sudo().with_company(self.company_id)
        simulation.ladder_id._check_tiers()
        today = simulation.company_id._business_today()
        simulation.write(
            {
                "date_from": first_of_months(simulation.months, today),
                "date_to": today,
                "compared_id": simulation.ladder_id._ladder_today().id,
                "basis": simulation.ladder_id._simulation_basis(),
            }
        )
        simulation.line_ids.unlink()
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL jit = off")
        simulated = Simulated(simulation)
        simulated.run()
        simulation.write(
            {
                "state": "done",
                "date": fields.Datetime.now(),
                "cost_basis": simulated.cost_basis,
                "remarks": "\n".join(simulated.remarks) or False,
            }
        )
        simulation.invalidate_recordset()

    def action_view_customers(self):
        """Open the customers who would move, or those that the context asks for."""
        return self._open("crm_relationship_loyalty.crm_loyalty_simulation_customer_action")

    def action_view_lines(self):
        """Open members, moves and amounts by month and tier."""
        return self._open("crm_relationship_loyalty.crm_loyalty_simulation_line_action")

    def _open(self, action_name):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(action_name)
        return action | {
            "domain": [("simulation_id", "=", self.id)],
            "context": {
                name: value
                for name, value in self.env.context.items()
                if name.startswith("search_default_")
            },
        }
