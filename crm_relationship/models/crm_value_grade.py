from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..logic.value_grade import Grade, disorder

BOUND_FIELD = {
    "cumulative_share": "cumulative_share",
    "fixed_bounds": "minimum_value",
    "rfm": "minimum_score",
}


class CrmValueGrade(models.Model):
    """What a customer is worth to us; internal, never shown to him."""

    _name = "crm.value.grade"
    _description = "Value Grade"
    _inherit = ["mail.thread", "crm.cached.name"]
    _order = "sequence, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, size=8)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10, help="The best grade comes first.")
    color = fields.Integer()
    company_id = fields.Many2one(
        comodel_name="res.company",
        index="btree_not_null",
        help="Empty: the grade of every company that has none of its own.",
    )
    currency_id = fields.Many2one(comodel_name="res.currency", compute="_compute_currency_id")
    cumulative_share = fields.Float(
        string="Up to Share of Value",
        default=1.0,
        aggregator=None,
        tracking=True,
        digits=(5, 4),
        help="With the method Cumulative share: customers who together bring this share of the"
        " value, from the most valuable on, get the grade. The last grade goes up to 100%.",
    )
    minimum_value = fields.Monetary(
        aggregator=None,
        tracking=True,
        help="With the method Fixed bounds: the least value in the window, itself included.",
    )
    minimum_score = fields.Integer(
        aggregator=None,
        tracking=True,
        help="With the method RFM score: the least sum of the three scores, 3 to 15. Customers"
        " who bought nothing in the window have 0.",
    )
    note = fields.Text(string="Service Promise", translate=True)
    promise_days = fields.Integer(
        string="Cases Promised within (Working Days)",
        default=5,
        aggregator=None,
        tracking=True,
        help="Within how many working days a case of such a customer is closed; 0 for the same"
        " day.",
    )
    customer_count = fields.Integer(string="Customers", compute="_compute_customer_count")

    _cumulative_share_range = models.Constraint(
        "CHECK (cumulative_share > 0 AND cumulative_share <= 1)",
        "The share of value must lie above 0% and not above 100%.",
    )
    _minimum_score_range = models.Constraint(
        "CHECK (minimum_score BETWEEN 0 AND 15)", "An RFM score lies between 0 and 15."
    )
    _promise_days_range = models.Constraint(
        "CHECK (promise_days BETWEEN 0 AND 365)",
        "Cases are promised within 0 to 365 working days: correct the number.",
    )
    _code_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0)) WHERE active IS TRUE",
        "Two grades of a company cannot have the same code.",
    )

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for grade in self:
            grade.currency_id = (grade.company_id or self.env.company).currency_id

    @api.depends_context("allowed_company_ids")
    def _compute_customer_count(self):
        count_by_grade = dict(
            self.env["crm.customer.standing"]._read_group(
                [("value_grade_id", "in", self.ids), ("company_id", "in", self.env.companies.ids)],
                ["value_grade_id"],
                ["__count"],
            )
        )
        for grade in self:
            grade.customer_count = count_by_grade.get(grade, 0)

    @api.model
    def _search_display_name(self, operator, value):
        """Find a grade by the words it is shown with: its code, its name, or both."""
        super_search = super()._search_display_name
        words = value.split() if operator == "ilike" and isinstance(value, str) else []
        if not words:
            return super_search(operator, value)
        return Domain.AND([super_search(operator, word) for word in words])

    @api.constrains("sequence", "active", "company_id", *BOUND_FIELD.values())
    def _check_order_of_bounds(self):
        policies = self.env["crm.value.policy"].sudo().search([])  # sudo: all that use the grades
        for policy in policies:
            grades = policy._ladder_grades()
            if grades & self:
                grades._check_bounds(policy.method)

    def _check_bounds(self, method):
        """Refuse grades (best first) of which one is not harder to reach than the next."""
        bound_field = BOUND_FIELD[method]
        index = disorder(method, self.mapped(bound_field))
        if index is not None:
            raise ValidationError(
                self.env._(
                    "%(better)s comes before %(lesser)s, so it must be harder to reach. Change"
                    " %(bound)s of one of them, or their order.",
                    better=self[index].display_name,
                    lesser=self[index + 1].display_name,
                    bound=self._fields[bound_field]._description_string(self.env),
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        grades = super().create(vals_list)
        self.env["crm.value.policy"]._rules_changed()
        return grades

    def write(self, vals):
        result = super().write(vals)
        if {"active", "sequence", "company_id", *BOUND_FIELD.values()} & vals.keys():
            self.env["crm.value.policy"]._rules_changed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_given(self):
        # sudo: a grade is in use also where the user does not see the customer
        Standing, Change = (
            self.env["crm.customer.standing"].sudo(),
            self.env["crm.value.grade.change"].sudo(),
        )
        given = ["|", ("value_grade_id", "in", self.ids), ("manual_grade_id", "in", self.ids)]
        recorded = ["|", ("from_grade_id", "in", self.ids), ("to_grade_id", "in", self.ids)]
        if Standing.search_count(given, limit=1) or Change.search_count(recorded, limit=1):
            raise UserError(
                self.env._("Customers have or had this grade: archive it instead of deleting it.")
            )

    def action_view_customers(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.crm_customer_standing_action"
        )
        return action | {"domain": [("value_grade_id", "in", self.ids)], "context": {}}

    @api.model
    @tools.ormcache("lang")
    def _shown_by_id(self, lang):
        """Return ``{id: what is shown of a grade beside the customer}``, in a language."""
        # sudo: whoever may see the customer's grade may see what it promises
        everything = self.sudo().with_context(active_test=False, lang=lang).search([])
        return {
            grade.id: {
                "id": grade.id,
                "code": grade.code,
                "name": grade.name,
                "color": grade.color,
                "promise": grade.note or False,
            }
            for grade in everything
        }

    def _ladder(self, method) -> list[Grade]:
        """Return the grades with their bounds for a method, the best first."""
        return [Grade(grade.id, grade[BOUND_FIELD[method]]) for grade in self]

    def _shown_name(self):
        return f"{self.code} {self.name}" if self.name else self.code
