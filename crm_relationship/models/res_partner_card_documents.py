from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from .res_partner_card import day_of, moment_of

CASES_SHOWN = 5
ORDERS_SHOWN = 5
PURCHASES_SHOWN = 5


class ResPartner(models.Model):
    """The documents on a customer's card: what is open, owed, ordered, and was bought."""

    _inherit = "res.partner"

    def _card_cases(self):
        """Return the open cases of the customer, those first that were promised for first."""
        Case = self.env["crm.case"]
        query = Case._search(
            self._documents_of_customer() & Domain("is_closed", "=", False), order=Case._order
        )
        query.add_join("LEFT JOIN", "owner", "res_users", SQL("owner.id = crm_case.user_id"))
        query.add_join("LEFT JOIN", "person", "res_partner", SQL("person.id = owner.partner_id"))
        names = ("id", "name", "subject", "kind", "stage_id", "promise_date")
        columns = {name: SQL.identifier("crm_case", name) for name in names}
        rows = self._rows_of_card(query, {**columns, "owner": SQL("person.name")})
        kinds = dict(Case._fields["kind"]._description_selection(self.env))
        today = self.env.company._business_today()
        return {
            "count": len(rows),
            "rows": [
                {
                    "id": row["id"],
                    "name": row["name"],
                    "subject": row["subject"],
                    "kind": kinds[row["kind"]],
                    "stage": self.env["crm.case.stage"].browse(row["stage_id"]).display_name,
                    "promise_date": day_of(row["promise_date"]),
                    "is_overdue": bool(row["promise_date"]) and row["promise_date"] < today,
                    "owner": row["owner"] or False,
                }
                for row in rows[:CASES_SHOWN]
            ],
        }

    def _card_receivables(self):
        """Return what is overdue in the current company, and what the customer owes and may owe.

        ``used`` is the same sum as core's ``credit``: of all open receivable entries.
        """
        Line = self.env["account.move.line"]
        if not Line.has_access("read"):
            return {"invoices": False, "credit": False}
        customer = self.commercial_partner_id
        query = Line._search(
            Domain("partner_id", "=", customer.id)
            & Domain("company_id", "=", self.env.company.id)
            & Domain("parent_state", "=", "posted")
            & Domain("account_id.account_type", "=", "asset_receivable")
            & Domain("reconciled", "=", False)
        )
        owed = SQL("account_move_line.amount_residual")
        due = SQL("account_move_line.date_maturity")
        today = self.env.company._business_today()
        is_overdue = SQL("%s < %s AND %s > 0", due, today, owed)
        [row] = self._rows_of_card(
            query,
            {
                "count": SQL(
                    "COUNT(DISTINCT account_move_line.move_id) FILTER (WHERE %s)", is_overdue
                ),
                "oldest_due": SQL("MIN(%s) FILTER (WHERE %s)", due, is_overdue),
                "amount": SQL("COALESCE(SUM(%s) FILTER (WHERE %s), 0)", owed, is_overdue),
                "used": SQL("COALESCE(SUM(%s), 0)", owed),
            },
        )
        sees_amounts = self._sees_amounts()
        limit = self._sees_credit() and customer.credit_limit
        return {
            "invoices": {
                "count": row["count"],
                "oldest_due": day_of(row["oldest_due"]),
                "amount": sees_amounts and float(row["amount"]),
            },
            "credit": sees_amounts and {"limit": limit or 0.0, "used": float(row["used"])},
        }

    def _card_orders(self):
        """Return the newest orders under way, with the day on which they are to be delivered."""
        Order = self.env["sale.order"]
        if not Order.has_access("read"):
            return False
        rows = self._rows_of_card(
            Order._search(
                self._documents_of_customer() & Order._under_way_domain(),
                order="date_order desc, id desc",
                limit=ORDERS_SHOWN,
            ),
            {
                "id": SQL("sale_order.id"),
                "name": SQL("sale_order.name"),
                "date": SQL("sale_order.date_order"),
                "delivery_date": Order._delivery_date_sql(),
                "state": SQL("sale_order.state"),
                "amount": SQL("sale_order.amount_total"),
                "currency_id": SQL("sale_order.currency_id"),
            },
        )
        states = dict(Order._fields["state"]._description_selection(self.env))
        sees_amounts = self._sees_amounts()
        return [
            {
                **row,
                "date": moment_of(row["date"]),
                "delivery_date": day_of(row["delivery_date"]),
                "state": states[row["state"]],
                "amount": sees_amounts and float(row["amount"]),
            }
            for row in rows
        ]

    def _card_purchases(self):
        """Return the products that the customer ordered last, without prices for most readers."""
        Line = self.env["sale.order.line"]
        if not Line.has_access("read"):
            return False
        query = Line._search(
            Domain("state", "=", "sale")
            & Domain("display_type", "=", False)
            & Domain("product_id", "!=", False)
            & Domain("order_partner_id.commercial_partner_id", "=", self.commercial_partner_id.id)
        )
        for alias, table, condition in (
            ("ordered", "sale_order", SQL("ordered.id = sale_order_line.order_id")),
            ("variant", "product_product", SQL("variant.id = sale_order_line.product_id")),
            ("template", "product_template", SQL("template.id = variant.product_tmpl_id")),
            ("unit", "uom_uom", SQL("unit.id = sale_order_line.product_uom_id")),
        ):
            query.add_join("LEFT JOIN", alias, table, condition)
        query.order = SQL("ordered.date_order DESC, sale_order_line.id DESC")
        query.limit = PURCHASES_SHOWN
        rows = self._rows_of_card(
            query,
            {
                "product": self._translated(SQL("template.name")),
                "date": SQL("ordered.date_order"),
                "quantity": SQL("sale_order_line.product_uom_qty"),
                "unit": self._translated(SQL("unit.name")),
                "amount": SQL("sale_order_line.price_total"),
                "currency_id": SQL("sale_order_line.currency_id"),
            },
        )
        sees_amounts = self._sees_amounts()
        return [
            {
                **row,
                "date": moment_of(row["date"]),
                "quantity": float(row["quantity"]),
                "amount": sees_amounts and float(row["amount"]),
            }
            for row in rows
        ]

    def _documents_of_customer(self):
        return Domain("partner_id.commercial_partner_id", "=", self.commercial_partner_id.id)

    def _rows_of_card(self, query, columns):
        """Return the rows of a query, which has the rules of its model, as dictionaries."""
        names = (SQL("%s AS %s", column, SQL.identifier(name)) for name, column in columns.items())
        return self.env.execute_query_dict(query.select(*names))

    def _translated(self, column: SQL) -> SQL:
        return SQL("COALESCE(%s->>%s, %s->>'en_US')", column, self.env.lang or "en_US", column)
