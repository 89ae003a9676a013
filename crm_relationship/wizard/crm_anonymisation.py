from markupsafe import Markup

from odoo import api, fields, models

from ..models.res_partner_anonymise import MODES


class CrmAnonymisation(models.TransientModel):
    """A manager removes a customer's data, and reads first what prevents it."""

    _name = "crm.anonymisation"
    _description = "Anonymise a Customer"

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
        ondelete="cascade",
    )
    mode = fields.Selection(
        selection=MODES,
        string="Remove",
        required=True,
        compute="_compute_mode",
        precompute=True,
        store=True,
        readonly=False,
    )
    obstacles = fields.Html(string="What Prevents It", compute="_compute_obstacles")
    is_refused = fields.Boolean(compute="_compute_obstacles", help="Nothing may be removed.")
    is_prevented = fields.Boolean(compute="_compute_obstacles", help="Not all may be removed.")

    @api.depends("partner_id")
    def _compute_obstacles(self):
        self.env["res.partner"]._check_may_handle_personal_data()
        for wizard in self:
            wizard.partner_id.check_access("write")
            obstacles = wizard.partner_id._anonymisation_obstacles() if wizard.partner_id else []
            sentences = (Markup("<li>%s</li>") % obstacle.sentence for obstacle in obstacles)
            wizard.obstacles = obstacles and Markup("<ul>%s</ul>") % Markup().join(sentences)
            wizard.is_refused = any(obstacle.kind == "never" for obstacle in obstacles)
            wizard.is_prevented = bool(obstacles)

    @api.depends("partner_id")
    def _compute_mode(self):
        for wizard in self:
            wizard.mode = "unneeded" if wizard.is_prevented else "everything"

    def action_anonymise(self):
        """Remove the data; nothing is left half-removed where something prevents it."""
        self.ensure_one()
        self.partner_id._anonymise(self.mode)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
