import logging
from datetime import timedelta

from psycopg2 import DatabaseError

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tools import SQL

from .crm_affinity_counting import Counting

_logger = logging.getLogger(__name__)

COUNTED_ANEW_AFTER = timedelta(days=7)
ONE_DAY = timedelta(days=1)
RULE_FIELDS = frozenset({"company_id", "level", "months", "min_support"})


class CrmAffinity(models.Model):
    """What is bought together with what, counted in the orders of a company."""

    _name = "crm.affinity"
    _description = "Products Bought Together"
    _inherit = ["mail.thread"]
    _order = "company_id, level, id"

    name = fields.Char(compute="_compute_name")
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    level = fields.Selection(
        selection=[("product", "Products"), ("category", "Product categories")],
        default="product",
        required=True,
        tracking=True,
    )
    months = fields.Integer(
        default=12, required=True, tracking=True, help="Orders of so many months back are counted."
    )
    min_support = fields.Float(
        string="Minimum Support (%)",
        digits=(7, 4),
        default=0.1,
        required=True,
        tracking=True,
        help="What is together in fewer of all orders, in percent, is left out: it may be chance.",
    )
    baskets = fields.Integer(string="Orders", readonly=True, copy=False)
    date_from = fields.Date(string="Orders from", readonly=True, copy=False)
    date_until = fields.Date(
        string="Orders until", readonly=True, copy=False, help="The last day that is counted."
    )
    counted_anew_on = fields.Date(readonly=True, copy=False)
    problem = fields.Char(readonly=True, copy=False)
    pair_ids = fields.One2many(comodel_name="crm.affinity.pair", inverse_name="affinity_id")

    _level_unique = models.UniqueIndex(
        "(company_id, level) WHERE active", "This is counted for the company already: change that."
    )
    _months_range = models.Constraint(
        "CHECK (months BETWEEN 1 AND 120)", "Orders of 1 to 120 months are counted."
    )
    _support_range = models.Constraint(
        "CHECK (min_support > 0 AND min_support <= 100)",
        "The minimum support is more than 0 and at most 100 percent: correct the number.",
    )

    @api.depends("level", "months")
    def _compute_name(self):
        labels = dict(self._fields["level"]._description_selection(self.env))
        for affinity in self:
            affinity.name = self.env._(
                "%(level)s, %(months)s months", level=labels[affinity.level], months=affinity.months
            )

    def write(self, vals):
        if RULE_FIELDS & vals.keys():
            vals = {**vals, "counted_anew_on": False}
        return super().write(vals)

    def action_count(self):
        """Count all orders of the window anew, now."""
        self._check_may_manage()
        for affinity in self:
            affinity._count_anew()
        return True

    def action_view_pairs(self):
        """Open what is bought together."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_loyalty.crm_affinity_pair_action"
        )
        return action | {"domain": [("affinity_id", "=", self.id)]}

    @api.model
    def _check_may_manage(self):
        if self.env.su or self.env.user.has_group("crm_relationship.group_relationship_manager"):
            return
        raise AccessError(
            self.env._("Only a manager of customer relationships has orders counted: ask one.")
        )

    def _count_anew(self):
        """Count the orders of the whole window; what differs from the last count is written."""
        affinity = self._locked()
        last = affinity._yesterday()
        first = fields.Date.subtract(last, months=affinity.months) + ONE_DAY
        affinity._note(Counting(affinity, first, last).anew(), first, counted_anew_on=last)

    def _add_new_orders(self):
        """Add the orders of the days since the last count: the same as if all were counted.

        The window grows until all is counted anew; orders that were cancelled since stay in it.
        """
        affinity = self._locked()
        last = affinity._yesterday()
        if last > affinity.date_until:
            counting = Counting(affinity, affinity.date_until + ONE_DAY, last)
            affinity._note(counting.added(affinity.date_from), affinity.date_from)

    def _yesterday(self):
        """Return the last day whose orders are all there."""
        return self.company_id._business_today() - ONE_DAY

    def _locked(self):
        """Return it as the system, which reads all orders, while nobody else counts.

        Raises UserError while it is being counted elsewhere.
        """
        self.ensure_one()
        affinity = self.sudo()  # sudo: what is bought together tells nothing of who bought it
        try:
            affinity.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(
                self.env._("The orders are being counted right now: try again in a minute.")
            ) from None
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL jit = off")
        return affinity

    def _note(self, baskets, first, **values):
        self.env["crm.affinity.pair"].invalidate_model(flush=False)
        self.write(
            {
                "baskets": baskets,
                "date_from": first,
                "date_until": self._yesterday(),
                "problem": False,
                **values,
            }
        )

    @api.model
    def _cron_count(self):
        """Add the new orders each night; once a week, or by new rules, count all of them anew."""
        affinities = self.search([])
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(affinities))
        for affinity in affinities:
            if affinity.try_lock_for_update(allow_referencing=True):
                affinity._count_or_report()
            if not commit_progress(1):
                break

    def _count_or_report(self):
        """Count; what goes wrong is said on the record and does not stop the others."""
        latest = self._yesterday() - COUNTED_ANEW_AFTER
        try:
            with self.env.cr.savepoint():
                if not self.counted_anew_on or self.counted_anew_on <= latest:
                    self._count_anew()
                else:
                    self._add_new_orders()
        except (UserError, DatabaseError) as error:
            _logger.warning("What is bought together is not counted: %s", error)
            self.problem = str(error)

    def _basket_source(self, first, last) -> SQL:
        """Hook: return the SELECT of what was in which basket from one day to another.

        Columns, in this order: ``basket``, any number that tells baskets apart, and ``product_id``;
        rows may be repeated. Rewards, down payments, and what was taken back as a whole are none.
        """
        return SQL(
            """
            SELECT line.order_id, line.product_id
              FROM sale_order_line line
              JOIN sale_order ON sale_order.id = line.order_id
             WHERE sale_order.state = 'sale' AND sale_order.company_id = %(company)s
               AND sale_order.date_order >= %(since)s AND sale_order.date_order < %(until)s
               AND line.product_id IS NOT NULL AND line.product_uom_qty > 0
               AND line.display_type IS NULL AND line.reward_id IS NULL
               AND line.is_downpayment IS NOT TRUE
            """,
            company=self.company_id.id,
            since=self.company_id._start_of_day(first),
            until=self.company_id._start_of_day(last + ONE_DAY),
        )
