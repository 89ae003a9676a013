from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

OPEN = ("draft", "sent")


class SaleOrder(models.Model):
    """Quotations tell when their customer's price list has changed with his level."""

    _inherit = "sale.order"

    is_price_outdated = fields.Boolean(
        string="Other Price List Now",
        compute="_compute_is_price_outdated",
        search="_search_is_price_outdated",
        compute_sudo=True,
        help="The quotation has the price list of a level, or the one before it, and the customer"
        " has another one now.",
    )
    present_pricelist_id = fields.Many2one(
        comodel_name="product.pricelist",
        string="Customer's Price List",
        compute="_compute_is_price_outdated",
        compute_sudo=True,
    )

    @api.depends("state", "partner_id", "company_id", "pricelist_id")
    def _compute_is_price_outdated(self):
        self.is_price_outdated = self.present_pricelist_id = False
        quotations = self.filtered(
            lambda one: one.state in OPEN and one.partner_id and one.pricelist_id
        )
        for company, orders in quotations.grouped("company_id").items():
            replaced = orders._replaced_pricelists(company)
            for order in orders.with_company(company):
                present = order.partner_id.property_product_pricelist
                order.present_pricelist_id = present
                order.is_price_outdated = (
                    bool(present)
                    and present != order.pricelist_id
                    and order.pricelist_id in replaced(order.partner_id.commercial_partner_id)
                )

    def _replaced_pricelists(self, company):
        """Return a function: which price lists a customer may have had before the present one.

        Those of levels, and what he had before he got one; nobody chose them for an order.
        """
        of_levels = self._pricelists_of_levels()
        customers = self.partner_id.commercial_partner_id
        rows = self.env["crm.loyalty.level"].search(
            [("partner_id", "in", customers.ids), ("company_id", "=", company.id)]
        )
        Pricelist = self.env["product.pricelist"].with_company(company)
        by_country = Pricelist._get_country_pricelist_multi(rows.partner_id.country_id.ids)
        before = {
            row.partner_id: row.previous_pricelist_id or by_country[row.partner_id.country_id.id]
            for row in rows
        }
        return lambda customer: of_levels | before.get(customer, of_levels)

    @api.model
    def _pricelists_of_levels(self):
        levels = self.env["res.partner.grade"].sudo().with_context(active_test=False)  # sudo: rules
        return levels.search([("default_pricelist_id", "!=", False)]).default_pricelist_id

    def _search_is_price_outdated(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: nobody needs to see what a tier gave
        given = self.env["crm.loyalty.level"].sudo()._search([("company_id", "!=", False)])
        possible = Domain("pricelist_id", "in", self._pricelists_of_levels().ids) | Domain(
            "partner_id.commercial_partner_id", "in", given.subselect("partner_id")
        )
        candidates = self.search(Domain("state", "in", OPEN) & possible)
        outdated = Domain("id", "in", candidates.filtered("is_price_outdated").ids)
        return Domain.OR(outdated if wanted else ~outdated for wanted in set(value))

    def action_follow_price_list(self):
        """Give the quotation the customer's present price list, and work its prices out anew."""
        self.ensure_one()
        self.check_access("write")
        if self.state not in OPEN or not self.present_pricelist_id:
            raise UserError(
                self.env._("Only the prices of a quotation follow its customer's price list.")
            )
        self.pricelist_id = self.present_pricelist_id
        self.action_update_prices()
