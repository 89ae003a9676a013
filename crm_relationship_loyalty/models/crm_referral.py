from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError

from .loyalty_history import POINT_DIGITS

REASONS = {
    "minimum": "Paid, but below the minimum",
    "late": "Not paid in time",
    "customer": "The order went to another customer",
    "not_first": "Not the first order",
    "self": "Referrer and friend are one person",
    "firm": "Both belong to the same firm",
    "household": "Both live in the same household",
    "contact": "Both have the same e-mail address or phone",
    "maximum": "The referrer has reached his maximum: only the friend is rewarded",
    "cancelled": "The order was cancelled",
    "refunded": "Too much was refunded",
    "unpaid": "The payment was taken back",
    "merged": "Referrer and friend were merged",
    "merged_friend": "The friend was merged with one who had been referred already",
    "manual": "By a manager",
}
STATES = {
    "open": "Waiting for Payment",
    "waiting": "Waiting After Payment",
    "rewarded": "Rewarded",
    "reversed": "Taken Back",
    "refused": "Refused",
    "expired": "Expired",
}
UNSETTLED = ("open", "waiting")
REUSABLE = ("open", "expired")


class CrmReferral(models.Model):
    """A member has brought a friend: one row for each friend and company, for ever.

    Rows are made by entering a code, and all else follows from the documents of the friend's first
    order. A row that was closed in a merge does not count any more.
    """

    _name = "crm.referral"
    _description = "Referral"
    _inherit = ["crm.customer.dimension"]
    _order = "id desc"

    partner_id = fields.Many2one(string="Friend", required=True, ondelete="restrict")
    commercial_partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Account of the Friend",
        required=True,
        readonly=True,
        ondelete="restrict",
        help="The firm of the friend, or himself, as it was when the code was entered.",
    )
    referrer_id = fields.Many2one(
        comodel_name="res.partner",
        string="Referred by",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    number_id = fields.Many2one(
        comodel_name="crm.member.number",
        string="Number Entered",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    program_id = fields.Many2one(
        comodel_name="crm.referral.program",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    order_id = fields.Many2one(
        comodel_name="sale.order",
        string="First Order",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    state = fields.Selection(
        selection=list(STATES.items()),
        default="open",
        required=True,
        readonly=True,
        index=True,
    )
    reason = fields.Selection(selection=list(REASONS.items()), readonly=True)
    note = fields.Char(readonly=True)
    problem = fields.Char(readonly=True)
    entered_on = fields.Date(string="Code Entered on", required=True, readonly=True)
    paid_on = fields.Date(readonly=True)
    rewarded_on = fields.Date(readonly=True)
    is_capped = fields.Boolean(
        string="Beyond the Maximum",
        readonly=True,
        help="The referrer has reached his maximum: only the friend is rewarded.",
    )
    is_closed = fields.Boolean(
        string="Closed by a Merge", readonly=True, help="It does not count any more."
    )
    referrer_card_id = fields.Many2one(
        comodel_name="loyalty.card",
        string="Card of the Referrer",
        readonly=True,
        ondelete="restrict",
    )
    referrer_points = fields.Float(
        string="Points of the Referrer", digits=POINT_DIGITS, readonly=True
    )
    friend_card_id = fields.Many2one(
        comodel_name="loyalty.card", string="Card of the Friend", readonly=True, ondelete="restrict"
    )
    friend_points = fields.Float(string="Points of the Friend", digits=POINT_DIGITS, readonly=True)

    _friend_once = models.UniqueIndex(
        "(commercial_partner_id, company_id) WHERE is_closed IS NOT TRUE",
        "This customer has been referred already.",
    )

    @api.depends("partner_id")
    def _compute_display_name(self):
        """Name nobody: the customer reads it in his history of points."""
        for referral in self:
            referral.display_name = self.env._("Referral %s", referral.id)

    @api.model
    def _enter(self, order, number, program):
        """Note whose number was entered for an order; one entered before gives way to it."""
        customer = order.partner_id.commercial_partner_id
        values = {
            "partner_id": order.partner_id.id,
            "commercial_partner_id": customer.id,
            "referrer_id": number.partner_id.id,
            "number_id": number.id,
            "program_id": program.id,
            "order_id": order.id,
            "entered_on": order.company_id._business_today(),
            "state": "open",
            "reason": False,
        }
        known = self._of_customer(customer, order.company_id)
        if known:
            known.write(values)
            return known
        try:
            with self.env.cr.savepoint():
                return self.create({**values, "company_id": order.company_id.id})
        except UniqueViolation as error:
            # another transaction made it at this moment; a second try finds it
            raise ConcurrencyError(self.env._("The customer has just been referred.")) from error

    @api.model
    def _of_customer(self, customer, company):
        """Return the referral of a commercial partner that counts in a company, if there is one."""
        return self.search_fetch(
            [
                ("commercial_partner_id", "=", customer.id),
                ("company_id", "=", company.id),
                ("is_closed", "=", False),
            ],
            ["order_id", "state"],
        )

    @api.model
    def _kinship(self, referrer, friend):
        """Return why a contact cannot refer another: they are one, or belong together; or None."""
        if referrer == friend:
            return "self"
        if referrer.commercial_partner_id == friend.commercial_partner_id:
            return "firm"
        if referrer.household_member_ids.household_id & friend.household_member_ids.household_id:
            return "household"
        for name in ("email_normalized", "phone_sanitized"):
            if referrer[name] and referrer[name] == friend[name]:
                return "contact"
        return None

    def action_refuse(self):
        """Open the form in which a manager refuses these referrals and says why."""
        self._check_may_refuse()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_loyalty.crm_referral_refusal_action"
        )
        return action | {"context": {"default_referral_ids": self.ids}}

    def _refuse(self, note):
        """Refuse these for good, and take back what they have given. Raises UserError if done."""
        self._check_may_refuse()
        self.check_access("read")
        for referral in self.sudo():  # sudo: nobody writes referrals but by these buttons
            if referral.state == "refused" or referral.is_closed:
                raise UserError(
                    self.env._(
                        "The referral of %(friend)s is refused already.",
                        friend=referral.partner_id.display_name,
                    )
                )
            referral.lock_for_update()
            referral._settle_as("refused", "manual", note=note)

    @api.model
    def _check_may_refuse(self):
        if not self.env.user.has_group("crm_relationship.group_relationship_manager"):
            raise AccessError(
                self.env._("Only a manager of customer relationships refuses referrals: ask one.")
            )

    def _close(self, reason):
        """Take referrals out, as their contacts are one by now; what they gave is taken back."""
        for referral in self:
            is_given = referral.state in ("rewarded", "reversed")
            referral._settle_as("reversed" if is_given else "refused", reason)
        self.is_closed = True
