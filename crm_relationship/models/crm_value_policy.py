import logging

from psycopg2 import DatabaseError

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError, ValidationError

from ..logic.value_grade import Window, cut_offs, window_of
from .crm_customer_standing_statement import ExceptionalGrade

_logger = logging.getLogger(__name__)

MAXIMUM_WINDOW = 120
RULE_FIELDS = frozenset(
    {
        "basis",
        "method",
        "window_months",
        "tolerance",
        "share_class_a",
        "share_class_b",
        "reference_date",
    }
)


class CrmValuePolicy(models.Model):
    """How a company grades its customers: what counts, for how long, by which method."""

    _name = "crm.value.policy"
    _description = "Grading Policy"
    _inherit = ["mail.thread"]
    _rec_name = "company_id"
    _order = "company_id"

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    basis = fields.Selection(
        selection=[("invoiced", "Invoiced"), ("ordered", "Ordered")],
        default="invoiced",
        required=True,
        tracking=True,
        help="Invoiced: posted invoices less credit notes. Ordered: confirmed orders. Both without"
        " taxes, in the company's currency at the document's date.",
    )
    method = fields.Selection(
        selection=[
            ("cumulative_share", "Cumulative share"),
            ("fixed_bounds", "Fixed bounds"),
            ("rfm", "RFM score"),
        ],
        default="cumulative_share",
        required=True,
        tracking=True,
        help="Cumulative share: the customers who together bring a share of the value, as in an ABC"
        " analysis. Fixed bounds: a least value. RFM score: the sum of the three quintile scores.",
    )
    window_months = fields.Integer(
        string="Window", default=12, required=True, tracking=True, help="Months that count."
    )
    tolerance = fields.Float(
        default=0.05,
        required=True,
        tracking=True,
        digits=(5, 4),
        help="A customer keeps his grade until he is this far past its bound, so that one near it"
        " does not change grade every night. With RFM scores it is one point; 0% switches it off.",
    )
    share_class_a = fields.Float(
        string="Class A up to", default=0.8, required=True, tracking=True, digits=(5, 4)
    )
    share_class_b = fields.Float(
        string="Class B up to", default=0.95, required=True, tracking=True, digits=(5, 4)
    )
    reference_date = fields.Date(
        string="Grade as of",
        tracking=True,
        help="The last day that counts, for a closed year or imported history. Empty: today.",
    )
    business_timezone = fields.Selection(related="company_id.business_timezone", readonly=False)
    refreshed_at = fields.Datetime(string="Last Graded", readonly=True)
    refreshed_for = fields.Date(string="Graded as of", readonly=True)
    problem = fields.Char(readonly=True)
    grade_ids = fields.Many2many(comodel_name="crm.value.grade", compute="_compute_grade_ids")

    _company_unique = models.Constraint(
        "UNIQUE (company_id)", "Each company has one grading policy: change that one."
    )
    _window_range = models.Constraint(
        f"CHECK (window_months BETWEEN 1 AND {MAXIMUM_WINDOW})",
        f"The window has 1 to {MAXIMUM_WINDOW} months.",
    )
    _tolerance_range = models.Constraint(
        "CHECK (tolerance >= 0 AND tolerance <= 0.5)", "The tolerance lies between 0% and 50%."
    )
    _share_class_range = models.Constraint(
        "CHECK (share_class_a > 0 AND share_class_a < share_class_b AND share_class_b <= 1)",
        "Class A must end below class B, both above 0% and not above 100%.",
    )

    def _compute_grade_ids(self):
        for policy in self:
            policy.grade_ids = policy._grades()

    @api.constrains("method")
    def _check_bounds(self):
        for policy in self:
            policy._ladder_grades()._check_bounds(policy.method)

    @api.constrains("reference_date")
    def _check_reference_date(self):
        for policy in self:
            today = policy.company_id._business_today()
            if policy.reference_date and policy.reference_date > today:
                raise ValidationError(
                    self.env._("Customers are not graded as of a day to come: take an earlier one.")
                )

    def write(self, vals):
        if RULE_FIELDS & vals.keys():
            vals = {**vals, "refreshed_at": False}
        return super().write(vals)

    def action_refresh(self):
        """Grade the customers of these companies now."""
        self.env["crm.customer.standing"].with_context(
            allowed_company_ids=self.company_id.ids
        ).refresh()
        return True

    @api.model
    def _of_companies(self, companies):
        """Return the policies of companies, created with the defaults where there is none."""
        policies = self._known_of(companies)
        missing = companies - policies.company_id
        return policies | policies.create([{"company_id": company.id} for company in missing])

    @api.model
    def _known_of(self, companies):
        """Return the policies of companies; each company has had one since it or we came."""
        # sudo: a policy comes with its company, and its rules hold for whoever grades or reads
        return self.sudo().search([("company_id", "in", companies.ids)])

    @api.model
    def _of_company(self, company):
        return self._of_companies(company)

    @api.model
    def _rules_changed(self):
        """Have all customers graded anew at the next run: the grades are not what they were."""
        # sudo: the mark is set by the change itself, no user writes it
        self.sudo().search([("refreshed_at", "!=", False)]).refreshed_at = False

    def _grades(self):
        """Return the active grades of the company, its own or else the shared, the best first."""
        self.ensure_one()
        # sudo: the rules of a company hold for whoever has its customers graded
        Grade = self.env["crm.value.grade"].sudo()
        own = Grade.search([("company_id", "=", self.company_id.id)])
        return own or Grade.search([("company_id", "=", False)])

    def _ladder_grades(self):
        """Hook: return the grades that are reached by the cut-offs of the method."""
        return self._grades()

    def _exceptional_grades(self) -> list[ExceptionalGrade]:
        """Hook: return the grades that go before the ladder, the first that holds wins."""
        return []

    def _as_of(self):
        """Return the last day that counts."""
        self.ensure_one()
        return self.reference_date or self.company_id._business_today()

    def _window(self) -> Window:
        return window_of(self._as_of(), self.window_months)

    def _cut_offs(self):
        """Return the cut-offs of the grades, the best first."""
        return cut_offs(self.method, self._ladder_grades()._ladder(self.method), self.tolerance)

    def _lock_for_grading(self):
        """Make sure that nobody else grades the customers of this company at the moment."""
        try:
            self.lock_for_update()
        except LockError:
            raise UserError(
                self.env._(
                    "The customers of %(company)s are being graded right now: try again in a"
                    " minute.",
                    company=self.company_id.display_name,
                )
            ) from None

    def _mark_refreshed(self, as_of):
        """Remember what has been graded, as of the start of this transaction."""
        self.write({"refreshed_at": self.env.cr.now(), "refreshed_for": as_of, "problem": False})

    def _is_fresh(self):
        """Tell whether only what has changed since the last run is left to do."""
        return bool(self.refreshed_at) and self.refreshed_for == self._as_of()

    def _refresh_or_report(self, refresh):
        """Grade one company; what goes wrong is said on its policy and does not stop the others."""
        try:
            with self.env.cr.savepoint():
                refresh(self)
        except (UserError, DatabaseError) as error:
            _logger.warning("Customers of %s are not graded: %s", self.company_id.id, error)
            self.problem = str(error)

    def _kinds(self):
        """Return the kinds of facts that count."""
        return ("order",) if self.basis == "ordered" else ("invoice", "refund")

    def _window_kinds(self):
        """Hook: return the kinds of facts that are measured in the window beside those that count.

        They make no purchase and no revenue; measures of another addon sum them up.
        """
        return ()
