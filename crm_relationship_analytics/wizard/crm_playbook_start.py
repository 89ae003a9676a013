from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmPlaybookStart(models.TransientModel):
    """Start a playbook for one customer or many at once; started again, it adds nobody twice."""

    _name = "crm.playbook.start"
    _description = "Start a Playbook"

    playbook_id = fields.Many2one(comodel_name="crm.playbook", required=True, ondelete="cascade")
    action = fields.Selection(related="playbook_id.action")
    reason = fields.Text(help="Why the customers are to be released: a manager decides by it.")
    partner_ids = fields.Many2many(comodel_name="res.partner", string="Customers", required=True)
    customer_count = fields.Integer(string="Chosen Customers", compute="_compute_customer_count")

    @api.depends("partner_ids")
    def _compute_customer_count(self):
        for start in self:
            start.customer_count = len(start.partner_ids)

    @api.model
    def default_get(self, fields):
        """Take the customers of the rows that were chosen in a list."""
        values = super().default_get(fields)
        model, ids = self.env.context.get("active_model"), self.env.context.get("active_ids")
        if "partner_ids" in fields and ids:
            if model == "crm.customer.standing":
                values["partner_ids"] = self.env[model].browse(ids).partner_id.ids
            elif model == "res.partner":
                values["partner_ids"] = self.env[model].browse(ids).commercial_partner_id.ids
        return values

    def action_start(self):
        """Start it for those of the customers whom it fits, and open what was started."""
        self.ensure_one()
        self.env["crm.playbook.run"]._check_may_carry_out()
        if self.action == "release" and not (self.reason or "").strip():
            raise UserError(self.env._("Say why the customers are to be released."))
        runs = self.playbook_id._start(self.partner_ids.commercial_partner_id, self.reason)
        if not runs:
            raise UserError(
                self.env._(
                    "Nothing was started: %(playbook)s fits none of these customers, or is open"
                    " with them already.",
                    playbook=self.playbook_id.display_name,
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_analytics.crm_playbook_run_action"
        )
        return action | {"domain": [("id", "in", runs.ids)], "context": {}}
