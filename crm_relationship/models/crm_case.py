from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import email_normalize

from ..logic.promise import is_overdue

UNNUMBERED = "New"
KINDS_RESOLVED = frozenset({"complaint", "after_sales", "return"})


class CrmCase(models.Model):
    """A complaint or after-sales matter of a customer, with the day it was promised for."""

    _name = "crm.case"
    _description = "Case"
    _inherit = ["crm.customer.dimension", "rating.mixin", "mail.activity.mixin"]
    _order = "is_closed, promise_date, id desc"
    _rec_names_search = ["name", "subject"]
    _primary_email = "email_from"
    _check_company_auto = True

    name = fields.Char(
        string="Number",
        required=True,
        readonly=True,
        copy=False,
        index="trigram",
        default=UNNUMBERED,
    )
    subject = fields.Char(required=True, index="trigram", tracking=True)
    description = fields.Html()
    kind = fields.Selection(
        selection=[
            ("complaint", "Complaint"),
            ("after_sales", "After-sales"),
            ("question", "Question"),
            ("return", "Return"),
        ],
        required=True,
        default="question",
        tracking=True,
    )
    severity = fields.Selection(
        selection=[("0", "Low"), ("1", "Normal"), ("2", "High"), ("3", "Critical")],
        required=True,
        default="1",
        tracking=True,
    )
    partner_id = fields.Many2one(
        readonly=False, ondelete="restrict", check_company=True, tracking=True
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", string="Commercial Customer"
    )
    partner_phone = fields.Char(related="partner_id.phone", string="Phone")
    partner_email = fields.Char(related="partner_id.email", string="E-mail")
    email_from = fields.Char(
        string="Sender", help="Who wrote the e-mail that opened the case, when nobody knows him."
    )
    email_normalized = fields.Char(
        compute="_compute_email_normalized", store=True, index="btree_not_null"
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Owner",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        domain="[('share', '=', False)]",
        tracking=True,
        help="At first the customer's salesperson, or his deputy while he is away.",
    )
    stage_id = fields.Many2one(
        comodel_name="crm.case.stage",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self._open_stages()[:1],
        group_expand="_read_group_expand_full",
        copy=False,
        tracking=True,
    )
    is_closed = fields.Boolean(related="stage_id.is_closed", store=True, string="Closed")
    value_grade_id = fields.Many2one(
        comodel_name="crm.value.grade",
        compute="_compute_value_grade_id",
        store=True,
        precompute=True,
        ondelete="set null",
        help="The customer's grade when the case was opened. Internal.",
    )
    opened_date = fields.Datetime(
        string="Opened on", required=True, copy=False, default=fields.Datetime.now
    )
    promise_date = fields.Date(
        string="Promised for",
        compute="_compute_promise_date",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        copy=False,
        tracking=True,
        help="At the end of this day the case should be closed. At first it follows from the"
        " customer's grade.",
    )
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    cause_id = fields.Many2one(
        comodel_name="crm.case.cause", index="btree_not_null", ondelete="restrict", tracking=True
    )
    resolution = fields.Text(copy=False)
    closed_date = fields.Datetime(
        string="Closed on", compute="_compute_closed_date", store=True, copy=False
    )
    first_closed_date = fields.Datetime(
        string="First Closed on", compute="_compute_closed_date", store=True, copy=False
    )
    reopen_count = fields.Integer(string="Times Reopened", readonly=True, copy=False)
    interaction_ids = fields.One2many(
        comodel_name="crm.interaction", inverse_name="case_id", string="Interactions"
    )

    _number_unique = models.Constraint(
        "UNIQUE (company_id, name)",
        "A case of this number exists already: leave the number to Odoo.",
    )
    _customer_or_sender = models.Constraint(
        "CHECK (partner_id IS NOT NULL OR COALESCE(email_from, '') <> '')",
        "Whose case is it? Choose a customer, or enter the e-mail address of the sender.",
    )

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for case in self:
            case.display_name = " ".join(filter(None, (case.name, case.subject)))

    @api.depends("email_from")
    def _compute_email_normalized(self):
        for case in self:
            case.email_normalized = email_normalize(case.email_from or "") or False

    @api.depends("partner_id", "company_id")
    def _compute_user_id(self):
        for case in self:
            case.user_id = case.user_id or case._customer_owner()

    @api.depends("partner_id", "company_id")
    def _compute_value_grade_id(self):
        for company, cases in self.grouped("company_id").items():
            for case in cases.with_company(company):
                if not case.is_closed:
                    case.value_grade_id = case.partner_id.value_grade_id

    @api.depends("partner_id", "company_id", "value_grade_id", "opened_date")
    def _compute_promise_date(self):
        for case in self:
            if case.company_id and not (case.is_closed and case.promise_date):
                moment = case.opened_date or fields.Datetime.now()
                opened = case.company_id._business_day(moment)
                case.promise_date = case.company_id._working_day(opened, case._promise_days())

    @api.depends("is_closed", "promise_date", "company_id")
    def _compute_is_overdue(self):
        today = {company: company._business_today() for company in self.company_id}
        for case in self:
            is_open = case.company_id and not case.is_closed
            case.is_overdue = is_open and is_overdue(case.promise_date, today[case.company_id])

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        companies = self.env["res.company"].sudo().search([])  # sudo: each has a day of its own
        overdue = Domain("is_closed", "=", False) & Domain.OR(
            Domain("company_id", "in", those.ids) & Domain("promise_date", "<", today)
            for today, those in companies.grouped(lambda one: one._business_today()).items()
        )
        sides = [overdue] * (True in value) + [~overdue] * (False in value)
        return Domain.OR(sides)

    @api.depends("is_closed")
    def _compute_closed_date(self):
        now = fields.Datetime.now()
        for case in self:
            case.closed_date = (case.closed_date or now) if case.is_closed else False
            case.first_closed_date = case.first_closed_date or case.closed_date

    @api.constrains("stage_id", "kind", "resolution")
    def _check_resolution(self):
        for case in self.filtered(lambda case: case.stage_id.needs_resolution):
            if case.kind in KINDS_RESOLVED and not (case.resolution or "").strip():
                raise ValidationError(
                    self.env._(
                        "Write in the field Resolution how %(case)s was resolved, then close it.",
                        case=case.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        cases = super().create([self._with_number(vals) for vals in vals_list])
        self.env["res.partner"].invalidate_model(["open_case_count"], flush=False)
        for case, vals in zip(cases, vals_list, strict=True):
            case._tell_of_opening(vals.get("user_id"))
        return cases

    def write(self, vals):
        """Write, count what is reopened, and ask the customers of closed cases how it was.

        A customer who is written again unchanged does not move the promise.
        """
        if "partner_id" in vals and all(one.partner_id.id == vals["partner_id"] for one in self):
            vals = {name: value for name, value in vals.items() if name != "partner_id"}
        closed = self.filtered("is_closed")
        owners = {case: case.user_id for case in self}
        result = super().write(vals)
        if {"stage_id", "partner_id"} & vals.keys():
            self.env["res.partner"].invalidate_model(["open_case_count"], flush=False)
        if "stage_id" in vals:
            self.mapped("closed_date")  # the moment of this change, not that of the next flush
            for case in closed.filtered(lambda case: not case.is_closed):
                case.reopen_count += 1
            (self - closed).filtered("is_closed")._request_rating()
        if vals.get("partner_id"):
            for case in self:
                case._tell_of_opening(vals.get("user_id") or case.user_id == owners[case])
        return result

    def action_close(self):
        """Move open cases to the first stage that closes a case as resolved."""
        stage = self.env["crm.case.stage"].search(
            [("is_closed", "=", True)], order="needs_resolution DESC, sequence, id", limit=1
        )
        self._move_to(stage, self.filtered(lambda case: not case.is_closed))

    def action_reopen(self):
        """Move closed cases back to the first stage in which a case is open."""
        self._move_to(self._open_stages()[:1], self.filtered("is_closed"))

    def _move_to(self, stage, cases):
        if not stage:
            raise UserError(
                self.env._(
                    "There is no stage to move the case to: create an open and a closed one under"
                    " Configuration, Case Stages."
                )
            )
        if cases:
            cases.stage_id = stage

    @api.model
    def _open_stages(self):
        return self.env["crm.case.stage"].search([("is_closed", "=", False)])

    @api.model
    def _with_number(self, vals):
        """Return the values of a new case with its number; one that is given is kept."""
        if vals.get("name", UNNUMBERED) not in (False, "", UNNUMBERED):
            return vals
        company = vals.get("company_id") or self.env.company.id
        number = self.env["ir.sequence"].with_company(company).next_by_code("crm.case")
        if not number:
            raise UserError(
                self.env._(
                    "Cases have no sequence of numbers: create one with the code crm.case under"
                    " Settings, Technical, Sequences."
                )
            )
        return {**vals, "name": number}

    def _customer_salespeople(self):
        """Return the salesperson of the customer; for a contact without one, that of his firm."""
        customer = self.partner_id
        return customer.user_id or customer.commercial_partner_id.user_id

    def _customer_owner(self):
        """Hook: return who looks after a new case, or nobody.

        The customer's salesperson, or the deputy while he is away; only who works for the company.
        """
        customer = self.partner_id
        salesperson = self._customer_salespeople()
        deputy = customer.deputy_user_id or customer.commercial_partner_id.deputy_user_id
        owner = deputy if deputy and salesperson.is_out_of_office else salesperson
        return owner.filtered(self._may_own)

    def _may_own(self, user):
        return user.active and not user.share and self.company_id in user.company_ids

    def _promise_days(self):
        """Hook: return within how many working days the case is promised to be closed.

        By the customer's grade, or what the company promises to customers without one.
        """
        grade = self.value_grade_id
        return grade.promise_days if grade else self.company_id.case_promise_days
