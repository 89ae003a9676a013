"""Offers stop before the stock of their products runs out."""

import logging

from psycopg2 import DatabaseError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..logic.offer_supply import DEMAND_DAYS, cover
from .crm_offer_choosing import Choosing

_logger = logging.getLogger(__name__)


class CrmAllianceOffer(models.Model):
    _name = "crm.alliance.offer"
    _inherit = ["crm.alliance.offer", "mail.activity.mixin"]

    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        ondelete="restrict",
        domain="[('share', '=', False)]",
        tracking=True,
        help="Who is told when the offer stops by itself.",
    )
    cover_days = fields.Integer(
        string="Least Cover (Days)",
        tracking=True,
        help="The offer stops when what is free of one of its products, kept in stock, lasts fewer"
        " days than this, as it sells by now. 0: never.",
    )

    _cover_range = models.Constraint(
        "CHECK (cover_days BETWEEN 0 AND 366)",
        "The stock of an offer lasts 0 to 366 days at least: correct the number.",
    )

    @api.model
    def _cron_stop_short(self):
        """Stop the running offers whose stock does not last; again, it finds none of them."""
        offers = self.search([("state", "=", "running"), ("cover_days", ">", 0)])
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(offers))
        for company, those in offers.grouped("company_id").items():
            those._stop_short_of(company)
            if not commit_progress(len(those)):
                break

    def _stop_short_of(self, company):
        """Stop those of one company that are short; one that fails does not stop the others."""
        rules = [offer._as_rule(0.0) for offer in self]
        choosing = Choosing(company.partner_id, company, rules, "in_person")
        demands = self._demands(company, list(choosing.stock))
        for offer in self.try_lock_for_update(allow_referencing=True):
            offer._stop_or_report(choosing.stock, demands)

    def _stop_or_report(self, stock, demands):
        try:
            with self.env.cr.savepoint():
                self._stop_when_short(stock, demands)
        except (UserError, DatabaseError) as error:
            _logger.warning("Offer %s is not looked after: %s", self.id, error)

    def _stop_when_short(self, stock, demands):
        """Stop the offer when one of its products lasts fewer days than it needs; tell why."""
        for line in self.line_ids.filtered(lambda one: one._is_stocked()):
            free, demand = stock[line.product_id.id].free, demands.get(line.product_id.id, 0.0)
            days = cover(free, demand)
            if days is not None and days < self.cover_days:
                reason = self.env._(
                    "%(product)s lasts %(days).1f days, fewer than %(least)s: %(free)g are free,"
                    " and %(demand).1f a day are expected to go.",
                    product=line.product_id.display_name,
                    days=days,
                    least=self.cover_days,
                    free=free,
                    demand=demand,
                )
                self._stop_running(reason)
                self._tell_responsible(reason)
                return

    def _tell_responsible(self, reason):
        if self.user_id.active:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("The offer was stopped"),
                note=reason,
                user_id=self.user_id.id,
            )

    @api.model
    def _demands(self, company, product_ids):
        """Return ``{product: quantity a day}`` that is expected to be sold, in its unit.

        That is what four weeks sold without an offer, and what running offers are expected to sell.
        """
        self.env.flush_all()
        since = company._start_of_day(
            fields.Date.subtract(company._business_today(), days=DEMAND_DAYS)
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.product_id, SUM(line.product_uom_qty * COALESCE(unit.factor, 1)
                                            / COALESCE(own.factor, 1))::float
                  FROM sale_order_line line
                  JOIN sale_order ON sale_order.id = line.order_id
                  JOIN product_product product ON product.id = line.product_id
                  JOIN product_template template ON template.id = product.product_tmpl_id
                  LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
                  LEFT JOIN uom_uom own ON own.id = template.uom_id
                 WHERE sale_order.state = 'sale' AND sale_order.company_id = %(company)s
                   AND sale_order.date_order >= %(since)s
                   AND line.product_id = ANY(%(products)s) AND line.display_type IS NULL
                   AND line.offer_presentation_id IS NULL
                 GROUP BY line.product_id
                """,
                company=company.id,
                since=since,
                products=product_ids,
            )
        )
        demands = {product: sold / DEMAND_DAYS for product, sold in rows}
        month = company._business_today().replace(day=1)
        for product, a_day in self.env["crm.offer.demand"]._read_group(
            [("company_id", "=", company.id), ("month", "=", month)],
            ["product_id"],
            ["quantity_a_day:sum"],
        ):
            demands[product.id] = demands.get(product.id, 0.0) + a_day
        return demands
