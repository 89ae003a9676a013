"""How an alliance is settled: journals, product, periods, and the nightly run."""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import date_utils

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

_logger = logging.getLogger(__name__)


class CrmAlliance(models.Model):
    _name = "crm.alliance"
    _inherit = ["crm.alliance", "mail.activity.mixin"]

    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        tracking=True,
        domain="[('share', '=', False)]",
    )
    settlement_period = fields.Selection(
        selection=[("month", "Monthly"), ("quarter", "Quarterly")],
        string="Settled",
        default="month",
        required=True,
        tracking=True,
    )
    settlement_product_id = fields.Many2one(
        comodel_name="product.product",
        check_company=True,
        ondelete="restrict",
        domain="[('type', '=', 'service')]",
        tracking=True,
        help="The service on the documents of settlements: their accounts and taxes come from it.",
    )
    sale_journal_id = fields.Many2one(
        comodel_name="account.journal",
        string="Journal of Invoices",
        check_company=True,
        ondelete="restrict",
        domain="[('type', '=', 'sale')]",
        compute="_compute_journals",
        store=True,
        readonly=False,
        precompute=True,
        help="Where the invoices go: what the partner owes us.",
    )
    purchase_journal_id = fields.Many2one(
        comodel_name="account.journal",
        string="Journal of Bills",
        check_company=True,
        ondelete="restrict",
        domain="[('type', '=', 'purchase')]",
        compute="_compute_journals",
        store=True,
        readonly=False,
        precompute=True,
        help="Where the bills go: what we owe the partner.",
    )
    settlement_ids = fields.One2many(
        comodel_name="crm.alliance.settlement", inverse_name="alliance_id"
    )
    settlement_count = fields.Integer(compute="_compute_settlement_count", groups=AMOUNT_GROUPS)
    settlement_problem = fields.Char(
        readonly=True,
        copy=False,
        groups=AMOUNT_GROUPS,
        help="Why the last period could not be settled by itself.",
    )

    @api.depends("company_id")
    def _compute_journals(self):
        for alliance in self:
            company = alliance.company_id
            for name, kind in (("sale_journal_id", "sale"), ("purchase_journal_id", "purchase")):
                if alliance[name].company_id != company:
                    journals = self.env["account.journal"].search(
                        [
                            *self.env["account.journal"]._check_company_domain(company),
                            ("type", "=", kind),
                        ],
                        limit=1,
                    )
                    alliance[name] = journals

    def _compute_settlement_count(self):
        groups = self.env["crm.alliance.settlement"]._read_group(
            [("alliance_id", "in", self.ids)], ["alliance_id"], ["__count"]
        )
        counts = dict(groups)
        for alliance in self:
            alliance.settlement_count = counts.get(alliance, 0)

    @api.constrains("settlement_product_id")
    def _check_settlement_product(self):
        """Refuse taxes within the price: commissions and fees are agreed without taxes."""
        for alliance in self:
            product = alliance.settlement_product_id.sudo()  # sudo: taxes of the alliance's company
            taxes = (product.taxes_id | product.supplier_taxes_id).filtered(
                lambda tax, company=alliance.company_id: tax.company_id == company
            )
            if any(taxes.mapped("price_include")):
                raise ValidationError(
                    self.env._(
                        "The taxes of %s are within its price: choose a product whose taxes are"
                        " added.",
                        product.display_name,
                    )
                )

    def action_view_settlements(self):
        """Open the settlements with this partner."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_loyalty.crm_alliance_settlement_action"
        )
        return action | {
            "domain": [("alliance_id", "=", self.id)],
            "context": {"default_alliance_id": self.id},
        }

    @api.model
    def _cron_settle(self):
        """Settle the last period that is over of each alliance, once.

        What is wrong with one is noted on it and does not stop the others; it is tried again in
        the next night.
        """
        job = self.env["ir.cron"]
        alliances = self.search([("state", "!=", "draft")], order="id")
        job._commit_progress(remaining=len(alliances))
        for alliance in alliances:
            if alliance.try_lock_for_update(allow_referencing=True):
                alliance.with_company(alliance.company_id)._settle_or_note()
            if not job._commit_progress(1):
                return

    def _settle_or_note(self):
        """Settle the last period; note what was wrong where people see it."""
        problem = False
        try:
            with self.env.cr.savepoint():
                self._settle_last_period()
        except Exception as error:
            known = isinstance(error, UserError)
            problem = str(error) if known else self.env._("It failed: see the server's log.")
            _logger.log(
                logging.INFO if known else logging.ERROR,
                "alliance %s is not settled: %s",
                self.id,
                error,
                exc_info=not known,
            )
        self.settlement_problem = problem
        self._alert_low_balance()

    def _settle_last_period(self):
        first, last = self._last_period()
        Settlement = self.env["crm.alliance.settlement"]
        done = Settlement.search(
            [
                ("alliance_id", "=", self.id),
                ("date_from", "=", first),
                ("date_until", "=", last),
            ]
        )
        if done.filtered(lambda one: one.state != "draft"):
            return
        settlement = done or Settlement.create(
            {"alliance_id": self.id, "date_from": first, "date_until": last}
        )
        settlement.action_collect()
        if settlement.line_ids:
            settlement.action_invoice()
        else:
            settlement.unlink()

    def _last_period(self):
        """Return the first and the last day of the last month or quarter that is over."""
        today = self.company_id._business_today()
        last = fields.Date.subtract(date_utils.start_of(today, self.settlement_period), days=1)
        return date_utils.start_of(last, self.settlement_period), last
