from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, plaintext2html

from ..logic import satisfaction
from .res_partner import AMOUNT_GROUPS, CONTACT_POINT_GROUP

CARD_FIELDS = (
    "active",
    "birthdate",
    "city",
    "commercial_company_name",
    "commercial_partner_id",
    "company_name",
    "complete_name",
    "deputy_user_id",
    "email",
    "is_company",
    "lang",
    "name",
    "parent_id",
    "phone",
    "preferred_channel_id",
    "type",
    "user_id",
)
CASES_SHOWN = 5
ORDERS_SHOWN = 5
PURCHASES_SHOWN = 5
SCORES_SHOWN = 10


class ResPartner(models.Model):
    """Everything that the person in front of the customer has to know of him, in one answer."""

    _inherit = "res.partner"

    @api.readonly
    def customer_card(self):
        """Return what the front desk shows of this customer, limited by the reader's rights.

        Plain values that go into JSON as they are. A part that the reader may not see is False, as
        is an amount. Further addons add their own parts in ``_prepare_customer_card``.

        :raise AccessError: when the reader does not work at a contact point, or not with this
            customer
        """
        self.ensure_one()
        self._check_works_at_contact_point()
        names = [*CARD_FIELDS, "credit_limit"] if self._sees_credit() else CARD_FIELDS
        himself_and_firm = SQL(
            "(SELECT UNNEST(ARRAY[id, commercial_partner_id]) FROM res_partner WHERE id = %s)",
            self.id,
        )
        found = self.with_context(active_test=False).search_fetch(
            Domain("id", "in", himself_and_firm), names
        )
        if self not in found:
            raise UserError(
                self.env._("This customer does not exist, or not for you: search for him again.")
            )
        return self._prepare_customer_card()

    def raise_lead(self, subject, note=""):
        """Create a lead for this customer, also without sales rights, and tell who looks after him.

        :param subject: what he is interested in
        :param note: what he said
        :return: ``{"id", "name"}`` of the lead
        :raise UserError: when the subject is empty
        """
        self.ensure_one()
        self._check_works_at_contact_point()
        self.check_access("read")
        if not isinstance(subject, str) or not subject.strip() or not isinstance(note, str):
            raise UserError(self.env._("Say in a few words what the customer is interested in."))
        # sudo: staff who do not sell hand a lead over, without seeing others
        lead = self.env["crm.lead"].sudo().create(self._prepare_lead_values(subject, note))
        return {"id": lead.id, "name": lead.name}

    def _prepare_lead_values(self, subject, note):
        """Hook: return the values of a lead that was raised at a contact point."""
        return {
            "name": subject.strip(),
            "description": plaintext2html(note.strip()),
            "partner_id": self.id,
            "type": "lead",
            "user_id": self._looked_after_by().id,
            "company_id": self.env.company.id,
        }

    def _prepare_customer_card(self):
        """Hook: return the parts of the card by name; add those of another addon."""
        self.ensure_one()
        family = self._family_rows()
        return {
            **self._card_person(),
            "household": self._card_household(family),
            "warnings": self._card_warnings(),
            "satisfaction": self._card_satisfaction(),
            "cases": self._card_cases(),
            **self._card_receivables(),
            "orders": self._card_orders(),
            "purchases": self._card_purchases(),
            "timeline": self._timeline_page([row["id"] for row in family if row["id"]]),
            "currency_id": self.env.company.currency_id.id,
            "may": self._card_may(),
        }

    def _check_works_at_contact_point(self):
        if self.env.su or self.env.user.has_group(CONTACT_POINT_GROUP):
            return
        raise AccessError(
            self.env._(
                "Only staff of a contact point see a customer's card: ask your administrator for"
                " the right."
            )
        )

    def _looked_after_by(self):
        """Return the salesperson of the customer, or of his firm."""
        return self.user_id or self.commercial_partner_id.user_id

    def _sees_amounts(self):
        return self.env.su or self.env.user.has_groups(AMOUNT_GROUPS)

    def _card_person(self):
        grade = self.value_grade_id
        staff = self._card_staff(self._looked_after_by() | self.deputy_user_id)
        owner = staff.get(self._looked_after_by().id, False)
        deputy = staff.get(self.deputy_user_id.id)
        firm = self.commercial_partner_id
        return {
            "id": self.id,
            "name": self.display_name,
            "is_company": self.is_company,
            "active": self.active,
            "firm": firm != self and {"id": firm.id, "name": self.commercial_company_name},
            "email": self.email,
            "phone": self.phone,
            "city": self.city,
            "language": dict(self.env["res.lang"].get_installed()).get(self.lang, False),
            "member_number": self.member_number,
            "member_since": _day(self.member_since),
            "birthdate": _day(self.birthdate),
            "preferred_channel": self.preferred_channel_id.display_name,
            "grade": bool(grade) and {**grade._shown_by_id(self.env.lang or "en_US")[grade.id]},
            "owner": owner,
            "deputy": bool(deputy) and {"id": deputy["id"], "name": deputy["name"]},
            "likes": self.likes,
            "dislikes": self.dislikes,
        }

    def _card_staff(self, users):
        """Return ``{user's id: his id, name, and whether he is out of office}``, in one query."""
        if not users:
            return {}
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT staff.id, person.name,
                       COALESCE(staff.out_of_office_from <= %(now)s
                                AND COALESCE(staff.out_of_office_to >= %(now)s, TRUE), FALSE)
                       AS is_away
                  FROM res_users staff
                  JOIN res_partner person ON person.id = staff.partner_id
                 WHERE staff.id = ANY(%(users)s)
                """,
                now=fields.Datetime.now(),
                users=users.ids,
            )
        )
        return {row["id"]: row for row in rows}

    def _card_warnings(self):
        """Hook: return sentences that one should read before one goes on with this customer."""
        self.ensure_one()
        return [] if self.active else [self.env._("This contact is archived.")]

    def _card_satisfaction(self):
        """Return how content the customer was lately, the oldest score first."""
        rows = self.env["crm.customer.satisfaction"].search_fetch(
            Domain("partner_id", "=", self.id), ["score"], limit=SCORES_SHOWN
        )
        scores = rows.mapped("score")[::-1]
        return bool(scores) and {
            "average": satisfaction.average(scores),
            "count": len(scores),
            "trend": satisfaction.trend(scores) or False,
            "scores": scores,
        }

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
                    "promise_date": _day(row["promise_date"]),
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
                "oldest_due": _day(row["oldest_due"]),
                "amount": sees_amounts and float(row["amount"]),
            },
            "credit": sees_amounts and {"limit": limit or 0.0, "used": float(row["used"])},
        }

    def _sees_credit(self):
        return self._has_field_access(self._fields["credit_limit"], "read")

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
                "date": _moment(row["date"]),
                "delivery_date": _day(row["delivery_date"]),
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
                "date": _moment(row["date"]),
                "quantity": float(row["quantity"]),
                "amount": sees_amounts and float(row["amount"]),
            }
            for row in rows
        ]

    def _card_may(self):
        """Return what the reader may do with this customer."""
        has_number = bool(self.member_number)
        may_number = self.env["crm.member.number"].has_access("create")
        return {
            "log": self.env["crm.interaction"].has_access("create"),
            "case": self.env["crm.case"].has_access("create"),
            "lead": True,
            "open_lead": self.env["crm.lead"].has_access("read"),
            "quotation": self.env["sale.order"].has_access("create"),
            "replace_card": may_number and has_number,
            "issue_number": may_number and not has_number and self.has_access("write"),
            "open_contact": True,
        }

    def _documents_of_customer(self):
        return Domain("partner_id.commercial_partner_id", "=", self.commercial_partner_id.id)

    def _rows_of_card(self, query, columns):
        """Return the rows of a query, which has the rules of its model, as dictionaries."""
        names = (SQL("%s AS %s", column, SQL.identifier(name)) for name, column in columns.items())
        return self.env.execute_query_dict(query.select(*names))

    def _translated(self, column: SQL) -> SQL:
        return SQL("COALESCE(%s->>%s, %s->>'en_US')", column, self.env.lang or "en_US", column)

    def _card_household(self, family):
        """Return the household and who else belongs to it."""
        members = [row for row in family if row["household_id"]]
        roles = dict(
            self.env["crm.household.member"]._fields["role"]._description_selection(self.env)
        )
        return bool(members) and {
            "id": members[0]["household_id"],
            "name": members[0]["household_name"],
            "members": [
                {
                    "partner_id": row["id"] or False,
                    "name": row["name"],
                    "role": roles[row["role"]],
                    "birthdate": _day(row["birthdate"]),
                }
                for row in members
                if row["id"] != self.id
            ],
        }


def _day(day):
    return fields.Date.to_string(day) or False


def _moment(moment):
    return fields.Datetime.to_string(moment) or False
