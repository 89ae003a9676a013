from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import date_utils, format_date

ACCOUNTANTS = "account.group_account_invoice"


class CrmPointsLiability(models.Model):
    """What a company owes its customers in points at the end of a month, and its entry."""

    _name = "crm.points.liability"
    _description = "Points Liability"
    _order = "closing_date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="restrict",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    line_ids = fields.One2many("crm.points.liability.line", "liability_id", readonly=True)
    move_id = fields.Many2one(
        "account.move", string="Entry", readonly=True, copy=False, ondelete="restrict"
    )
    reversal_move_id = fields.Many2one(
        "account.move", string="Reversal", readonly=True, copy=False, ondelete="restrict"
    )
    state = fields.Selection(related="move_id.state", string="Entry Is")
    amount = fields.Monetary(readonly=True, copy=False)
    points = fields.Float(digits=(16, 2), readonly=True, copy=False)
    lot_count = fields.Integer(string="Lots", compute="_compute_lot_count")
    closing_date = fields.Date(
        required=True,
        default=lambda self: self._last_closing_date(self.env.company),
        help="The last day of a month.",
    )
    computed_on = fields.Datetime(readonly=True, copy=False)

    _once = models.Constraint(
        "UNIQUE(company_id, closing_date)",
        "The points of this month are closed already: open that one.",
    )

    @api.depends("closing_date", "company_id")
    def _compute_display_name(self):
        for liability in self:
            liability.display_name = self.env._(
                "Points of %(company)s on %(day)s",
                company=liability.company_id.name,
                day=format_date(self.env, liability.closing_date),
            )

    @api.depends("line_ids")
    def _compute_lot_count(self):
        groups = self.env["crm.points.liability.line"]._read_group(
            [("liability_id", "in", self.ids)], ["liability_id"], ["__count"]
        )
        counts = {liability.id: count for liability, count in groups}
        for liability in self:
            liability.lot_count = counts.get(liability.id, 0)

    @api.constrains("closing_date", "company_id")
    def _check_closing_date(self):
        for liability in self:
            day = liability.closing_date
            if day != date_utils.end_of(day, "month"):
                raise ValidationError(self.env._("Close a month on its last day."))
            if day > liability.company_id._business_today():
                raise ValidationError(self.env._("The month is not over: close an earlier one."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_booked(self):
        if self.move_id:
            raise UserError(self.env._("The liability has an entry: delete that first."))

    @api.model
    def _last_closing_date(self, company):
        return date_utils.start_of(company._business_today(), "month") - timedelta(days=1)

    @api.model
    def _cron_close(self):
        """Close the last month of each company that has its points in the accounts, once."""
        companies = self.env["res.company"].search([])
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for company in companies:
            here = self.with_company(company)
            day = self._last_closing_date(company)
            closed = [("company_id", "=", company.id), ("closing_date", "=", day)]
            if not here.search_count(closed) and self._programs_of(company):
                here.create({"company_id": company.id, "closing_date": day}).action_close()
            if not self.env["ir.cron"]._commit_progress(1):
                return

    @api.model
    def _programs_of(self, company):
        return self.env["loyalty.program"]._booked_programs(company)

    def action_close(self):
        """Note what each lot is worth, and make the draft entry of the month, anew if need be."""
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group(ACCOUNTANTS):
            raise AccessError(self.env._("Only accountants close the points of a month."))
        for liability in self:
            liability._check_entries()
            liability.lock_for_update()
            # sudo: the accountant need not see cards
            liability.sudo().with_company(liability.company_id)._close()

    def _check_entries(self):
        if "posted" in (self.move_id | self.reversal_move_id).mapped("state"):
            raise UserError(
                self.env._("The entry is posted: reset it to draft before you compute again.")
            )
        if not self._programs_of(self.company_id):
            raise UserError(
                self.env._("No program of %s has points with a value.", self.company_id.name)
            )

    def _close(self):
        moves = self.reversal_move_id | self.move_id
        self.write({"move_id": False, "reversal_move_id": False})
        moves.unlink()
        programs = self._programs_of(self.company_id)
        self._note_lots(programs)
        sums = self._amounts_by_program()
        self.write(
            {
                "computed_on": fields.Datetime.now(),
                "amount": sum(amount for amount, _points in sums.values()),
                "points": sum(points for _amount, points in sums.values()),
            }
        )
        amounts = {program: amount for program, (amount, _points) in sums.items() if amount}
        if amounts:
            self.move_id = self.env["account.move"].create(self._prepare_move(amounts))
            self.reversal_move_id = self._reverse()

    def _amounts_by_program(self):
        """Return ``{program: (amount, points)}``, the amount in the company's currency."""
        groups = self.env["crm.points.liability.line"]._read_group(
            [("liability_id", "=", self.id)], ["program_id"], ["value:sum", "points:sum"]
        )
        return {
            program: (self.currency_id.round(amount), points) for program, amount, points in groups
        }

    def _prepare_move(self, amounts):
        """Hook: return the values of the month's entry, from ``{program: amount}``."""
        lines = []
        for program, amount in amounts.items():
            name = self.env._("Open points of %s", program.display_name)
            for account, balance in (
                (program.liability_expense_account_id, amount),
                (program.liability_account_id, -amount),
            ):
                lines.append({"name": name, "account_id": account.id, "balance": balance})
        return {
            "move_type": "entry",
            "company_id": self.company_id.id,
            "journal_id": next(iter(amounts)).liability_journal_id.id,
            "date": self.closing_date,
            "ref": self.display_name,
            "line_ids": [Command.create(line) for line in lines],
        }

    def _reverse(self):
        """Return the draft that takes the entry back on the first day of the next month."""
        return self.move_id._reverse_moves(
            [
                {
                    "date": self.closing_date + relativedelta(days=1),
                    "ref": self.env._("Reversal of: %s", self.display_name),
                }
            ]
        )

    def action_open_lots(self):
        """Open the lots that the amount is made of."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Lots"),
            "res_model": "crm.points.liability.line",
            "view_mode": "list,pivot",
            "domain": list(Domain("liability_id", "=", self.id)),
        }

    def action_open_entry(self):
        """Open the entry of the month and its reversal."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Entries"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": list(Domain("id", "in", (self.move_id | self.reversal_move_id).ids)),
        }
