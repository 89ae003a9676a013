from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

BOOKED_BY = (
    "liability_account_id",
    "liability_expense_account_id",
    "liability_journal_id",
)


class LoyaltyProgram(models.Model):
    """What the points that customers may still spend are worth in the accounts."""

    _inherit = "loyalty.program"

    point_value = fields.Float(
        string="Fair Value of a Point",
        digits=(16, 6),
        groups=AMOUNT_GROUPS,
        help="In the company's currency. 0: the points of this program are not in the accounts.",
    )
    breakage_rate = fields.Float(
        string="Expected Breakage (%)",
        groups=AMOUNT_GROUPS,
        help="So much of the open points will never be spent, as you expect.",
    )
    liability_account_id = fields.Many2one(
        comodel_name="account.account",
        check_company=True,
        groups=AMOUNT_GROUPS,
        ondelete="restrict",
        domain="[('account_type', 'in', ('liability_current', 'liability_non_current'))]",
    )
    liability_expense_account_id = fields.Many2one(
        comodel_name="account.account",
        string="Expense or Revenue Account",
        check_company=True,
        groups=AMOUNT_GROUPS,
        ondelete="restrict",
        help="What the liability is taken from: an expense, or revenue that is deferred.",
    )
    liability_journal_id = fields.Many2one(
        comodel_name="account.journal",
        check_company=True,
        groups=AMOUNT_GROUPS,
        ondelete="restrict",
        domain="[('type', '=', 'general')]",
    )

    _point_value_positive = models.Constraint(
        "CHECK (point_value >= 0)", "A point is worth 0 or more: correct its value."
    )
    _breakage_rate_range = models.Constraint(
        "CHECK (breakage_rate BETWEEN 0 AND 100)",
        "The expected breakage is 0 to 100 %: correct it.",
    )

    @api.constrains("point_value", "company_id", *BOOKED_BY)
    def _check_liability(self):
        for program in self.sudo():  # sudo: who sets up programs need not see amounts
            if not program.point_value:
                continue
            if not program.company_id or not all(program[name] for name in BOOKED_BY):
                raise ValidationError(
                    self.env._(
                        "The points of %(program)s have a value: choose its company, the journal"
                        " and both accounts, too.",
                        program=program.display_name,
                    )
                )
            program._check_has_journal_of_company()

    def write(self, vals):
        result = super().write(vals)
        if "point_value" in vals:
            # what the points of all customers cost is not what it was
            self.env["crm.value.policy"]._rules_changed()
        return result

    def _check_has_journal_of_company(self):
        """Raise unless the company's programs are booked in one journal: the entry is one."""
        programs = self._booked_programs(self.company_id)
        if len(programs.liability_journal_id) > 1:
            raise ValidationError(
                self.env._(
                    "The points of a company are booked in one entry: choose the same journal"
                    " on %(programs)s.",
                    programs=", ".join(programs.mapped("display_name")),
                )
            )

    @api.model
    def _booked_programs(self, company):
        """Return the programs of a company whose points are in its accounts, as the system."""
        # sudo: accountants need not have rights on programs
        programs = self.sudo().with_context(active_test=False)
        return programs.search([("company_id", "=", company.id), ("point_value", ">", 0)])
