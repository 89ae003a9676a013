from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

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

    def _sees_credit(self):
        return self._has_field_access(self._fields["credit_limit"], "read")

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
            "member_since": day_of(self.member_since),
            "birthdate": day_of(self.birthdate),
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
                    "birthdate": day_of(row["birthdate"]),
                }
                for row in members
                if row["id"] != self.id
            ],
        }


def day_of(day):
    """Return a date as the card has it in JSON."""
    return fields.Date.to_string(day) or False


def moment_of(moment):
    """Return a moment, in UTC, as the card has it in JSON."""
    return fields.Datetime.to_string(moment) or False
