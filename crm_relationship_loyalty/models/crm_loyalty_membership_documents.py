"""The documents that made the value of a membership, or of a move."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

from ..logic.tier_window import first_day
from .crm_loyalty_evaluation import Evaluation

LIST_VIEWS = {
    "account.move": "crm_relationship_loyalty.account_move_view_list_tier",
    "sale.order": "crm_relationship_loyalty.sale_order_view_list_counted",
    "loyalty.history": "crm_relationship_loyalty.loyalty_history_view_list_tier",
}


class CrmLoyaltyLadder(models.Model):
    _inherit = "crm.loyalty.ladder"

    def _documents_action(self, partner, day):
        """Return the action that lists what counted for a customer in the window of a day.

        The values in the list add up to the qualifying value of that day.
        """
        self.ensure_one()
        if not self.env["res.partner"]._sees_amounts():
            raise AccessError(
                self.env._("The documents show amounts, which you may not see: ask a manager.")
            )
        model = self._document_model()
        first, ids = self.sudo()._counted(partner, day)  # sudo: which may be seen is checked next
        Model = self.env[model]
        if not Model.has_access("read") or len(ids) > Model.search_count([("id", "in", ids)]):
            raise UserError(
                self.env._(
                    "Some of the documents are not for you to see, and the others would not add up"
                    " to the value: ask an accountant."
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "%(customer)s, %(ladder)s on %(day)s",
                customer=partner.display_name,
                ladder=self.name,
                day=format_date(self.env, day),
            ),
            "res_model": model,
            "views": [(self.env.ref(LIST_VIEWS[model]).id, "list"), (False, "form")],
            "domain": [("id", "in", ids)],
            "context": {
                "create": False,
                "loyalty_ladder_id": self.id,
                "loyalty_from": bool(first) and fields.Date.to_string(first),
                "loyalty_to": fields.Date.to_string(day),
            },
        }

    def _counted(self, partner, day):
        """Return the first day of a customer's window (None for all time), and his documents."""
        self.env.flush_all()
        his = SQL("value.partner_id IN (%s)", self._contacts_of(partner.ids))
        first = self._first_day_of(partner, day, his)
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT document FROM (%s) value WHERE %s AND %s",
                self._value_source(),
                his,
                self._within(first, day),
            )
        )
        return first, [document for (document,) in rows]

    def _first_day_of(self, partner, day, his: SQL):
        window = self._window()
        if window.kind != "anniversary":
            return first_day(window, day)
        joined = Evaluation(self, day)._joined(partner.ids).get(partner.id)
        if not joined:
            [(joined,)] = self.env.execute_query(
                SQL("SELECT MIN(date) FROM (%s) value WHERE %s", self._value_source(), his)
            )
        joined = joined or self.published_on
        return joined if joined > day else first_day(window, day, joined)

    @api.model
    def _within(self, first, last) -> SQL:
        since = SQL("value.date >= %s", first) if first else SQL("TRUE")
        return SQL("value.date <= %s AND %s", last, since)


class CrmLoyaltyMembership(models.Model):
    _inherit = "crm.loyalty.membership"

    def action_view_documents(self):
        """List the documents that make the value; managers and accountants only."""
        self.ensure_one()
        self.check_access("read")
        ladder = self.ladder_id
        if ladder.is_over:
            raise UserError(
                self.env._(
                    "A new version took the place of %(ladder)s, and nothing counts on it any more:"
                    " open the documents of a move.",
                    ladder=ladder.name,
                )
            )
        day = ladder.evaluated_for or ladder.company_id._business_today()
        return ladder._documents_action(self.partner_id, day)


class CrmLoyaltyTierChange(models.Model):
    _inherit = "crm.loyalty.tier.change"

    def action_view_documents(self):
        """List the documents that counted on the day of the move; managers and accountants only.

        What was added or changed since then is as it is today.
        """
        self.ensure_one()
        self.check_access("read")
        return self.ladder_id._documents_action(self.partner_id, self.date)


class CrmLoyaltyDocument(models.AbstractModel):
    """What a document counts for, in the ladder and the window that its list was opened for."""

    _name = "crm.loyalty.document"
    _description = "Document of a Tier"

    tier_value = fields.Monetary(
        string="Counts",
        compute="_compute_tier_value",
        currency_field="tier_value_currency_id",
        groups=AMOUNT_GROUPS,
        aggregator=None,
        help="So much of the document counts for the tier that the list was opened for.",
    )
    tier_value_currency_id = fields.Many2one(
        comodel_name="res.currency", string="Counts in", compute="_compute_tier_value"
    )

    @api.depends_context("loyalty_ladder_id", "loyalty_from", "loyalty_to")
    def _compute_tier_value(self):
        ladder = self._ladder_of_list()
        amounts = self._amounts_counted(ladder)
        of_points = ladder.metric == "points"
        for record in self:
            record.tier_value = amounts.get(record._origin.id, 0.0)
            record.tier_value_currency_id = not of_points and ladder.currency_id

    @api.model
    def _ladder_of_list(self):
        """Return the ladder that the list was opened for, if the reader may see it."""
        ladder_id = self.env.context.get("loyalty_ladder_id")
        if not isinstance(ladder_id, int):
            return self.env["crm.loyalty.ladder"]
        return self.env["crm.loyalty.ladder"].search([("id", "=", ladder_id)])

    def _amounts_counted(self, ladder):
        """Return ``{document's id: its value}`` in the window of the list."""
        context = self.env.context
        if not ladder or ladder._document_model() != self._name or not context.get("loyalty_to"):
            return {}
        # sudo: what these documents, which the reader may see, count for is read across tables
        ladder = ladder.sudo()
        ladder.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT document, SUM(amount) FROM (%s) value
                 WHERE document = ANY(%s) AND %s GROUP BY document
                """,
                ladder._value_source(),
                self._origin.ids,
                ladder._within(
                    fields.Date.to_date(context.get("loyalty_from")),
                    fields.Date.to_date(context["loyalty_to"]),
                ),
            )
        )
        return {document: float(amount) for document, amount in rows}


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "crm.loyalty.document"]


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "crm.loyalty.document"]


class LoyaltyHistory(models.Model):
    _name = "loyalty.history"
    _inherit = ["loyalty.history", "crm.loyalty.document"]
