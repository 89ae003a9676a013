import ast

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

FIXED_AT_START = frozenset({"holdout", "seed", "company_id"})
OPERATORS_WITHOUT_RIGHTS = ("any!", "not any!")


class CrmTouchPlan(models.Model):
    """A plan by which a group of customers is turned to in steps."""

    _name = "crm.touch.plan"
    _description = "Outreach Plan"
    _inherit = ["crm.outreach"]
    _order = "date_start desc, id desc"

    active = fields.Boolean(default=True)
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("running", "Running"),
            ("paused", "Paused"),
            ("done", "Done"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        tracking=True,
    )
    audience = fields.Char(
        required=True,
        default="[]",
        tracking=True,
        help="Who comes into this group later is turned to as well, while the plan runs.",
    )
    date_start = fields.Date(
        string="Start", copy=False, tracking=True, help="Empty: on the day it is started."
    )
    holdout = fields.Integer(
        string="Held Out (%)",
        default=0,
        tracking=True,
        help="So many of the audience are left alone, to compare with. Who they are is fixed when"
        " the plan starts.",
    )
    seed = fields.Integer(
        readonly=True,
        copy=False,
        help="Together with the number of a contact it decides who is held out.",
    )
    step_ids = fields.One2many(
        comodel_name="crm.touch.step", inverse_name="plan_id", string="Steps", copy=True
    )
    touch_ids = fields.One2many(
        comodel_name="crm.touch", inverse_name="plan_id", string="Touches", readonly=True
    )
    audience_count = fields.Integer(string="Audience Size", compute="_compute_audience_count")

    _holdout_range = models.Constraint(
        "CHECK (holdout BETWEEN 0 AND 50)",
        "0 to 50 percent of the audience can be held out: correct the share.",
    )

    @api.depends("audience", "company_id")
    def _compute_audience_count(self):
        for plan in self:
            plan.audience_count = plan._count_audience()

    def _count_audience(self):
        """Return how many the plan is for by now; 0 while the audience cannot be read."""
        try:
            with self.env.cr.savepoint():
                return self._customers().search_count(self._audience_domain())
        except (UserError, ValueError):
            return 0

    @api.constrains("audience")
    def _check_audience(self):
        for plan in self:
            domain = plan._audience_domain()
            try:
                with self.env.cr.savepoint():
                    plan._customers().search(domain, limit=1)
            except AccessError as error:
                raise ValidationError(
                    self.env._("The audience asks for what you may not see: choose other fields.")
                ) from error
            except (ValueError, TypeError, KeyError) as error:
                raise ValidationError(plan._bad_audience()) from error

    @api.constrains("state", "audience", "step_ids")
    def _check_running(self):
        """Hold a running plan to what its start asked for, also when it is imported or changed."""
        self.filtered(lambda plan: plan.state == "running")._check_can_run()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if self.filtered(lambda plan: plan.state != "draft"):
            raise UserError(
                self.env._("A plan that was started is kept as evidence: archive it instead.")
            )

    def write(self, vals):
        if vals.get("state", "done") != "done":
            self._check_not_ended()
        changed = FIXED_AT_START & vals.keys()
        for plan in self.filtered(lambda plan: plan.state != "draft"):
            if any(
                plan._fields[name].convert_to_write(plan[name], plan) != vals[name]
                for name in changed
            ):
                raise UserError(
                    self.env._(
                        "%(plan)s was started: its company and who is held out are fixed. Copy the"
                        " plan to change them.",
                        plan=plan.display_name,
                    )
                )
        return super().write(vals)

    def action_start(self):
        """Start plans, or have them go on after a pause."""
        self.check_access("write")
        for plan in self:
            plan._check_not_ended()
            plan._check_can_run()
            plan.seed = plan.seed or plan.id
            plan.date_start = plan.date_start or plan.company_id._business_today()
        self.state = "running"
        # sudo: whoever starts a plan may start the job that runs it
        self.env.ref("crm_relationship.ir_cron_send_touches").sudo()._trigger()
        return True

    def action_pause(self):
        """Send nothing until the plan is started again."""
        self.check_access("write")
        self.filtered(lambda plan: plan.state == "running").state = "paused"
        return True

    def action_end(self):
        """End plans for good; what was planned and not sent yet is not sent any more."""
        self.check_access("write")
        self.state = "done"
        # sudo: nobody writes touches by hand
        planned = (
            self.env["crm.touch"]
            .sudo()
            .search([("plan_id", "in", self.ids), ("state", "=", "planned")])
        )
        planned._skip(self.env._("The plan was ended before."))
        return True

    def action_open_audience(self):
        """Open the contacts that the plan is for by now."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Audience"),
            "res_model": "res.partner",
            "view_mode": "list,kanban,form",
            "domain": list(self._audience_domain()),
        }

    def _check_can_run(self):
        for plan in self:
            if not plan.step_ids:
                raise UserError(self.env._("Add the first step, then start the plan."))
            if Domain(ast.literal_eval(plan.audience)).is_true():
                raise UserError(
                    self.env._("The plan is for everybody: choose its audience, then start it.")
                )

    def _check_not_ended(self):
        for plan in self:
            if plan.state == "done":
                raise UserError(self.env._("%(plan)s has ended: copy it.", plan=plan.name))

    def _audience_domain(self):
        """Return whom the plan is for: contacts in use that the plan's company may turn to.

        :raise ValidationError: when what is stored is no domain
        """
        self.ensure_one()
        try:
            stored = ast.literal_eval(self.audience or "[]")
            if _goes_around_rights(stored):
                raise ValueError
            domain = Domain(stored)
            domain.validate(self.env["res.partner"])
        except (ValueError, TypeError, SyntaxError, KeyError, RecursionError) as error:
            raise ValidationError(self._bad_audience()) from error
        return domain & self._reachable_by(self.company_id)

    def _bad_audience(self):
        return self.env._(
            "The audience of %(plan)s cannot be read: choose it again with the editor. Dates can be"
            " written like today -30d; other expressions are not possible.",
            plan=self.name or "",
        )

    def _customers(self):
        companies = self.company_id.ids
        return self.env["res.partner"].with_context(allowed_company_ids=companies)

    @api.model
    def _reachable_by(self, company):
        return (
            Domain("company_id", "in", [False, company.id])
            & Domain("active", "=", True)
            & Domain("anonymised_on", "=", False)
        )

    def _touch_field(self):
        return "plan_id"

    def _check_under_way(self):
        if self.state != "running":
            raise UserError(
                self.env._("%(plan)s is not running: start it first.", plan=self.display_name)
            )

    def _stop(self):
        self.state = "paused"


def _goes_around_rights(stored):
    """Tell whether a stored domain holds an operator that asks for no rights."""
    if not isinstance(stored, list | tuple):
        return False
    if len(stored) == 3 and stored[1] in OPERATORS_WITHOUT_RIGHTS:
        return True
    return any(_goes_around_rights(part) for part in stored)
