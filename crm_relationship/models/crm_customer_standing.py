from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..report.crm_customer_fact import PURCHASE_KINDS
from .res_partner import AMOUNT_GROUPS, RELATIONSHIP_FIELDS


class CrmCustomerStanding(models.Model):
    """What a commercial customer has brought to a company, and the grade that he has for it.

    One row per customer and company, written by one statement from the facts. No user writes it,
    so there are no columns for who did.
    """

    _name = "crm.customer.standing"
    _description = "Customer Standing"
    _inherit = ["crm.customer.dimension"]
    _order = "m_score desc, rfm_score desc, id"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one(required=True, ondelete="cascade", index=False)
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    value_grade_id = fields.Many2one(
        comodel_name="crm.value.grade", readonly=True, index=True, ondelete="restrict"
    )
    rule_grade_id = fields.Many2one(
        comodel_name="crm.value.grade",
        string="Grade by Rule",
        readonly=True,
        ondelete="restrict",
        help="The grade by the policy; a grade given by hand goes before it.",
    )
    manual_grade_id = fields.Many2one(
        comodel_name="crm.value.grade", string="Grade by Hand", readonly=True, ondelete="restrict"
    )
    manual_until = fields.Date(string="By Hand until", readonly=True)
    manual_reason = fields.Char(string="By Hand because", readonly=True)
    revenue = fields.Monetary(readonly=True, groups=AMOUNT_GROUPS)
    order_count = fields.Integer(
        string="Purchases",
        readonly=True,
        help="Orders in the window, or invoices where these are what counts.",
    )
    first_date = fields.Date(string="First Purchase", readonly=True)
    last_date = fields.Date(string="Last Purchase", readonly=True)
    recency_days = fields.Integer(
        string="Days Ago",
        compute="_compute_recency_days",
        search="_search_recency_days",
        aggregator="avg",
    )
    r_score = fields.Integer(string="Recency Score", readonly=True, aggregator="avg")
    f_score = fields.Integer(string="Frequency Score", readonly=True, aggregator="avg")
    m_score = fields.Integer(string="Monetary Score", readonly=True, aggregator="avg")
    rfm_score = fields.Integer(
        string="RFM Score", readonly=True, aggregator="avg", help="The sum of the three scores."
    )
    abc_class = fields.Selection(
        selection=[("a", "A"), ("b", "B"), ("c", "C")], string="ABC Class", readonly=True
    )
    graded_on = fields.Date(
        string="Graded as of", readonly=True, help="The day of the newest change of this row."
    )
    change_ids = fields.Many2many(
        comodel_name="crm.value.grade.change",
        string="Grade History",
        compute="_compute_change_ids",
    )

    _company_partner_unique = models.Constraint(
        "UNIQUE (company_id, partner_id)", "A customer has one standing in each company."
    )
    _partner_index = models.Index("(partner_id)")
    _score_range = models.Constraint(
        "CHECK (r_score BETWEEN 0 AND 5 AND f_score BETWEEN 0 AND 5 AND m_score BETWEEN 0 AND 5)",
        "The scores lie between 0 and 5.",
    )

    @api.depends("last_date")
    def _compute_recency_days(self):
        as_of_by_company = {
            policy.company_id: policy._as_of()
            for policy in self.env["crm.value.policy"]._known_of(self.company_id)
        }
        for standing in self:
            as_of = as_of_by_company[standing.company_id]
            standing.recency_days = standing.last_date and (as_of - standing.last_date).days

    def _search_recency_days(self, operator, value):
        if operator not in ("in", "not in", "<", ">", "<=", ">="):
            return NotImplemented
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s %s %s",
                self._recency_sql(alias),
                SQL(operator.upper()),
                tuple(value) if operator in ("in", "not in") else value,
            )
        )

    def _compute_change_ids(self):
        changes = self.env["crm.value.grade.change"].search(
            [("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids)]
        )
        by_standing = changes.grouped(lambda change: (change.partner_id, change.company_id))
        for standing in self:
            standing.change_ids = by_standing.get((standing.partner_id, standing.company_id))

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        if field_expr == "recency_days":
            return self._recency_sql(alias)
        return super()._field_to_sql(alias, field_expr, query)

    def action_set_grade(self):
        """Open the form in which a manager gives this customer a grade by hand."""
        self.ensure_one()
        return self.partner_id.action_set_value_grade()

    def action_end_manual_grade(self):
        """Take a grade given by hand back; the grade by rule holds again."""
        self._check_may_manage()
        for standing in self:
            standing._set_grade_by_hand(False, False, self.env._("The grade by hand was ended."))
        return True

    def action_view_facts(self):
        """Open the documents that made this customer's value."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.crm_customer_fact_action"
        )
        domain = [
            ("partner_id", "in", self.partner_id.ids),
            ("company_id", "in", self.company_id.ids),
            ("kind", "in", PURCHASE_KINDS),
        ]
        return action | {"domain": domain, "context": {}}

    @api.model
    def _check_may_manage(self):
        if self.env.su or self.env.user.has_group("crm_relationship.group_relationship_manager"):
            return
        raise AccessError(
            self.env._("Only a manager of customer relationships grades customers: ask one.")
        )

    @api.model
    def _of_customer(self, customer, company):
        """Return the standing of a commercial customer, created empty where there is none."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_customer_standing (
                    partner_id, company_id, revenue, order_count, r_score, f_score, m_score,
                    rfm_score, abc_class, graded_on
                )
                VALUES (%s, %s, 0, 0, 0, 0, 0, 0, 'c', %s)
                ON CONFLICT DO NOTHING
                """,
                customer.id,
                company.id,
                company._business_today(),
            )
        )
        return self.search([("partner_id", "=", customer.id), ("company_id", "=", company.id)])

    def _set_grade_by_hand(self, grade, until, reason):
        """Give the customer a grade until a day (inclusive), or take it back when it is empty."""
        self.ensure_one()
        before, after = self.value_grade_id, grade or self.rule_grade_id
        today = self.company_id._business_today()
        # sudo: no user has the right to write a standing; the caller was checked
        standing = self.sudo()
        standing.write(
            {
                "manual_grade_id": grade and grade.id,
                "manual_until": until,
                "manual_reason": grade and reason,
                "value_grade_id": after.id,
                "graded_on": today,
            }
        )
        self.env["res.partner"].invalidate_model(RELATIONSHIP_FIELDS)
        if before == after:
            return
        change = standing.env["crm.value.grade.change"].create(
            {
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "from_grade_id": before.id,
                "to_grade_id": after.id,
                "date": today,
                "method": "manual",
                "reason": reason,
                "user_id": self.env.uid,
            }
        )
        self._grade_changed(change)

    def _recency_sql(self, alias) -> SQL:
        policies = self.env["crm.value.policy"]._known_of(self.env.companies)
        cases = [
            SQL("WHEN %s THEN %s", policy.company_id.id, policy._as_of()) for policy in policies
        ]
        return SQL(
            "((CASE %s %s END)::date - %s)",
            SQL.identifier(alias, "company_id"),
            SQL(" ").join(cases),
            SQL.identifier(alias, "last_date"),
        )
