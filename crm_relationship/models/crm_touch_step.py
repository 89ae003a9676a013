from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmTouchStep(models.Model):
    """One step of a plan: what is sent, how long after the step before, and to whom."""

    _name = "crm.touch.step"
    _description = "Step of an Outreach Plan"
    _inherit = ["crm.touch.message"]
    _order = "plan_id, sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    plan_id = fields.Many2one(
        comodel_name="crm.touch.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    wait_days = fields.Integer(
        string="Wait (Days)",
        required=True,
        default=0,
        help="So long after the step before; for the first step, after the customer came into the"
        " audience.",
    )
    condition = fields.Selection(
        selection=[
            ("always", "Always"),
            ("unanswered", "Only Who Did Not Answer"),
            ("asked", "Only When the Caller Asks for It"),
        ],
        required=True,
        default="always",
    )

    _wait_range = models.Constraint(
        "CHECK (wait_days BETWEEN 0 AND 365)", "A step waits for 0 to 365 days: correct the number."
    )

    def write(self, vals):
        fixed = {"channel_id", "plan_id"} & vals.keys()
        for step in self:
            if any(step[name].id != vals[name] for name in fixed) and step._is_used():
                raise UserError(
                    self.env._(
                        "%(step)s was planned for customers already: its channel stays as it is."
                        " Add another step instead.",
                        step=step.name,
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for step in self:
            if step._is_used():
                raise UserError(
                    self.env._(
                        "%(step)s was planned for customers already and stays as evidence: end the"
                        " plan, or let it go on.",
                        step=step.name,
                    )
                )

    def _is_used(self):
        # sudo: touches of customers that the user may not see count as well
        return bool(self.env["crm.touch"].sudo().search_count([("step_id", "=", self.id)], limit=1))

    def _values_of_touch(self):
        """Return what the statements that plan this step for customers need."""
        return {
            "step": self.id,
            "plan": self.plan_id.id,
            "company": self.plan_id.company_id.id,
            "channel": self.channel_id.id,
            "wait": self.wait_days,
            "uid": self.env.uid,
            "now": fields.Datetime.now(),
        }
