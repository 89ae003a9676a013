from math import ceil

from odoo import SUPERUSER_ID, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tools import groupby

from ..logic.demand import to_order

BUYERS = ("purchase.group_purchase_user", "stock.group_stock_manager")


class CrmSupplyGap(models.Model):
    """How gaps are bought in: through core's own replenishment, never beside it."""

    _inherit = "crm.supply.gap"

    def action_propose(self):
        """Have core's replenishment order what is missing, and open what it has made.

        Each gap is compared anew before, with what is requested by now: pressed twice, it orders
        once. Of a product the gaps chosen are ordered together, in whole units, and no more than
        is missing up to the last of them with all that comes, even later.

        Raises AccessError for who does not buy in, UserError when nothing is missing or a product
        has no vendor.
        """
        self._check_may_buy()
        chosen = [(gap.company_id, gap.product_id, gap.month) for gap in self]
        self._lock_or_refuse()
        ordered = self.env["product.product"]
        for company, keys in groupby(chosen, key=lambda key: key[0]):
            ordered |= self._order_missing(company, {(key[1], key[2]) for key in keys})
        if not ordered:
            raise UserError(
                self.env._(
                    "Nothing is left to order: what is on hand, comes in or is requested covers the"
                    " demand. Where it comes too late, have the vendor hurry; where it is meant for"
                    " later months, choose these too."
                )
            )
        return self._requests_action(ordered)

    def _check_may_buy(self):
        self.check_access("read")
        if not (self.env.su or any(self.env.user.has_group(group) for group in BUYERS)):
            raise AccessError(
                self.env._("Only who buys in orders what is missing: ask a buyer or the warehouse.")
            )

    def _lock_or_refuse(self):
        try:
            self.sudo().lock_for_update()  # sudo: nobody writes gaps, and two must not order them
        except LockError:
            raise UserError(
                self.env._("Somebody orders these gaps right now: look again in a minute.")
            ) from None

    def _order_missing(self, company, chosen):
        """Order the chosen gaps ``{(product, month)}`` of a company; return the products."""
        product_ids = sorted({product.id for product, _month in chosen})
        self._refresh_company(company, product_ids)
        # sudo: the caller was checked, and core has whoever buys in order through the rules
        orderpoints = self.env["stock.warehouse.orderpoint"].sudo().with_company(company)
        wanted = orderpoints
        for product, gaps in self._gaps_of(company, product_ids).items():
            months = {month for of_product, month in chosen if of_product == product}
            if quantity := gaps._quantity_to_order(months):
                orderpoint = orderpoints._of_product(product, company)
                orderpoint.qty_to_order_manual = orderpoint._get_multiple_rounded_qty(quantity)
                wanted |= orderpoint
        if not wanted:
            return self.env["product.product"]
        wanted._check_suppliable()
        ordered = self.env["product.product"].browse(wanted.product_id.ids)
        wanted.action_replenish()
        self._refresh_company(company, product_ids)
        return ordered

    def _gaps_of(self, company, product_ids):
        found = self.search([("company_id", "=", company.id), ("product_id", "in", product_ids)])
        return found.grouped("product_id")

    def _quantity_to_order(self, months):
        """Return how many whole units to order of the product of these rows, for some months.

        Whatever comes counts for the demand up to the last of them, at whatever time it comes: it
        may be what was ordered for them before.
        """
        rows = self.filtered(lambda row: row.month <= max(months)).sorted("month")
        demand, comes = sum(rows.mapped("demand_qty")), sum(rows.mapped("incoming_qty"))
        comes += sum(rows.mapped("requested_qty")) + rows[-1:].later_qty
        gaps = sum(rows.filtered(lambda row: row.month in months).mapped("gap_qty"))
        return ceil(round(to_order(gaps, demand - rows[:1].start_qty - comes), 6))

    def _requests_action(self, products):
        """Open the requests for quotation of products; what else was made has its own screens."""
        action = self.env["ir.actions.act_window"]._for_xml_id("purchase.purchase_rfq")
        return action | {
            "domain": [
                ("order_line.product_id", "in", products.ids),
                ("state", "in", ("draft", "sent", "to approve")),
            ],
            "context": {},
        }


class StockWarehouseOrderpoint(models.Model):
    _inherit = "stock.warehouse.orderpoint"

    def _of_product(self, product, company):
        """Return the replenishment of a product, where it has none one as core's report makes.

        It is manual, and core removes it once nothing is left to order.
        """
        known = self.with_context(active_test=False).search(
            [("product_id", "=", product.id), ("company_id", "=", company.id)]
        )
        if known:
            return known.sorted(lambda point: (point.warehouse_id.sequence, point.id))[:1]
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        if not warehouse:
            raise UserError(
                self.env._(
                    "%(company)s has no warehouse to order for: create one.",
                    company=company.display_name,
                )
            )
        values = self._get_orderpoint_values(product.id, warehouse.lot_stock_id.id)
        return self.with_user(SUPERUSER_ID).create(
            values | {"company_id": company.id, "warehouse_id": warehouse.id}
        )

    def _check_suppliable(self):
        """Raise UserError with the products that nobody sells to us and nothing else brings."""
        missing = self.filtered("show_supply_warning").product_id
        if missing:
            raise UserError(
                self.env._(
                    "No vendor sells %(products)s: enter one in the Purchase tab of the product, or"
                    " leave it out.",
                    products=", ".join(missing.mapped("display_name")),
                )
            )
