import logging

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)
FIGURES = ("points", "ledger", "remaining", "wrong_lots", "wrong_pending")


class CrmPointsDifference(models.Model):
    """A card that does not agree with its ledger: something wrote beside it."""

    _name = "crm.points.difference"
    _description = "Difference of Points"
    _order = "found_on desc, id desc"

    card_id = fields.Many2one(
        "loyalty.card", required=True, readonly=True, index=True, ondelete="cascade"
    )
    program_id = fields.Many2one(related="card_id.program_id")
    partner_id = fields.Many2one(related="card_id.partner_id", string="Customer")
    company_id = fields.Many2one(related="card_id.company_id", store=True, index=True)
    points = fields.Float(string="Balance", digits=(16, 2), readonly=True, aggregator=None)
    ledger = fields.Float(string="Sum of Entries", digits=(16, 2), readonly=True, aggregator=None)
    remaining = fields.Float(
        string="Sum of What Remains", digits=(16, 2), readonly=True, aggregator=None
    )
    wrong_lots = fields.Integer(string="Impossible Awards", readonly=True, aggregator=None)
    wrong_pending = fields.Float(
        string="Pending Below Zero", digits=(16, 2), readonly=True, aggregator=None
    )
    explanation = fields.Text(compute="_compute_explanation")
    found_on = fields.Datetime(readonly=True, default=fields.Datetime.now)
    state = fields.Selection(
        [("open", "Open"), ("repaired", "Repaired"), ("gone", "No Longer There")],
        required=True,
        readonly=True,
        default="open",
    )
    reason = fields.Char(readonly=True)
    repaired_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    repaired_on = fields.Datetime(readonly=True)

    _one_open = models.UniqueIndex(
        "(card_id) WHERE state = 'open'", "The card's difference is open already."
    )

    @api.depends("card_id", "found_on")
    def _compute_display_name(self):
        for difference in self:
            difference.display_name = difference.card_id.display_name

    @api.depends(*FIGURES)
    def _compute_explanation(self):
        for difference in self:
            difference.explanation = "\n".join(difference._explain())

    def _explain(self):
        """Return the sentences that say what is wrong."""
        sentences = []
        if beside := self.points - self.ledger:
            sentences.append(
                self.env._(
                    "The balance was written beside the ledger: it is %(points).2f, the entries"
                    " add up to %(ledger).2f (%(beside)+.2f).",
                    points=self.points,
                    ledger=self.ledger,
                    beside=beside,
                )
            )
        if self.remaining != self.ledger:
            sentences.append(
                self.env._(
                    "The lots do not add up: %(remaining).2f remain, the entries add up to"
                    " %(ledger).2f.",
                    remaining=self.remaining,
                    ledger=self.ledger,
                )
            )
        if self.wrong_lots:
            sentences.append(
                self.env._(
                    "Entries that keep more than they gave, or less than nothing: %s.",
                    self.wrong_lots,
                )
            )
        if self.wrong_pending:
            sentences.append(
                self.env._(
                    "More pending points were taken back than promised: %.2f.", self.wrong_pending
                )
            )
        return sentences

    @api.model
    def _cron_check_ledger(self):
        """Find the cards that do not agree with their ledger, and tell managers of them."""
        found = self._found()
        known = {one.card_id.id: one for one in self.search([("state", "=", "open")])}
        for card_id, figures in found.items():
            if card_id in known:
                known[card_id]._update_figures(figures)
        news = self.create(
            [
                {"card_id": card_id, **figures}
                for card_id, figures in found.items()
                if card_id not in known
            ]
        )
        gone = self.union(*(one for card_id, one in known.items() if card_id not in found))
        gone.state = "gone"
        for difference in news:
            _logger.error(
                "Card %s differs from its ledger: %s", difference.card_id.id, difference.explanation
            )

    def _update_figures(self, figures):
        changed = {name: value for name, value in figures.items() if self[name] != value}
        if changed:
            self.write(changed)

    @api.model
    def _found(self, card_ids=None):
        """Return ``{card's id: figures}`` of the cards that differ, of some or of all."""
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH entry AS (
                    SELECT card_id, SUM(points) AS ledger, SUM(remaining) AS remaining,
                           COUNT(*) FILTER (
                               WHERE remaining NOT BETWEEN
                                     CASE WHEN award_id IS NULL THEN LEAST(points, 0) ELSE 0 END
                                 AND CASE WHEN award_id IS NULL THEN GREATEST(points, 0) ELSE 0 END
                           ) AS wrong_lots
                      FROM loyalty_history WHERE state = 'active' AND %(cards)s
                     GROUP BY card_id
                ), pending AS (
                    SELECT card_id, SUM(points) AS points FROM (
                        SELECT card_id, SUM(points) AS points FROM loyalty_history
                         WHERE state = 'pending' AND %(cards)s
                         GROUP BY card_id, order_model, order_id HAVING SUM(points) < 0
                    ) document GROUP BY card_id
                ), card AS (
                    SELECT card.id AS card_id, ROUND(card.points::numeric, 2) AS points,
                           COALESCE(entry.ledger, 0) AS ledger,
                           COALESCE(entry.remaining, 0) AS remaining,
                           COALESCE(entry.wrong_lots, 0) AS wrong_lots,
                           COALESCE(pending.points, 0) AS wrong_pending
                      FROM loyalty_card card
                      LEFT JOIN entry ON entry.card_id = card.id
                      LEFT JOIN pending ON pending.card_id = card.id
                     WHERE %(these)s
                )
                SELECT * FROM card
                 WHERE points <> ledger OR remaining <> ledger OR wrong_lots > 0
                    OR wrong_pending <> 0
                 ORDER BY card_id
                """,
                cards=SQL("card_id = ANY(%s)", card_ids) if card_ids else SQL("TRUE"),
                these=SQL("card.id = ANY(%s)", card_ids) if card_ids else SQL("TRUE"),
            )
        )
        return {
            row["card_id"]: {
                name: row[name] if name == "wrong_lots" else float(row[name]) for name in FIGURES
            }
            for row in rows
        }
