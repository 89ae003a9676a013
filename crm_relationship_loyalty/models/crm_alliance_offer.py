from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS, CONTACT_POINT_GROUP

from ..logic.offer import margin_percent


class CrmAllianceOffer(models.Model):
    """One offer to customers: ours, or one of a partner company when it has an alliance."""

    _name = "crm.alliance.offer"
    _description = "Offer"
    _inherit = ["mail.thread", "crm.audience"]
    _order = "priority desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    alliance_id = fields.Many2one(
        comodel_name="crm.alliance",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="Whose offer it is. Empty: our own.",
    )
    state = fields.Selection(
        selection=[("draft", "Draft"), ("running", "Running"), ("stopped", "Stopped")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    stop_reason = fields.Char(readonly=True, copy=False, tracking=True)
    kind = fields.Selection(
        selection=[
            ("bundle", "Products at a price"),
            ("coupon", "Personal coupon"),
            ("sample", "Free sample"),
            ("link", "Link to the partner"),
            ("referral", "Personal code for the partner"),
        ],
        default="bundle",
        required=True,
        tracking=True,
    )
    pitch = fields.Text(
        string="What to Say",
        translate=True,
        help="What staff tell the customer, and what he reads.",
    )
    line_ids = fields.One2many(
        comodel_name="crm.alliance.offer.line",
        inverse_name="offer_id",
        string="Products",
        copy=True,
    )
    price = fields.Monetary(
        tracking=True, help="What all products of the offer cost together, without taxes."
    )
    margin_floor = fields.Float(
        string="Least Margin (%)",
        digits=(5, 2),
        tracking=True,
        help="The offer is not started when it leaves less of its price, in percent, than this.",
    )
    margin = fields.Float(
        string="Margin (%)",
        digits=(5, 2),
        compute="_compute_margin",
        groups=AMOUNT_GROUPS,
        help="What the price leaves after the cost of the products today, in percent.",
    )
    program_id = fields.Many2one(
        comodel_name="loyalty.program",
        string="Coupon Program",
        check_company=True,
        ondelete="restrict",
        domain="[('program_type', '=', 'coupons')]",
    )
    url = fields.Char(string="Address", help="Where the customer is sent, such as https://…")
    is_durable = fields.Boolean(
        string="Bought Only Once",
        help="Customers who have bought one of the products are not offered it again.",
    )
    trigger_product_ids = fields.Many2many(
        comodel_name="product.product",
        relation="crm_alliance_offer_trigger_product_rel",
        string="Goes with Products",
        check_company=True,
        help="Offered to who has bought one of these. Empty: to everybody.",
    )
    trigger_categ_ids = fields.Many2many(
        comodel_name="product.category",
        relation="crm_alliance_offer_trigger_categ_rel",
        string="Goes with Categories",
    )
    tier_ids = fields.Many2many(
        comodel_name="crm.loyalty.tier",
        string="Tiers",
        check_company=True,
        help="Only for customers who hold one of these tiers. Empty: for all.",
    )
    value_grade_ids = fields.Many2many(
        comodel_name="crm.value.grade",
        string="Value Grades",
        groups=CONTACT_POINT_GROUP,
        help="Only for customers of these grades. Empty: for all. Customers are never told.",
    )
    audience = fields.Char(help="For whom the offer is, beside tiers and grades.")
    date_from = fields.Date(string="From")
    date_until = fields.Date(string="Until", help="The last day.")
    cap_total = fields.Integer(
        string="Maximum in All", help="So many times it is accepted at most. 0: as often as wanted."
    )
    cap_per_customer = fields.Integer(
        string="Maximum per Customer",
        default=1,
        help="So many times a customer, with all contacts of his company, accepts it at most."
        " 0: as often as he likes.",
    )
    cooloff_days = fields.Integer(
        string="Pause After a Refusal (Days)",
        default=90,
        help="For so many days a customer who declined it is not shown it again.",
    )
    answer_days = fields.Integer(
        string="Days to Answer",
        default=14,
        required=True,
        help="An offer that is not answered within so many days counts as expired.",
    )
    priority = fields.Selection(
        selection=[("0", "Normal"), ("1", "Preferred"), ("2", "High"), ("3", "First")],
        default="0",
        required=True,
    )
    min_free_quantity = fields.Float(
        string="Least Free Quantity",
        digits="Product Unit",
        help="Less than so many free in the customer's warehouse, and it is not offered.",
    )
    accepted_count = fields.Integer(string="Accepted", readonly=True, copy=False)

    _price_positive = models.Constraint(
        "CHECK (price >= 0)", "The price is 0 or more: correct the amount."
    )
    _url_http = models.Constraint(
        "CHECK (url ~ '^https?://')", "The address begins with https:// or http://: correct it."
    )
    _caps_positive = models.Constraint(
        "CHECK (cap_total >= 0 AND cap_per_customer >= 0 AND cooloff_days >= 0)",
        "Maximums and days are 0 or more: correct the number.",
    )
    _answer_days_range = models.Constraint(
        "CHECK (answer_days BETWEEN 1 AND 366)", "Customers have 1 to 366 days to answer."
    )
    _cap_kept = models.Constraint(
        "CHECK (cap_total = 0 OR accepted_count <= cap_total)",
        "The offer was accepted as often as it may be.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_until >= date_from)", "The offer ends before it begins: correct the dates."
    )

    @api.depends("price", "line_ids.quantity", "line_ids.product_id.standard_price")
    def _compute_margin(self):
        for offer in self:
            offer.margin = margin_percent(offer.price, offer._cost())

    @api.constrains("kind", "line_ids", "program_id", "url", "state", "price", "margin_floor")
    def _check_running(self):
        """Hold a running offer to what its start asked for, also when it is changed."""
        for offer in self.filtered(lambda one: one.state == "running"):
            offer._check_can_run()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if self.filtered(lambda offer: offer.state != "draft"):
            raise UserError(
                self.env._("An offer that was started is kept as evidence: archive it instead.")
            )

    def action_start(self):
        """Make these offers to customers from now on, or again."""
        self.check_access("write")
        for offer in self:
            offer._check_can_run()
        self.write({"state": "running", "stop_reason": False})
        return True

    def action_stop(self):
        """Make these offers to nobody any more; what was presented can still be accepted."""
        self.check_access("write")
        self.filtered(lambda offer: offer.state == "running")._stop_running(
            self.env._("Stopped by hand.")
        )
        return True

    def action_view_presentations(self):
        """Open to whom it was presented, and what he answered."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_loyalty.crm_offer_presentation_action"
        )
        return action | {"domain": [("offer_id", "=", self.id)], "context": {}}

    def _stop_running(self, reason):
        self.write({"state": "stopped", "stop_reason": reason})

    def _cost(self):
        """Return what the products cost us today, in the company's currency."""
        self.ensure_one()
        offer = self.sudo().with_company(self.company_id)  # sudo: costs may be hidden from staff
        return sum(line.quantity * line.product_id.standard_price for line in offer.line_ids)

    def _check_can_run(self):
        self.ensure_one()
        missing = {
            "bundle": not self.line_ids and self.env._("Add the products of %s."),
            "sample": not self.line_ids and self.env._("Add the product of which %s is a sample."),
            "coupon": not self.program_id and self.env._("Choose the coupon program of %s."),
            "link": not self._has_address() and self.env._("Type the address of %s: https://…"),
            "referral": not self.alliance_id and self.env._("Choose the alliance of %s."),
        }[self.kind]
        if missing:
            raise ValidationError(missing.replace("%s", self.name))
        if self.kind == "bundle" and self._is_below_floor():
            raise ValidationError(
                self.env._(
                    "The price of %(offer)s leaves less than the least margin of %(floor)g %%:"
                    " raise the price or lower the margin.",
                    offer=self.name,
                    floor=self.margin_floor,
                )
            )

    def _has_address(self):
        return (self.url or "").startswith(("https://", "http://"))

    def _is_below_floor(self):
        return margin_percent(self.price, self._cost()) < self.margin_floor


class CrmAllianceOfferLine(models.Model):
    """A product of an offer; the partner's goods are products of ours, too."""

    _name = "crm.alliance.offer.line"
    _description = "Product of an Offer"
    _order = "sequence, id"
    _check_company_auto = True

    offer_id = fields.Many2one(
        comodel_name="crm.alliance.offer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="offer_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        comodel_name="product.product",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('sale_ok', '=', True)]",
    )
    quantity = fields.Float(digits="Product Unit", default=1.0, required=True)
    is_of_partner = fields.Boolean(
        string="The Partner's", help="The partner delivers it: our stock says nothing of it."
    )

    _product_unique = models.Constraint(
        "UNIQUE (offer_id, product_id)", "A product is in an offer once: change its quantity."
    )
    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "A quantity is more than 0: correct it."
    )
