from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmValueGradeOverride(models.TransientModel):
    """A manager gives a customer a grade by hand, with a reason and an end."""

    _name = "crm.value.grade.override"
    _description = "Set Value Grade by Hand"

    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Customer", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    available_grade_ids = fields.Many2many(
        comodel_name="crm.value.grade", compute="_compute_available_grade_ids"
    )
    grade_id = fields.Many2one(
        comodel_name="crm.value.grade",
        required=True,
        domain="[('id', 'in', available_grade_ids)]",
        ondelete="cascade",
    )
    until = fields.Date(required=True, help="The last day; then the grade by rule holds again.")
    reason = fields.Char(required=True)

    @api.depends("company_id")
    def _compute_available_grade_ids(self):
        for override in self:
            policy = self.env["crm.value.policy"]._known_of(override.company_id)
            override.available_grade_ids = policy and policy._grades()

    def action_apply(self):
        """Give the grade; the history says by whom and why."""
        self.ensure_one()
        Standing = self.env["crm.customer.standing"]
        Standing._check_may_manage()
        self.partner_id.check_access("read")
        self._check_entries()
        standing = Standing._of_customer(self.partner_id.commercial_partner_id, self.company_id)
        standing._set_grade_by_hand(self.grade_id, self.until, self.reason.strip())
        return {"type": "ir.actions.act_window_close"}

    def _check_entries(self):
        if self.company_id not in self.env.companies:
            raise ValidationError(
                self.env._("Switch to %(company)s first.", company=self.company_id.display_name)
            )
        if self.grade_id not in self.available_grade_ids:
            raise ValidationError(
                self.env._("%(grade)s is not a grade of this company.", grade=self.grade_id.code)
            )
        if self.until < self.company_id._business_today():
            raise ValidationError(
                self.env._("The grade must end today or later: take another day.")
            )
        if not self.reason.strip():
            raise ValidationError(self.env._("Say why the customer gets this grade."))
