from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

from ..logic.tier import rank_on
from .crm_loyalty_evaluation import Evaluated, Evaluation


class CrmLoyaltyMembership(models.Model):
    """Which tier of a ladder a customer holds, as his documents and the rules say.

    What is stored is a copy, for screens and conditions: all of it is worked out from the documents
    again each time. No user writes it, so there are no columns for who did.
    """

    _name = "crm.loyalty.membership"
    _description = "Loyalty Membership"
    _inherit = ["crm.customer.dimension"]
    _order = "ladder_id, tier_id desc, id"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one(required=True, ondelete="cascade")
    ladder_id = fields.Many2one(
        comodel_name="crm.loyalty.ladder", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    tier_id = fields.Many2one(
        comodel_name="crm.loyalty.tier", readonly=True, index=True, ondelete="restrict"
    )
    tier_color = fields.Integer(related="tier_id.color")
    tier_since = fields.Date(string="Since", readonly=True)
    tier_until = fields.Date(
        string="Until",
        readonly=True,
        help="The last day of the tier if the customer buys nothing more. Empty: no end, or none"
        " before a new version of the ladder holds.",
    )
    qualifying_value = fields.Monetary(readonly=True, groups=AMOUNT_GROUPS)
    next_tier_id = fields.Many2one(
        comodel_name="crm.loyalty.tier", readonly=True, ondelete="restrict"
    )
    value_to_next = fields.Monetary(string="To the Next Tier", readonly=True, groups=AMOUNT_GROUPS)
    value_to_keep = fields.Monetary(
        string="To Keep the Tier",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="So much more, by the last day, keeps the tier beyond it.",
    )
    floor_tier_id = fields.Many2one(
        comodel_name="crm.loyalty.tier",
        string="At Least",
        readonly=True,
        ondelete="restrict",
        help="Given by hand: until its last day the customer has this tier or a higher one.",
    )
    floor_until = fields.Date(string="At Least until", readonly=True)
    is_ending = fields.Boolean(
        string="Ending",
        compute="_compute_is_ending",
        search="_search_is_ending",
        help="The tier ends within the days of warning of its ladder.",
    )
    change_ids = fields.Many2many(
        comodel_name="crm.loyalty.tier.change",
        string="History",
        compute="_compute_change_ids",
    )

    _ladder_partner_unique = models.Constraint(
        "UNIQUE (ladder_id, partner_id)", "A customer has one place on each ladder."
    )

    @api.depends("tier_until", "ladder_id.warning_days")
    def _compute_is_ending(self):
        todays = {company: company._business_today() for company in self.company_id}
        for membership in self:
            days = membership.tier_until and (membership.tier_until - todays[membership.company_id])
            membership.is_ending = bool(days) and days.days <= membership.ladder_id.warning_days

    def _search_is_ending(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: the days of warning are no secret
        ladders = self.env["crm.loyalty.ladder"].sudo().search([("state", "=", "published")])
        ending = fields.Domain.OR(
            [
                ("ladder_id", "=", ladder.id),
                ("tier_until", "!=", False),
                (
                    "tier_until",
                    "<=",
                    fields.Date.add(ladder.company_id._business_today(), days=ladder.warning_days),
                ),
            ]
            for ladder in ladders
        )
        domains = [ending if wanted else ~ending for wanted in set(value)]
        return fields.Domain.OR(domains)

    def _compute_change_ids(self):
        changes = self.env["crm.loyalty.tier.change"].search(
            [("partner_id", "in", self.partner_id.ids), ("ladder_id", "in", self.ladder_id.ids)]
        )
        by_place = changes.grouped(lambda change: (change.partner_id, change.ladder_id))
        for membership in self:
            membership.change_ids = by_place.get((membership.partner_id, membership.ladder_id))

    def evaluate(self, as_of=None):
        """Work out the tiers of these members; of all ladders of the current companies if empty.

        ``as_of``: a date, or a text such as ``2026-01-31``; today when empty. Returns
        ``{"written", "moved"}``: how many memberships were written and how many moves were noted; a
        second call writes none. Raises AccessError for others than managers.
        """
        Ladder = self.env["crm.loyalty.ladder"]
        Ladder._check_may_manage()
        day = self._read_day(as_of) if as_of else None
        total = Evaluated(0, 0)
        if self:
            self.check_access("read")
            of_ladders = {
                ladder: members.partner_id.ids
                for ladder, members in self.grouped("ladder_id").items()
            }
        else:
            domain = [
                ("state", "=", "published"),
                ("is_over", "=", False),
                ("company_id", "in", self.env.companies.ids),
            ]
            of_ladders = dict.fromkeys(Ladder.search(domain))
        for ladder, partner_ids in of_ladders.items():
            done = ladder._evaluate(partner_ids, day)
            total = Evaluated(*map(sum, zip(total, done, strict=True)))
        return total._asdict()

    def tier_at(self, day):
        """Return the tier that the customer had on a day, worked out from the documents.

        ``day``: a date, or a text such as ``2026-01-31``. An empty tier means that he had none.
        """
        self.ensure_one()
        self.check_access("read")
        date = self._read_day(day)
        # sudo: whoever may see the tier need not see the documents behind it
        found = Evaluation(self.ladder_id.sudo(), date).history_of(self.partner_id)
        rank = rank_on(found.moves, date)
        return self.ladder_id._tiers()[rank - 1] if rank else self.tier_id.browse()

    @api.model
    def _read_day(self, day):
        try:
            date = fields.Date.to_date(day)
        except (TypeError, ValueError):
            date = None
        if not date:
            raise UserError(self.env._("Give the day as a date, such as 2026-01-31."))
        return date

    def action_give_floor(self):
        """Open the form in which a manager gives this customer a tier by hand."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_loyalty.crm_loyalty_floor_action_give"
        )
        return action | {
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_ladder_id": self.ladder_id.id,
            }
        }

    def action_end_floor(self):
        """Take a tier given by hand back; the tier by rule holds again from today on."""
        self.env["crm.loyalty.ladder"]._check_may_manage()
        for membership in self:
            membership.check_access("read")
            membership._floors()._end()
            membership.ladder_id._evaluate(membership.partner_id.ids)
        return True

    def _floors(self):
        return self.env["crm.loyalty.floor"].search(
            [("partner_id", "=", self.partner_id.id), ("ladder_id", "=", self.ladder_id.id)]
        )

    @api.model
    def _tier_changed(self, changes):
        """Hook: called with the changes of tier just noted, once per batch, after the write."""
