from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_compare

from ..logic.points import cents

KINDS = {
    "earn": "Earned",
    "redeem": "Spent",
    "expire": "Expired",
    "adjust": "Adjusted",
    "reverse": "Reversed",
    "transfer": "Transferred",
    "opening": "Opening Balance",
    "referral": "Referral",
}
TECHNICAL_FIELDS = {"remaining", "state", "expiration_date"}
MOVED_BY_PEOPLE = {"adjust", "opening"}
MORE_OF_FOREIGN = ("external_ref", "date", "expiration_date")
POINT_DIGITS = (16, 2)


class Posting(NamedTuple):
    """Why the ledger moves; as a value of the context it shows that the ledger itself is at work.

    Nobody can send one in the context of a call: what comes over the network is plain JSON.
    """

    kind: str
    description: str
    order_model: str | None = None
    order_id: int | None = None
    may_owe: bool = False
    explains: bool = False
    alliance_id: int | None = None

    def values(self):
        """Return the values that all rows of this posting have."""
        return {
            "kind": self.kind,
            "description": self.description,
            "order_model": self.order_model,
            "order_id": self.order_id,
            "alliance_id": self.alliance_id,
        }


# What core writes to a balance while this is the posting, the ledger posts by itself afterwards.
LATER = Posting("later", "")


class LoyaltyHistory(models.Model):
    """The ledger of points: rows are added, never altered.

    `issued` and `used` are core's; `points` is their difference, in points. Rows that are active
    make the balance of the card; rows that are pending make what he will get when the program says
    that it is earned. Rows without state are older than the ledger, whose opening row replaces
    them. `remaining` is what is left of an award, or, below zero, of a debt: it adds up to the
    balance, too.
    """

    _inherit = "loyalty.history"

    card_id = fields.Many2one(ondelete="restrict")
    program_id = fields.Many2one(related="card_id.program_id", store=True, index=True)
    kind = fields.Selection(list(KINDS.items()), readonly=True, default="adjust")
    state = fields.Selection(
        [("pending", "Pending"), ("active", "Active")], readonly=True, default="active"
    )
    date = fields.Datetime(readonly=True, default=fields.Datetime.now)
    points = fields.Float(digits=POINT_DIGITS, readonly=True)
    remaining = fields.Float(digits=POINT_DIGITS, readonly=True, copy=False)
    expiration_date = fields.Date(string="Last Day", readonly=True)
    award_id = fields.Many2one(
        "loyalty.history",
        string="From Award",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The award that these points were taken from or given back to.",
    )
    alliance_id = fields.Many2one(
        "crm.alliance",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="At whose place the points were earned or spent. Empty: with us.",
    )
    external_ref = fields.Char(
        string="External Reference",
        copy=False,
        help="The key of the entry in the system that it was imported from. It is posted once.",
    )

    _lots = models.Index("(card_id, expiration_date, id) WHERE remaining <> 0")
    _documents = models.Index("(order_id, order_model) WHERE order_id IS NOT NULL")
    _external_ref_once = models.UniqueIndex(
        "(program_id, external_ref) WHERE external_ref IS NOT NULL",
        "An entry with this external reference was posted already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Post entries: those of the ledger, of a till, and of managers with a reason."""
        if isinstance(self.env.context.get("loyalty_posting"), Posting):
            return super().create([self._with_points(vals) for vals in vals_list])
        if isinstance(self.env.context.get("loyalty_opening"), Posting):
            # core notes a card that it has just made with points; its ledger is open already
            cards = self.env["loyalty.card"].browse(vals["card_id"] for vals in vals_list)
            return cards.history_ids
        return self.browse().concat(*(self._post_foreign(vals) for vals in vals_list))

    @api.model
    def _with_points(self, vals):
        return {**vals, "points": cents(vals.get("issued", 0.0) - vals.get("used", 0.0))}

    def _post_foreign(self, vals):
        """Post what does not come from the ledger: from a till, a person, or another addon."""
        # sudo: a till's user has no rights on the rows that its own order made
        card = self.env["loyalty.card"].browse(vals.get("card_id")).exists()
        if not card:
            raise UserError(self.env._("Which card are the points for? Choose one."))
        issued, used = vals.get("issued") or 0.0, vals.get("used") or 0.0
        if claimed := card.sudo()._claim_unexplained(vals, cents(issued - used)):
            return claimed.with_env(self.env)
        if card._is_gift_card_at_till():
            return card.sudo()._note(vals).with_env(self.env)
        if not self.env.su:
            card._check_may_adjust()
        kind = vals.get("kind") or "adjust"
        if kind not in MOVED_BY_PEOPLE and not self.env.su:
            raise AccessError(
                self.env._(
                    "By hand, points are adjusted or opened only: choose one of these kinds."
                )
            )
        posting = Posting(kind, vals["description"], vals.get("order_model"), vals.get("order_id"))
        more = {name: vals[name] for name in MORE_OF_FOREIGN if vals.get(name)}
        # sudo: who may adjust has no right to write rows beside the ledger
        return card.sudo()._move(cents(issued - used), posting, **more).with_env(self.env)

    def write(self, vals):
        """Refuse; the ledger itself keeps what remains, the state and the last day."""
        posting = self.env.context.get("loyalty_posting")
        if isinstance(posting, Posting) and (posting.explains or vals.keys() <= TECHNICAL_FIELDS):
            return super().write(vals)
        raise UserError(
            self.env._(
                "Points are a ledger: its entries are never changed. Adjust the balance instead."
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ledger(self):
        if not isinstance(self.env.context.get("loyalty_posting"), Posting):
            raise UserError(
                self.env._(
                    "Points are a ledger: its entries are never deleted. Adjust the balance"
                    " instead."
                )
            )

    def unlink(self):
        """Keep the rows of an order that core cancels: the ledger has reversed them."""
        if self.env.context.get("loyalty_keep_history"):
            return True
        return super().unlink()

    def _keep(self, values_by_row):
        """Write what remains of rows, or until when they last, by row."""
        for row, values in values_by_row.items():
            row.with_context(loyalty_posting=Posting("adjust", "")).write(values)

    def _activate(self, remaining, expiration_date, posting):
        """Make a promise an award, as the ledger releases it."""
        self.with_context(loyalty_posting=posting._replace(explains=True)).write(
            {
                "state": "active",
                "date": fields.Datetime.now(),
                "remaining": remaining,
                "expiration_date": expiration_date,
            }
        )

    def _require_document(self):
        """Have the transaction fail unless a till's entry names the document of these rows."""

        @self.env.cr.precommit.add
        def check():
            if not all(self.exists().mapped("order_model")):
                raise AccessError(
                    self.env._("A gift card gets its value by an order: sell it at the till.")
                )

    def _is_same_amount(self, points):
        return not float_compare(sum(self.mapped("points")), points, precision_digits=2)
