from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .crm_supply_statement import SupplyStatement

REFRESHERS = (
    "crm_relationship.group_relationship_manager",
    "purchase.group_purchase_user",
    "stock.group_stock_manager",
)
KEY = ("product_id", "month")
VALUES = (
    "rhythm_qty",
    "other_qty",
    "quoted_qty",
    "offer_qty",
    "committed_qty",
    "demand_qty",
    "start_qty",
    "incoming_qty",
    "requested_qty",
    "later_qty",
    "gap_qty",
    "cover_days",
    "customer_count",
    "best_customer_count",
)


class CrmSupplyGap(models.Model):
    """How the gap list is worked out: on request, and each night."""

    _inherit = "crm.supply.gap"

    @api.model
    def refresh(self):
        """Compare demand and supply of the current companies as of today.

        Returns the number of rows written; a second call writes none.

        Raises AccessError for others than managers and who buys in.
        """
        self._check_may_refresh()
        return sum(self._refresh_company(company) for company in self.env.companies)

    def action_refresh(self):
        """Compare demand and supply now."""
        self.refresh()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _check_may_refresh(self):
        if not (self.env.su or any(self.env.user.has_group(group) for group in REFRESHERS)):
            raise AccessError(
                self.env._(
                    "Managers of customer relationships and who buys in compare demand and supply:"
                    " ask one of them."
                )
            )

    @api.model
    def _cron_refresh(self):
        """Compare demand and supply of all companies; what goes wrong is said on the policy."""
        self._run_by_company(self._refresh_company)

    @api.model
    def _company_done(self, company, problem):
        policy = self.env["crm.value.policy"]._of_company(company)
        policy.supply_problem = problem
        if not problem:
            policy.supply_refreshed_at = self.env.cr.now()
        return super()._company_done(company, problem)

    @api.model
    def _refresh_company(self, company, product_ids=None):
        """Write what is not as it was, of some products or of all; return the number of rows."""
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL jit = off")
        [(written,)] = self.env.execute_query(self._written_sql(company, product_ids))
        self.invalidate_model(flush=False)
        return written

    @api.model
    def _written_sql(self, company, product_ids) -> SQL:
        some = SQL()
        if product_ids is not None:
            some = SQL("AND gap.product_id = ANY(%s)", list(product_ids))
        columns = KEY + VALUES
        return SQL(
            """
            WITH fresh AS MATERIALIZED (%(fresh)s),
                 updated AS (
                    UPDATE crm_supply_gap gap SET %(assignments)s
                      FROM fresh
                     WHERE gap.company_id = %(company)s AND gap.product_id = fresh.product_id
                       AND gap.month = fresh.month
                       AND (%(stored)s) IS DISTINCT FROM (%(new)s)
                    RETURNING 1
                 ), inserted AS (
                    INSERT INTO crm_supply_gap (company_id, %(columns)s)
                    SELECT %(company)s, %(columns)s FROM fresh
                     WHERE NOT EXISTS (
                           SELECT FROM crm_supply_gap gap
                            WHERE gap.company_id = %(company)s
                              AND gap.product_id = fresh.product_id AND gap.month = fresh.month
                           )
                     ORDER BY product_id, month
                    RETURNING 1
                 ), deleted AS (
                    DELETE FROM crm_supply_gap gap
                     WHERE gap.company_id = %(company)s %(some)s
                       AND NOT EXISTS (
                           SELECT FROM fresh
                            WHERE fresh.product_id = gap.product_id AND fresh.month = gap.month
                           )
                    RETURNING 1
                 )
            SELECT (SELECT COUNT(*) FROM updated) + (SELECT COUNT(*) FROM inserted)
                   + (SELECT COUNT(*) FROM deleted)
            """,
            fresh=SupplyStatement(company, product_ids).by_product(),
            assignments=SQL(", ").join(
                SQL("%s = fresh.%s", SQL.identifier(name), SQL.identifier(name)) for name in VALUES
            ),
            company=company.id,
            stored=_listed("gap", VALUES),
            new=_listed("fresh", VALUES),
            columns=SQL(", ").join(map(SQL.identifier, columns)),
            some=some,
        )


def _listed(alias, names) -> SQL:
    return SQL(", ").join(SQL.identifier(alias, name) for name in names)
