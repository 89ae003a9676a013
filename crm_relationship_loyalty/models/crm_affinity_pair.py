from odoo import api, fields, models


class CrmAffinityPair(models.Model):
    """Who buys the one buys the other: one row in each direction, written by the count."""

    _name = "crm.affinity.pair"
    _description = "Pair Bought Together"
    _order = "together desc, id"
    _log_access = False

    affinity_id = fields.Many2one(
        comodel_name="crm.affinity", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    item_id = fields.Integer(required=True, readonly=True, aggregator=None)
    other_item_id = fields.Integer(required=True, readonly=True, aggregator=None)
    product_id = fields.Many2one(
        comodel_name="product.product", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    other_product_id = fields.Many2one(
        comodel_name="product.product",
        string="Bought with It",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    categ_id = fields.Many2one(
        comodel_name="product.category",
        string="Category",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    other_categ_id = fields.Many2one(
        comodel_name="product.category",
        string="Category Bought with It",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    baskets = fields.Integer(
        string="Orders", readonly=True, aggregator=None, help="Orders with the first of the two."
    )
    other_baskets = fields.Integer(string="Orders of the Other", readonly=True, aggregator=None)
    together = fields.Integer(string="Orders with Both", readonly=True)
    support = fields.Float(
        string="Support (%)",
        digits=(9, 4),
        readonly=True,
        aggregator="avg",
        help="In how many of all orders both are, in percent.",
    )
    confidence = fields.Float(
        string="Confidence (%)",
        digits=(9, 4),
        readonly=True,
        aggregator="avg",
        help="In how many orders with the first the other is, too, in percent.",
    )
    lift = fields.Float(
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="So many times as often as chance would have them together: more than 1 is a reason"
        " to offer it.",
    )

    _pair_unique = models.Constraint(
        "UNIQUE (affinity_id, item_id, other_item_id)", "A pair is counted once."
    )

    @api.depends("product_id", "other_product_id", "categ_id", "other_categ_id")
    def _compute_display_name(self):
        for pair in self:
            one, other = (
                (pair.product_id, pair.other_product_id)
                if pair.product_id
                else (pair.categ_id, pair.other_categ_id)
            )
            pair.display_name = f"{one.display_name} + {other.display_name}"


class CrmAffinityItem(models.Model):
    """In how many orders something is; what new orders are added to."""

    _name = "crm.affinity.item"
    _description = "Item of Orders"
    _order = "baskets desc, id"
    _log_access = False

    affinity_id = fields.Many2one(
        comodel_name="crm.affinity", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    item_id = fields.Integer(required=True, readonly=True, aggregator=None)
    baskets = fields.Integer(string="Orders", readonly=True)

    _item_unique = models.Constraint("UNIQUE (affinity_id, item_id)", "An item is counted once.")
