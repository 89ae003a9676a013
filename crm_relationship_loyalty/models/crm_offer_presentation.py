import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .crm_alliance_offer_choice import check_whole

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another
CODE_LENGTH = 10
OPEN = "presented"


class CrmOfferPresentation(models.Model):
    """An offer that was shown to a customer, and what he answered; only its methods write it."""

    _name = "crm.offer.presentation"
    _description = "Presentation of an Offer"
    _inherit = ["crm.customer.dimension"]
    _order = "date desc, id desc"
    _rec_name = "offer_id"

    partner_id = fields.Many2one(required=True, ondelete="restrict")
    offer_id = fields.Many2one(
        comodel_name="crm.alliance.offer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    alliance_id = fields.Many2one(
        related="offer_id.alliance_id", store=True, index="btree_not_null"
    )
    kind = fields.Selection(related="offer_id.kind", store=True)
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    channel_id = fields.Many2one(
        comodel_name="crm.contact.channel", readonly=True, ondelete="restrict"
    )
    user_id = fields.Many2one(
        comodel_name="res.users", string="Staff", readonly=True, ondelete="restrict"
    )
    date = fields.Datetime(string="Presented on", required=True, readonly=True)
    last_day = fields.Date(string="Answer until", readonly=True, help="Then it counts as expired.")
    state = fields.Selection(
        selection=[
            ("presented", "Presented"),
            ("accepted", "Accepted"),
            ("declined", "Declined"),
            ("expired", "Expired"),
        ],
        default=OPEN,
        required=True,
        readonly=True,
        index=True,
    )
    answered_on = fields.Datetime(string="Answered", readonly=True)
    decline_reason_id = fields.Many2one(
        comodel_name="crm.offer.decline.reason", readonly=True, ondelete="restrict"
    )
    note = fields.Char(readonly=True, help="What the customer said, in his words.")
    code = fields.Char(
        string="Personal Code",
        readonly=True,
        copy=False,
        help="What the customer shows at the partner's; it names nobody.",
    )
    card_id = fields.Many2one(
        comodel_name="loyalty.card",
        string="Coupon",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    order_line_ids = fields.One2many(
        comodel_name="sale.order.line", inverse_name="offer_presentation_id", string="Order Lines"
    )
    order_id = fields.Many2one(
        comodel_name="sale.order", readonly=True, index="btree_not_null", ondelete="set null"
    )
    interaction_id = fields.Many2one(
        comodel_name="crm.interaction", readonly=True, index="btree_not_null", ondelete="set null"
    )
    presented_count = fields.Integer(
        string="Presentations", compute="_compute_counts", store=True, precompute=True
    )
    accepted_count = fields.Integer(
        string="Acceptances", compute="_compute_counts", store=True, precompute=True
    )

    _open_unique = models.UniqueIndex(
        "(partner_id, offer_id) WHERE state = 'presented'",
        "The offer is presented to the customer already.",
    )
    _code_unique = models.UniqueIndex("(code) WHERE code IS NOT NULL", "The code was given before.")
    _customer_index = models.Index("(partner_id, date DESC)")
    _accepted_index = models.Index("(offer_id, answered_on) WHERE state = 'accepted'")

    @api.depends("state")
    def _compute_counts(self):
        for presentation in self:
            presentation.presented_count = 1
            presentation.accepted_count = int(presentation.state == "accepted")

    @api.model
    def present(self, partner_id, offer_id, channel_code="in_person"):
        """Note that an offer is shown to a customer, in the log of contacts, too.

        Again while it is open, it gives the same presentation. Returns ``{"presentation_id",
        "last_day"}``. Raises UserError when the offer is not for him, AccessError for others than
        staff of customer relationships.
        """
        offer, partner = self._readable(offer_id, partner_id)
        mine = Domain("partner_id", "=", partner.id) & Domain("offer_id", "=", offer.id)
        # sudo: staff answer for offers by these methods and not by hand
        shown = self.sudo().search(mine & Domain("state", "=", OPEN))
        if not shown:
            obstacle = offer._obstacle_of(partner, channel_code)
            if obstacle:
                raise UserError(obstacle)
            shown = self.sudo().create(offer._presentation_values(partner, channel_code))
            shown._log(channel_code)
        return {"presentation_id": shown.id, "last_day": fields.Date.to_string(shown.last_day)}

    def accept(self, order_id=None):
        """Note that the customer accepts, and give him what was offered.

        ``order_id``: the quotation that products are added to; a new one when empty. Returns
        ``{"order_id", "code", "url"}``, of which what does not apply is False. Once accepted it
        gives the same answer again. Raises UserError when it is too late or the maximum is reached.
        """
        self.ensure_one()
        self._check_staff()
        return self._accept(order_id)

    def _accept(self, order_id=None):
        if self.state != "accepted":
            self._check_open()
            order = self._order_of_customer(order_id)
            self.offer_id._use_once(self.partner_id)
            # sudo: as for `present`
            self.sudo().write({"state": "accepted", "answered_on": fields.Datetime.now()})
            self._give(order)
        return {
            "order_id": self.order_id.id,
            "code": self.card_id.code or self.code or False,
            "url": self.offer_id.url or False,
        }

    def decline(self, reason_code=None, note=None):
        """Note that the customer declines; ``reason_code`` is one of the reasons', such as price.

        Raises UserError when there is no such reason, or he has answered before.
        """
        self.ensure_one()
        self._check_staff()
        return self._decline(reason_code, note)

    def _decline(self, reason_code=None, note=None):
        self._check_open()
        reason = self.env["crm.offer.decline.reason"]._by_code(reason_code)
        # sudo: as for `present`
        self.sudo().write(
            {
                "state": "declined",
                "answered_on": fields.Datetime.now(),
                "decline_reason_id": reason.id,
                "note": (note or "").strip() or False,
            }
        )
        return True

    @api.model
    def _cron_expire(self):
        """Have presentations expire that nobody answered in time."""
        for company in self.env["res.company"].search([]):
            late = Domain("state", "=", OPEN) & Domain("company_id", "=", company.id)
            late &= Domain("last_day", "<", company._business_today())
            self.search(late).try_lock_for_update().state = "expired"

    @api.model
    def _readable(self, offer_id, partner_id):
        """Return the offer and the customer, when the user may see both."""
        self._check_staff()
        check_whole(self.env, offer_id, partner_id)
        offer = self.env["crm.alliance.offer"].browse(offer_id).exists()
        partner = self.env["res.partner"].browse(partner_id).exists()
        if not offer or not partner:
            raise UserError(self.env._("There is no such offer or customer any more."))
        offer.check_access("read")
        partner.check_access("read")
        return offer, partner

    @api.model
    def _check_staff(self):
        if not self.env.user.has_group("crm_relationship.group_relationship_user"):
            raise AccessError(
                self.env._("Only staff of customer relationships present offers: ask one of them.")
            )
        self.check_access("read")

    def _check_open(self):
        today = self.company_id._business_today()
        if self.state == OPEN and self.last_day >= today:
            return
        labels = dict(self._fields["state"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "%(offer)s is answered already (%(state)s) or too old: present it again.",
                offer=self.offer_id.name,
                state=labels[self.state],
            )
        )

    def _order_of_customer(self, order_id):
        """Return the quotation to add to, of this customer; none when the offer needs none."""
        orders = self.env["sale.order"]
        if not self.offer_id._is_sold():
            return orders
        if not order_id:
            return orders.create(
                {"partner_id": self.partner_id.id, "company_id": self.company_id.id}
            )
        check_whole(self.env, order_id)
        order = orders.browse(order_id).exists()
        if order.state not in ("draft", "sent") or (
            order.partner_id.commercial_partner_id != self.partner_id.commercial_partner_id
            or order.company_id != self.company_id
        ):
            raise UserError(self.env._("Choose a quotation of this customer."))
        order.check_access("write")
        return order

    def _give(self, order):
        """Give what was accepted: order lines, a coupon, or a personal code."""
        values = {}
        if order:
            order.write({"order_line": self.offer_id._order_line_commands(self, order)})
            values["order_id"] = order.id
        elif self.kind == "coupon":
            values["card_id"] = self.offer_id._make_coupon(self.partner_id).id
        else:
            values["code"] = self._new_code()
        self.sudo().write(values)  # sudo: as for `present`

    @api.model
    def _new_code(self):
        return "".join(secrets.choice(CODE_LETTERS) for _letter in range(CODE_LENGTH))

    def _log(self, channel_code):
        """Write the presentation into the log of contacts."""
        self.interaction_id = self.partner_id._log_contact(
            channel_code,
            self.offer_id._purpose_code(),
            self.env._("Offer presented: %s", self.offer_id.name),
            company_id=self.company_id.id,
            user_id=self.env.uid,
            res_model=self._name,
            res_id=self.id,
        )
