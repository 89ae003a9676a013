from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools import SQL, float_is_zero

from ..logic.points import cents
from .loyalty_history import LATER, Posting


class LoyaltyCard(models.Model):
    """A card whose points are the sum of its ledger, one for each customer and program."""

    _inherit = "loyalty.card"

    is_one_per_customer = fields.Boolean(
        compute="_compute_is_one_per_customer", store=True, precompute=True
    )
    pending_points = fields.Float(compute="_compute_pending_points", compute_sudo=True)

    _one_per_customer = models.UniqueIndex(
        "(partner_id, program_id) WHERE is_one_per_customer AND active AND partner_id IS NOT NULL",
        "The customer has a card of this program already: use that one.",
    )

    @api.depends("program_id.program_type", "program_id.applies_on")
    def _compute_is_one_per_customer(self):
        for card in self:
            card.is_one_per_customer = card.program_id.is_nominative

    @api.depends("history_ids.points", "history_ids.state")
    def _compute_pending_points(self):
        pending = self.env["loyalty.history"]._read_group(
            [("card_id", "in", self.ids), ("state", "=", "pending")], ["card_id"], ["points:sum"]
        )
        by_card = {card.id: points for card, points in pending}
        for card in self:
            card.pending_points = by_card.get(card.id, 0.0)

    @api.model_create_multi
    def create(self, vals_list):
        """Open a card's ledger with the points that it comes with."""
        self._check_is_first(vals_list)
        posting = self.env.context.get("loyalty_opening")
        postings = [self._opening_in(vals) or posting for vals in vals_list]
        vals_list = [
            {name: value for name, value in vals.items() if name != "history_ids"}
            for vals in vals_list
        ]
        try:
            with self.env.cr.savepoint():
                cards = super().create(vals_list)
        except UniqueViolation as error:
            if error.diag.constraint_name != "loyalty_card_one_per_customer":
                raise
            # another transaction made it at this moment; a second try finds it
            raise ConcurrencyError(self.env._("The customer has just got a card.")) from error
        # sudo: who may make a card may open its ledger
        openings = {
            card: posting
            for card, posting in zip(cards.sudo(), postings, strict=True)
            if card.points
        }
        if openings:
            self.env["loyalty.card"].union(*openings)._open(openings)
        return cards

    @api.model
    def _opening_in(self, vals):
        """Return why a card is made with points, when its first entry comes along with it."""
        for command, _id, row in vals.get("history_ids") or ():
            if command == Command.CREATE:
                why = row.get("description") or self.env._("Opening balance")
                return Posting("opening", why, row.get("order_model"), row.get("order_id"))
        return None

    @api.model
    def _check_is_first(self, vals_list):
        """Refuse a second card that the user could have found; it would split the balance."""
        programs = self.env["loyalty.program"].browse(
            {vals.get("program_id") for vals in vals_list if vals.get("partner_id")} - {None, False}
        )
        accounts = programs.sudo().filtered("is_nominative")  # sudo: tills may not read programs
        wanted = {
            (vals["partner_id"], vals["program_id"])
            for vals in vals_list
            if vals.get("partner_id") and vals.get("program_id") in accounts.ids
        }
        if not wanted:
            return
        partners, of_programs = zip(*wanted, strict=True)
        # sudo: the card may be of a company that the user does not see
        cards = self.sudo().search(
            [("partner_id", "in", partners), ("program_id", "in", of_programs)]
        )
        for card in cards:
            if (card.partner_id.id, card.program_id.id) in wanted:
                raise ValidationError(
                    self.env._(
                        "%(customer)s has a card of %(program)s already: use %(code)s.",
                        customer=card.partner_id.display_name,
                        program=card.program_id.display_name,
                        code=card.code,
                    )
                )

    def write(self, vals):
        """Let points change through the ledger only, and cards with points keep their owner."""
        if self.env.context.get("loyalty_posting_points"):
            posting = self.env.context.get("loyalty_posting")
            if isinstance(posting, Posting):
                return super().write(vals)
        self._check_may_change(vals)
        if "points" not in vals:
            return super().write(vals)
        others = {name: value for name, value in vals.items() if name != "points"}
        if others:
            super().write(others)
        posting = self.env.context.get("loyalty_posting")
        for card in self:
            card._change_points(vals["points"], posting)
        return True

    def _change_points(self, points, posting):
        """Post the difference to a balance that core or another addon writes.

        Core's own ways name their document. What runs with the server's rights, such as a till,
        is posted as an adjustment that the till's entry explains afterwards. A user may not.
        """
        difference = cents(points - self.points)
        if posting is LATER or float_is_zero(difference, precision_digits=2):
            return
        if not isinstance(posting, Posting):
            if not self.env.su and not self._is_gift_card_at_till():
                raise AccessError(
                    self.env._(
                        "Points are the sum of the card's history and cannot be set."
                        " Use Update Balance, and give a reason."
                    )
                )
            posting = Posting("adjust", self.env._("Changed by the system"), may_owe=True)
        # sudo: core's ways run with the rights of who confirms the order
        rows = self.sudo()._move(difference, posting)
        if difference > 0 and self._is_gift_card_at_till():
            rows._require_document()

    def _is_gift_card_at_till(self):
        """Tell whether a till, which writes to gift cards as its user, may be at work here."""
        is_at_till = self.env.user.has_group("point_of_sale.group_pos_user")
        # sudo: a till's user need not see the program
        return is_at_till and self.sudo().program_type == "gift_card" and not self.env.su

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_history(self):
        accounts = self.sudo()._with_account_history()  # sudo: the rows of any company
        if accounts:
            raise UserError(
                self.env._(
                    "The card %(code)s has a history of points: archive it instead.",
                    code=accounts[0].code,
                )
            )

    def unlink(self):
        """Archive instead what has a history that counts, when core cleans up after an order.

        The entries of a promotion's or coupon's card go with it.
        """
        self.check_access("unlink")
        cards = self.sudo()  # sudo: the rows of any company
        kept = cards.browse()
        if self.env.context.get("loyalty_keep_history"):
            kept = cards._with_account_history()
            kept.active = False
        coupons = (cards - cards._with_account_history()).history_ids
        erasing = coupons.with_context(
            loyalty_posting=Posting("adjust", ""), loyalty_keep_history=False
        )
        erasing.unlink()
        return super(LoyaltyCard, self - self.browse(kept.ids)).unlink()

    def _with_account_history(self):
        """Return the cards whose entries are somebody's points or money."""
        return self.filtered(
            lambda card: (
                card.history_ids
                and (card.is_one_per_customer or card.program_id.is_payment_program)
            )
        )

    def _lock(self):
        """Have other transactions that post to these cards wait, and try again."""
        if self.ids:
            self.flush_recordset(["points"])
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM loyalty_card WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
                    self.ids,
                ),
                log_exceptions=False,
            )
