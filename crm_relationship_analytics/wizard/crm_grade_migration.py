from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class CrmGradeMigration(models.TransientModel):
    """Where the customers who had a grade on one day are on another."""

    _name = "crm.grade.migration"
    _description = "Grade Migration"
    _rec_name = "date_to"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    date_from = fields.Date(
        string="Grades on",
        required=True,
        default=lambda self: self._last_day_graded() - relativedelta(years=1),
        help="What a customer had at the end of this day.",
    )
    date_to = fields.Date(
        string="And on", required=True, default=lambda self: self._last_day_graded()
    )
    line_ids = fields.One2many(
        comodel_name="crm.grade.migration.line", inverse_name="migration_id", readonly=True
    )

    @api.constrains("date_from", "date_to")
    def _check_order_of_days(self):
        for migration in self:
            if migration.date_from >= migration.date_to:
                raise ValidationError(
                    self.env._("The first day must be before the second: correct one of them.")
                )

    @api.model
    def _last_day_graded(self):
        return self.env["crm.value.policy"]._known_of(self.env.company)._as_of()

    def action_show(self):
        """Open the matrix of the grades on both days."""
        self.ensure_one()
        self._count()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_analytics.crm_grade_migration_line_action"
        )
        name = self.env._(
            "Grades on %(first)s and %(second)s",
            first=fields.Date.to_string(self.date_from),
            second=fields.Date.to_string(self.date_to),
        )
        return action | {"name": name, "domain": [("migration_id", "=", self.id)], "context": {}}

    def _count(self):
        """Count the customers by their grades on both days, those who stayed included."""
        self.env["crm.value.grade.change"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT from_grade_id, to_grade_id, COUNT(*),
                       SUM(COUNT(*)) OVER (PARTITION BY from_grade_id)
                  FROM (%s) graded
                 GROUP BY from_grade_id, to_grade_id
                """,
                self._grades_of_customers(),
            )
        )
        # sudo: lines are only counted, never written by users
        lines = self.sudo().line_ids
        lines.unlink()
        lines.create(
            [
                {
                    "migration_id": self.id,
                    "from_grade_id": before,
                    "to_grade_id": after,
                    "customer_count": customers,
                    "share": customers / of_grade,
                }
                for before, after, customers, of_grade in rows
            ]
        )

    def _grades_of_customers(self) -> SQL:
        """Return each customer's grade on both days, by the last change up to each.

        That is what ``res.partner.value_grade_at`` answers. Empty: he had none.
        """
        return SQL(
            """
            SELECT after.partner_id, before.to_grade_id AS from_grade_id, after.to_grade_id
              FROM (%(after)s) after
              LEFT JOIN (%(before)s) before USING (partner_id)
             WHERE COALESCE(before.to_grade_id, after.to_grade_id) IS NOT NULL
            """,
            before=self._grades_on(self.date_from),
            after=self._grades_on(self.date_to),
        )

    def _grades_on(self, day) -> SQL:
        return SQL(
            """
            SELECT DISTINCT ON (partner_id) partner_id, to_grade_id
              FROM crm_value_grade_change
             WHERE company_id = %s AND date <= %s
             ORDER BY partner_id, date DESC, id DESC
            """,
            self.company_id.id,
            day,
        )


class CrmGradeMigrationLine(models.TransientModel):
    """How many customers went from one grade to another, or kept it."""

    _name = "crm.grade.migration.line"
    _description = "Grade Migration Line"
    _order = "from_grade_id, to_grade_id, id"
    _rec_name = "to_grade_id"

    migration_id = fields.Many2one(
        comodel_name="crm.grade.migration", required=True, index=True, ondelete="cascade"
    )
    from_grade_id = fields.Many2one(
        comodel_name="crm.value.grade", string="Grade Before", ondelete="cascade"
    )
    to_grade_id = fields.Many2one(
        comodel_name="crm.value.grade", string="Grade After", ondelete="cascade"
    )
    customer_count = fields.Integer(string="Customers")
    share = fields.Float(
        string="Share of Grade Before",
        aggregator=None,
        help="Of all who had the grade before, those who have this one after.",
    )

    def action_view_customers(self):
        """Open the customers who went from the one grade to the other."""
        self.ensure_one()
        customers = SQL(
            """
            (SELECT partner_id FROM (%s) graded
              WHERE from_grade_id IS NOT DISTINCT FROM %s
                AND to_grade_id IS NOT DISTINCT FROM %s)
            """,
            self.migration_id._grades_of_customers(),
            self.from_grade_id.id or None,
            self.to_grade_id.id or None,
        )
        rows = self.env.execute_query(customers)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.crm_customer_standing_action"
        )
        return action | {
            "domain": [
                ("company_id", "=", self.migration_id.company_id.id),
                ("partner_id", "in", [partner for (partner,) in rows]),
            ],
            "context": {},
        }
