from odoo import models


class ProductValue(models.Model):
    """The history of a product's cost, found by product and day."""

    _inherit = "product.value"

    _product_history = models.Index(
        "(product_id, company_id, date) WHERE move_id IS NULL AND lot_id IS NULL"
    )
