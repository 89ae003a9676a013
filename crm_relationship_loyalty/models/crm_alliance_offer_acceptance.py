"""What an accepted offer brings: order lines, or a coupon; and how often it may be accepted."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..logic.offer import shared_price
from ..logic.tier import in_cents
from .loyalty_history import Posting


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    offer_presentation_id = fields.Many2one(
        comodel_name="crm.offer.presentation",
        string="Accepted Offer",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )


class CrmAllianceOffer(models.Model):
    _inherit = "crm.alliance.offer"

    def _is_sold(self):
        """Tell whether accepting makes order lines."""
        return self.kind in ("bundle", "sample")

    def _purpose_code(self):
        """Hook: return the code of the purpose that customers are shown offers for."""
        return "marketing"

    def _presentation_values(self, partner, channel_code):
        today = self.company_id._business_today()
        return {
            "partner_id": partner.id,
            "offer_id": self.id,
            "company_id": self.company_id.id,
            "channel_id": self.env["crm.contact.channel"]._by_code(channel_code).id,
            "user_id": self.env.uid,
            "date": fields.Datetime.now(),
            "last_day": fields.Date.add(today, days=self.answer_days - 1),
        }

    def _use_once(self, partner):
        """Count one more acceptance; raise UserError when a maximum is reached.

        Both rows are changed, so that of two transactions the second one fails with a serialization
        error, is tried again, and then sees the first.
        """
        self.env.flush_all()
        customer = partner.commercial_partner_id
        self.env.cr.execute(
            SQL("UPDATE res_partner SET write_date = write_date WHERE id = %s", customer.id),
            log_exceptions=False,
        )
        mine = [
            ("offer_id", "=", self.id),
            ("state", "=", "accepted"),
            ("partner_id.commercial_partner_id", "=", customer.id),
        ]
        # sudo: acceptances noted by others count, too
        used = self.env["crm.offer.presentation"].sudo().search_count(mine)
        counted = not self.cap_per_customer or used < self.cap_per_customer
        if counted:
            counted = self.env.execute_query(
                SQL(
                    """
                    UPDATE crm_alliance_offer SET accepted_count = COALESCE(accepted_count, 0) + 1
                     WHERE id = %s
                       AND (COALESCE(cap_total, 0) = 0
                            OR COALESCE(accepted_count, 0) < cap_total)
                    RETURNING id
                    """,
                    self.id,
                )
            )
            self.invalidate_recordset(["accepted_count"])
        if not counted:
            raise UserError(
                self.env._(
                    "%(offer)s was accepted as often as it may be: make another offer.",
                    offer=self.name,
                )
            )

    def _order_line_commands(self, presentation, order):
        """Return what adds the products to an order, which together cost the price of the offer."""
        lines = self.line_ids
        currency = order.currency_id
        cents = 0
        if self.kind == "bundle":
            day = order.date_order or fields.Datetime.now()
            price = self.currency_id._convert(self.price, currency, self.company_id, day)
            cents = in_cents(price, currency.decimal_places)
        worths = [line.quantity * line.product_id.lst_price for line in lines]
        shares = shared_price(cents, worths) if lines else ()
        return [
            Command.create(
                {
                    "product_id": line.product_id.id,
                    "product_uom_qty": line.quantity,
                    "price_unit": line._price_unit(share / 10**currency.decimal_places, order),
                    "discount": 0.0,
                    "offer_presentation_id": presentation.id,
                }
            )
            for line, share in zip(lines, shares, strict=True)
        ]

    def _make_coupon(self, partner):
        """Return a personal coupon of the offer's program for a customer."""
        points = self.program_id._points_of_coupon()
        # sudo: staff give what the offer says, and no more
        cards = self.env["loyalty.card"].sudo()
        return cards.with_context(
            loyalty_opening=Posting("opening", self.env._("Offer: %s", self.name)),
            loyalty_no_mail=True,
        ).create({"program_id": self.program_id.id, "partner_id": partner.id, "points": points})


class CrmAllianceOfferLine(models.Model):
    _inherit = "crm.alliance.offer.line"

    def _price_unit(self, share, order):
        """Return the price of one unit that makes a line of an order a share without taxes."""
        # sudo: who sells need not read taxes
        product = self.sudo().product_id
        taxes = product.taxes_id._filter_taxes_by_company(order.company_id)
        included = order.sudo().fiscal_position_id.map_tax(taxes).filtered("price_include")
        details = included._get_tax_details(
            share,
            1.0,
            precision_rounding=order.currency_id.rounding,
            special_mode="total_excluded",
            product=product,
        )
        return details["total_included"] / self.quantity
