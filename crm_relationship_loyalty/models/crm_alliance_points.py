from odoo import api, fields, models
from odoo.exceptions import UserError

from .loyalty_history import POINT_DIGITS, Posting
from .loyalty_ledger import Ledger


class CrmAlliancePoints(models.Model):
    """Points that a customer earned or spent at the partner's; the ledger's document of them."""

    _name = "crm.alliance.points"
    _description = "Points at a Partner"
    _inherit = ["crm.append.only"]
    _order = "id desc"
    _rec_name = "external_ref"

    alliance_id = fields.Many2one(
        comodel_name="crm.alliance", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    card_id = fields.Many2one(
        comodel_name="loyalty.card", required=True, readonly=True, index=True, ondelete="restrict"
    )
    kind = fields.Selection(
        selection=[("accrual", "Earned There"), ("redemption", "Spent There")],
        required=True,
        readonly=True,
    )
    points = fields.Float(
        digits=POINT_DIGITS, readonly=True, help="Below zero: spent, or earned and taken back."
    )
    day = fields.Date(
        required=True, readonly=True, help="The day on which it was at the partner's."
    )
    external_ref = fields.Char(string="Partner's Reference", required=True, readonly=True)
    reverses_id = fields.Many2one(
        comodel_name="crm.alliance.points",
        string="Takes Back",
        readonly=True,
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Reported By",
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )

    _reference_unique = models.Constraint(
        "UNIQUE (alliance_id, external_ref)", "The partner reported this reference already."
    )
    _reversed_once = models.UniqueIndex(
        "(reverses_id) WHERE reverses_id IS NOT NULL", "These points were taken back already."
    )

    @api.depends("kind", "alliance_id", "external_ref")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for entry in self:
            entry.display_name = f"{labels.get(entry.kind)}: {entry.external_ref}"

    def _post(self):
        """Post the points to the customer's card; taken back, to the lots that they came from."""
        self.ensure_one()
        ledger, card = Ledger(self.card_id), self.card_id
        posting = Posting(
            "earn" if self.kind == "accrual" else "redeem",
            f"{self.alliance_id.name}: {self.external_ref}",
            self._name,
            self.id,
            alliance_id=self.alliance_id.id,
        )
        if self.reverses_id:
            posting = posting._replace(kind="reverse", may_owe=True)
            # where the customer was merged since, his lots are others
            rows = self.reverses_id._ledger_rows().filtered(lambda row: row.card_id == card)
            if self.kind == "accrual":
                ledger.consume(card, -self.points, posting, first=rows)
            else:
                ledger.give_back(card, self.points, posting, rows)
        elif self.kind == "accrual":
            ledger.award(card, self.points, posting)
        else:
            ledger.consume(card, -self.points, posting)
        ledger.post()

    def _ledger_rows(self):
        return self.env["loyalty.history"].search(
            [("order_model", "=", self._name), ("order_id", "in", self.ids)]
        )


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    def _refuse_spending(self, points, posting):
        """Do not tell a partner how many points somebody has."""
        if posting.alliance_id:
            raise UserError(self.env["crm.alliance"]._too_few_points_there())
        return super()._refuse_spending(points, posting)

    def _words_of(self, row, documents):
        """Tell the customer at whose place he earned or spent points."""
        report = documents.get((row["order_model"], row["order_id"]))
        if not report or report._name != "crm.alliance.points" or report.reverses_id:
            return super()._words_of(row, documents)
        partner = report.alliance_id.partner_id.name
        if report.kind == "accrual":
            return self.env._("Earned at %s", partner)
        return self.env._("Spent at %s", partner)
