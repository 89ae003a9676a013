from odoo import api, fields, models
from odoo.tools import SQL

from .crm_target_measuring import COUNTS

TARGETS = 131_072  # ids stay below 2 ** 53, which a browser can tell apart, up to 2 ** 36 documents


class CrmTargetActual(models.Model):
    """One document, customer or contact that counts for a target; they add up to its actual value.

    Of a closed target they add up to that and to what has changed since.
    """

    _name = "crm.target.actual"
    _description = "Actual of a Target"
    _inherit = ["crm.customer.dimension"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "document_name"
    _depends = {
        "crm.customer.fact": ["amount", "company_id", "date", "kind", "partner_id"],
        "crm.interaction": ["company_id", "corrects_id", "date", "partner_id", "user_id"],
        "crm.target": ["company_id", "date_from", "date_to", "metric", "period_kind"],
        "crm.value.grade.change": ["company_id", "date", "partner_id", "to_grade_id"],
        "account.move": ["invoice_user_id", "team_id"],
        "res.partner": ["user_id"],
        "res.users": ["sale_team_id"],
        "sale.order": ["team_id", "user_id"],
    }

    target_id = fields.Many2one(comodel_name="crm.target", readonly=True)
    company_id = fields.Many2one(related="target_id.company_id")
    currency_id = fields.Many2one(related="target_id.currency_id")
    metric = fields.Selection(related="target_id.metric")
    date = fields.Date(readonly=True)
    user_id = fields.Many2one(comodel_name="res.users", string="Person", readonly=True)
    team_id = fields.Many2one(comodel_name="crm.team", readonly=True)
    value = fields.Float(string="Actual", digits=(16, 2), readonly=True)
    document_name = fields.Char(string="Document", readonly=True)
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document ID", model_field="res_model", readonly=True, aggregator=None
    )

    @property
    def _table_query(self) -> SQL:
        policies = self.env["crm.value.policy"]._known_of(self.env.companies)
        return SQL(" UNION ALL ").join(
            self._actuals(policy, metric, source)
            for policy in policies
            for metric, source in self.env["crm.target"]._actual_sources(policy).items()
        )

    def action_open_document(self):
        """Open what counts: the invoice, order, contact, case, delivery or customer."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).get_formview_action()

    @api.model
    def _actuals(self, policy, metric, source: SQL) -> SQL:
        return SQL(
            """
            SELECT event.id::bigint * %(targets)s + target.id %% %(targets)s AS id,
                   target.id AS target_id, event.partner_id, event.date, event.user_id,
                   event.team_id, event.value::numeric AS value, event.document_name,
                   event.res_model, event.res_id
              FROM crm_target target
              JOIN (%(source)s) event ON %(counts)s AND event.date <= %(as_of)s
             WHERE target.company_id = %(company)s AND target.metric = %(metric)s
            """,
            targets=TARGETS,
            source=source,
            counts=COUNTS,
            as_of=policy._as_of(),
            company=policy.company_id.id,
            metric=metric,
        )
