"""Goods, their buyers and moves for the tests of supply and demand."""

from datetime import datetime

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command

from .common import AnalyticsCommon

TODAY = "2026-01-22"
JANUARY, FEBRUARY, MARCH = "2026-01-01", "2026-02-01", "2026-03-01"


class SupplyCommon(AnalyticsCommon):
    """It is noon of 22 January 2026 in Bangkok: 10 days of January are left, this one included."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(f"{TODAY} 05:00:00"))
        cls.Gap = cls.env["crm.supply.gap"]
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.supplier_location = cls.env.ref("stock.stock_location_suppliers")
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        cls.vendor = cls.env["res.partner"].create({"name": "Vendor"})
        cls.machine = cls._goods("Machine")
        cls.somchai = cls._customer("Somchai")
        cls.malee = cls._customer("Malee")

    @classmethod
    def _goods(cls, name, has_vendor=True, **values):
        sellers = [Command.create({"partner_id": cls.vendor.id, "price": 5.0, "delay": 7})]
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "is_storable": True,
                "taxes_id": False,
                "seller_ids": sellers if has_vendor else [],
                "route_ids": [Command.set(cls.env.ref("purchase_stock.route_warehouse0_buy").ids)],
                **values,
            }
        )

    @classmethod
    def _sell(cls, partner, quantity, moment=f"{TODAY} 05:00:00", product=None, **values):
        """Return a quotation of goods; ``uom`` is the unit of its line."""
        line = {
            "product_id": (product or cls.machine).id,
            "product_uom_qty": quantity,
            "price_unit": 10.0,
        }
        if unit := values.pop("uom", None):
            line["product_uom_id"] = unit.id
        return cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "date_order": moment,
                "order_line": [Command.create(line)],
                **values,
            }
        )

    @classmethod
    def _order_goods(cls, *args, **values):
        order = cls._sell(*args, **values)
        moment = order.date_order
        order.action_confirm()
        order.date_order = moment
        return order

    @classmethod
    def _bought(cls, partner, quantity, *days, **values):
        """Have a customer have bought goods at noon of some days, with nothing left to deliver."""
        for day in days:
            order = cls._order_goods(partner, quantity, f"{day} 05:00:00", **values)
            order.picking_ids.move_ids._action_cancel()

    @classmethod
    def _stock(cls, quantity, product=None, warehouse=None):
        cls.env["stock.quant"]._update_available_quantity(
            product or cls.machine, (warehouse or cls.warehouse).lot_stock_id, quantity
        )

    @classmethod
    def _expect_receipt(cls, quantity, moment, product=None):
        move = cls.env["stock.move"].create(
            {
                "product_id": (product or cls.machine).id,
                "product_uom_qty": quantity,
                "location_id": cls.supplier_location.id,
                "location_dest_id": cls.warehouse.lot_stock_id.id,
                "company_id": cls.company.id,
                "date": moment,
            }
        )
        move._action_confirm()
        move.date = moment
        return move

    @classmethod
    def _deliver(cls, picking, moment):
        """Deliver all of a transfer at a moment (UTC)."""
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty
            move.picked = True
        picking._action_done()
        picking.date_done = datetime.fromisoformat(moment)
        return picking

    @classmethod
    def _compare(cls):
        written = cls.Gap.refresh()
        cls.env.invalidate_all()
        return written

    def _rows(self, *names, product=None, company=None):
        """Return ``{month: values of fields}`` of a product."""
        found = self.Gap.search(
            [
                ("product_id", "=", (product or self.machine).id),
                ("company_id", "=", (company or self.company).id),
            ]
        )
        return {
            fields.Date.to_string(row.month): tuple(round(row[name], 4) for name in names)
            for row in found
        }
