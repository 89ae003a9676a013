from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmPlaybookDecision(models.TransientModel):
    """Ask for, give or refuse the approval that a customer is released, with the reason."""

    _name = "crm.playbook.decision"
    _description = "Decision on a Playbook"

    decision = fields.Selection(
        selection=[("ask", "Ask for Approval"), ("approve", "Approve"), ("refuse", "Refuse")],
        required=True,
    )
    run_ids = fields.Many2many(comodel_name="crm.playbook.run", string="Customers", required=True)
    run_id = fields.Many2one(
        comodel_name="crm.playbook.run", string="Customer", compute="_compute_run_id"
    )
    note = fields.Text(string="Reason")

    @api.depends("run_ids")
    def _compute_run_id(self):
        for decision in self:
            decision.run_id = decision.run_ids if len(decision.run_ids) == 1 else False

    def action_decide(self):
        """Carry the decision out. Who asks or refuses must say why."""
        self.ensure_one()
        note = (self.note or "").strip()
        if not note and self.decision != "approve":
            raise UserError(self.env._("Give the reason: whoever reads it later asks for it."))
        steps = {
            "ask": self.run_ids._ask,
            "approve": self.run_ids._approve,
            "refuse": self.run_ids._refuse,
        }
        steps[self.decision](note)
        return True
