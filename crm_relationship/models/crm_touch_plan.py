import ast

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

FIXED_AT_START = frozenset({"holdout", "seed", "company_id"})


class CrmTouchPlan(models.Model):
    """A plan by which a group of customers is turned to in steps."""

    _name = "crm.touch.plan"
    _description = "Outreach Plan"
    _inherit = ["crm.outreach", "crm.audience"]
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
        help="Who comes into this group later is turned to as well, while the plan runs."
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

    _holdout_range = models.Constraint(
        "CHECK (holdout BETWEEN 0 AND 50)",
        "0 to 50 percent of the audience can be held out: correct the share.",
    )

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

    def _touch_field(self):
        return "plan_id"

    def _check_under_way(self):
        if self.state != "running":
            raise UserError(
                self.env._("%(plan)s is not running: start it first.", plan=self.display_name)
            )

    def _stop(self):
        self.state = "paused"
