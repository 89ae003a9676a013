from odoo import fields, models
from odoo.tools import SQL


class CrmTargetHistory(models.Model):
    """A target and what was reached of it as two rows, so that a graph shows them side by side."""

    _name = "crm.target.history"
    _description = "Target and Actual"
    _inherit = ["crm.target.sum"]
    _auto = False
    _order = "date_from desc, id"
    _rec_name = "target_id"
    _depends = {
        "crm.target": [
            "actual_value",
            "company_id",
            "date_from",
            "metric",
            "period_kind",
            "target_value",
            "team_id",
            "user_id",
        ]
    }

    target_id = fields.Many2one(comodel_name="crm.target", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    metric = fields.Selection(related="target_id.metric")
    team_id = fields.Many2one(comodel_name="crm.team", readonly=True)
    user_id = fields.Many2one(comodel_name="res.users", string="Person", readonly=True)
    scope = fields.Selection(related="target_id.scope")
    period_kind = fields.Selection(related="target_id.period_kind")
    date_from = fields.Date(string="First Day", readonly=True)
    figure = fields.Selection(selection=[("target", "Target"), ("actual", "Actual")], readonly=True)
    value = fields.Float(digits=(16, 2), readonly=True)

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT target.id * 2 + shown.number AS id, target.id AS target_id, target.company_id,
                   target.team_id, target.user_id, target.date_from, shown.figure, shown.value
              FROM crm_target target
             CROSS JOIN LATERAL (
                    VALUES (0, 'target', target.target_value), (1, 'actual', target.actual_value)
                   ) shown (number, figure, value)
            """
        )
