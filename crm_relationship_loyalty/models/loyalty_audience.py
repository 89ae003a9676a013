"""Programs that are for an audience: a stored condition on contacts, such as being in a segment."""

from odoo import api, fields, models

EVERYBODY = ("[]", "")


class LoyaltyProgram(models.Model):
    _name = "loyalty.program"
    _inherit = ["loyalty.program", "crm.audience"]

    audience = fields.Char(
        required=False,
        default=False,
        help="Only customers who meet this condition, or whose firm does, may use the program."
        " Empty: everybody. Customers are never told.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([_without_empty_audience(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(_without_empty_audience(vals))

    @api.model
    def _condition_fields(self):
        return [*super()._condition_fields(), "audience"]

    def _as_conditions(self):
        return super()._as_conditions()._replace(audience=self.audience or "")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    met_audiences = fields.Json(
        compute="_compute_met_audiences",
        compute_sudo=True,
        groups=fields.NO_ACCESS,
        help="The audiences of programs that the customer is of, himself or by his firm.",
    )

    @api.depends("partner_id", "company_id")
    def _compute_met_audiences(self):
        """Ask all conditions of all programs about the customer of an order in one query."""
        Program = self.env["loyalty.program"]
        audiences = {one.audience for one in Program._conditions_by_id().values() if one.audience}
        for order in self:
            conditions = {
                audience: Program._parsed_audience(audience, order.company_id)
                for audience in audiences
            }
            partners = order.partner_id | order.partner_id.commercial_partner_id
            order.met_audiences = sorted(
                Program._conditions_met(conditions, partners, order.company_id)
            )

    def _eligible_customer(self, offers):
        customer = super()._eligible_customer(offers)
        if not any(offer._conditions().audience for offer in offers):
            return customer
        # sudo: the seller need not see what an audience is made of
        return customer._replace(audiences=frozenset(self.sudo().met_audiences or ()))

    def _refusal_audience(self, offer, card, code):
        return (
            self.env._(
                "%(offer)s is only for some customers, and %(customer)s is none of them.",
                offer=self._name_of_offer(offer),
                customer=self.partner_id.display_name,
            ),
            None,
        )


def _without_empty_audience(vals):
    """Return values in which an audience of everybody, as the editor leaves it, is none."""
    return vals | {"audience": False} if vals.get("audience") in EVERYBODY else vals
