from odoo import models
from odoo.tools import SQL

# Rows of one document that were posted at once are one entry to the customer.
ENTRIES = """
    SELECT MAX(id) AS id, kind, state, description, order_model, order_id,
           MAX(CASE WHEN state IS NULL THEN create_date ELSE date END) AS date,
           SUM(COALESCE(issued, 0) - COALESCE(used, 0)) AS points
      FROM loyalty_history
     WHERE card_id = %s
     GROUP BY create_date, kind, state, description, order_model, order_id
"""
ORDERS = {
    "date": SQL("date DESC, id DESC"),
    "issued": SQL("points DESC, id DESC"),
    "used": SQL("points, id DESC"),
    "description": SQL("kind, description, id DESC"),
}


class LoyaltyCard(models.Model):
    """The history of a card in words that its owner understands."""

    _inherit = "loyalty.card"

    def _statement_length(self):
        """Return how many entries the customer's history has."""
        self.env["loyalty.history"].flush_model()
        [(count,)] = self.env.execute_query(
            SQL("SELECT COUNT(*) FROM (%s) entry", SQL(ENTRIES, self.id))
        )
        return count

    def _statement(self, sort_by="date", limit=None, offset=0):
        """Return the entries of the customer's history, read with a fixed number of queries.

        :param sort_by: ``date``, ``issued``, ``used`` or ``description``
        :return: ``[{"date", "words", "points", "is_pending", "order_id", "url"}]``; ``points`` is
            a text with its sign, ``date`` a moment in UTC, ``url`` leads to the order or is False
        """
        self.ensure_one()
        self.env["loyalty.history"].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                "%s ORDER BY %s LIMIT %s OFFSET %s",
                SQL(ENTRIES, self.id),
                ORDERS[sort_by],
                limit,
                offset,
            )
        )
        documents = self._documents_of(rows)
        return [
            {
                "date": row["date"],
                "words": self._words_of(row, documents),
                "points": self._signed_points(row["points"]),
                "is_pending": row["state"] == "pending",
                "order_id": row["order_id"],
                "url": self._order_url(documents.get((row["order_model"], row["order_id"]))),
            }
            for row in rows
        ]

    def _words_of(self, row, documents):
        """Hook: return what the customer reads of an entry; older ones as they were written."""
        order = documents.get((row["order_model"], row["order_id"]))
        name = order.display_name if order else row["description"]
        if row["state"] == "pending":
            if row["points"] < 0:
                return self.env._("No longer pending: %s", row["description"])
            return self.env._("Pending from order %s", name)
        sentences = {
            "earn": self.env._("Earned with order %s", name),
            "redeem": self.env._("Spent on order %s", name),
            "expire": self.env._("Expired"),
            "opening": self.env._("Opening balance"),
        }
        sentences["reverse"] = (
            self.env._("Taken back: %s", row["description"])
            if row["points"] < 0
            else self.env._("Given back: %s", row["description"])
        )
        return sentences.get(row["kind"], row["description"])

    def _documents_of(self, rows):
        """Return the existing orders of entries, {(model, id): order}."""
        documents = {}
        for model in {row["order_model"] for row in rows} & self.env.registry.models.keys():
            ids = {row["order_id"] for row in rows if row["order_model"] == model}
            # sudo: the customer reads the name of what he earned his points with
            orders = self.env[model].sudo().browse(ids).exists()
            documents.update({(model, order.id): order for order in orders})
        return documents

    def _order_url(self, order):
        """Return where the reader sees an order in the portal, if it is his."""
        if not order or order._name != "sale.order":
            return False
        his = self.env.user.partner_id.commercial_partner_id
        is_his = order.partner_id.commercial_partner_id == his
        return is_his and f"/my/orders/{order.id}"

    def _signed_points(self, points):
        """Return points with their sign, as +30 Points or -5 Points."""
        return f"{'-' if points < 0 else '+'}{self._format_points(abs(points))}"
