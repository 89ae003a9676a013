from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

CONTACT_POINT_GROUP = "crm_relationship.group_contact_point"
RELATIONSHIP_GROUP = "crm_relationship.group_relationship_user"
AMOUNT_GROUPS = (
    "crm_relationship.group_relationship_manager,"
    "account.group_account_readonly,account.group_account_invoice"
)
RELATIONSHIP_FIELDS = (
    "member_number",
    "member_since",
    "value_grade_id",
    "standing_id",
    "standing_revenue",
    "standing_order_count",
    "standing_first_date",
    "standing_last_date",
    "standing_r_score",
    "standing_f_score",
    "standing_m_score",
    "standing_abc_class",
    "household_id",
    "likes",
    "dislikes",
    "open_case_count",
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    standing_ids = fields.One2many(
        comodel_name="crm.customer.standing",
        inverse_name="partner_id",
        string="Customer Standing",
        copy=False,
        groups=RELATIONSHIP_GROUP,
    )
    value_grade_id = fields.Many2one(
        comodel_name="crm.value.grade",
        compute="_compute_relationship",
        search="_search_value_grade_id",
        copy=False,
        groups=CONTACT_POINT_GROUP,
        help="What the customer is worth to the current company. Internal.",
    )

    standing_id = fields.Many2one(
        comodel_name="crm.customer.standing",
        compute="_compute_relationship",
        groups=RELATIONSHIP_GROUP,
        help="The standing in the current company, of the firm that the contact belongs to.",
    )
    standing_revenue = fields.Float(  # a Monetary would look its currency up in every list
        string="Revenue", compute="_compute_relationship", groups=AMOUNT_GROUPS
    )
    standing_order_count = fields.Integer(
        string="Purchases", compute="_compute_relationship", groups=RELATIONSHIP_GROUP
    )
    standing_first_date = fields.Date(
        string="First Purchase", compute="_compute_relationship", groups=RELATIONSHIP_GROUP
    )
    standing_last_date = fields.Date(
        string="Last Purchase", compute="_compute_relationship", groups=RELATIONSHIP_GROUP
    )
    standing_r_score = fields.Integer(
        string="Recency Score", compute="_compute_relationship", groups=RELATIONSHIP_GROUP
    )
    standing_f_score = fields.Integer(
        string="Frequency Score", compute="_compute_relationship", groups=RELATIONSHIP_GROUP
    )
    standing_m_score = fields.Integer(
        string="Monetary Score", compute="_compute_relationship", groups=RELATIONSHIP_GROUP
    )
    standing_abc_class = fields.Selection(
        selection=[("a", "A"), ("b", "B"), ("c", "C")],
        string="ABC Class",
        compute="_compute_relationship",
        groups=RELATIONSHIP_GROUP,
    )

    @api.depends(
        "member_number_ids.state",
        "commercial_partner_id",
        "household_member_ids.household_id",
        "interest_ids.attitude",
        "interest_ids.interest_id",
    )
    @api.depends_context("company", "allowed_company_ids", "lang")
    def _compute_relationship(self):
        columns = self._relationship_columns()
        row_by_id = {row["id"]: row for row in self._relationship_rows(columns)}
        for partner in self.sudo():  # sudo: each field has its groups, and all are assigned at once
            row = row_by_id.get(partner._origin.id, {})
            for name in (*RELATIONSHIP_FIELDS, *columns):
                partner[name] = row.get(name)

    def _relationship_columns(self) -> dict[str, SQL]:
        """Hook: return what else is read of each contact in the same query, by field.

        The expressions may refer to the contact as ``partner``, and to the standing of his firm in
        the current company as ``standing``; what else they read must be flushed.
        """
        return {}

    def _relationship_rows(self, columns):
        """Read in one query what lists and forms of contacts show for the current company."""
        self.flush_model(["commercial_partner_id"])
        self.env["crm.member.number"].flush_model()
        self.env["crm.customer.standing"].flush_model()
        self.env["crm.household.member"].flush_model()
        self.env["crm.customer.interest"].flush_model()
        self.env["crm.interest"].flush_model(["name"])
        self.env["crm.case"].flush_model(["partner_id", "company_id", "is_closed"])
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT partner.id,
                       numbers.member_number,
                       numbers.member_since,
                       standing.value_grade_id,
                       standing.id AS standing_id,
                       standing.revenue AS standing_revenue,
                       standing.order_count AS standing_order_count,
                       standing.first_date AS standing_first_date,
                       standing.last_date AS standing_last_date,
                       standing.r_score AS standing_r_score,
                       standing.f_score AS standing_f_score,
                       standing.m_score AS standing_m_score,
                       standing.abc_class AS standing_abc_class,
                       household.household_id,
                       interests.likes,
                       interests.dislikes,
                       (SELECT COUNT(*) FROM crm_case
                         WHERE is_closed IS NOT TRUE AND company_id = ANY(%(companies)s)
                           AND partner_id IN (
                               SELECT contact.id FROM res_partner contact
                                WHERE contact.id = partner.id
                                   OR contact.commercial_partner_id = partner.id
                               )
                       ) AS open_case_count
                       %(columns)s
                  FROM res_partner partner
                  LEFT JOIN LATERAL (
                       SELECT (ARRAY_AGG(number.number ORDER BY scheme.sequence, number.id DESC)
                               FILTER (WHERE number.state = 'active'))[1] AS member_number,
                              MIN(number.issued_on) AS member_since
                         FROM crm_member_number number
                         JOIN crm_member_scheme scheme ON scheme.id = number.scheme_id
                        WHERE number.partner_id = partner.id AND %(usable)s
                       ) numbers ON TRUE
                  LEFT JOIN crm_customer_standing standing
                    ON standing.partner_id = partner.commercial_partner_id
                   AND standing.company_id = %(company)s
                  LEFT JOIN crm_household_member household ON household.partner_id = partner.id
                  LEFT JOIN LATERAL (
                       SELECT STRING_AGG(named.name, ', ' ORDER BY named.id)
                              FILTER (WHERE named.attitude = 'like') AS likes,
                              STRING_AGG(named.name, ', ' ORDER BY named.id)
                              FILTER (WHERE named.attitude = 'dislike') AS dislikes
                         FROM (
                              SELECT noted.id, noted.attitude,
                                     COALESCE(interest.name->>%(lang)s, interest.name->>'en_US')
                                     AS name
                                FROM crm_customer_interest noted
                                JOIN crm_interest interest ON interest.id = noted.interest_id
                               WHERE noted.partner_id = partner.id
                              ) named
                       ) interests ON TRUE
                 WHERE partner.id = ANY(%(partners)s)
                """,
                usable=self.env["crm.member.scheme"]._is_used_sql(
                    "scheme", SQL("%s", self.env.company.id)
                ),
                company=self.env.company.id,
                companies=self.env.companies.ids,
                lang=self.env.lang or "en_US",
                columns=SQL().join(
                    SQL(", %s AS %s", column, SQL.identifier(name))
                    for name, column in columns.items()
                ),
                partners=self._origin.ids,
            )
        )

    def _search_value_grade_id(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        customers = self._customers_graded(Domain("value_grade_id", operator, value))
        if operator == "in" and False in value:
            customers |= ~self._customers_graded(Domain("value_grade_id", "!=", False))
        return customers

    def _customers_graded(self, domain):
        """Return the domain of contacts whose standing in the current company is in a domain."""
        self._check_field_access(self._fields["value_grade_id"], "read")
        # sudo: who may filter by the grade need not be allowed to see the measures behind it
        Standing = self.env["crm.customer.standing"].sudo()
        found = Standing._search(Domain("company_id", "=", self.env.company.id) & domain)
        return Domain("commercial_partner_id", "in", found.subselect("partner_id"))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_customer(self):
        # sudo: a number or history counts also where the user may not see it
        numbers = self.env["crm.member.number"].sudo()
        changes = self.env["crm.value.grade.change"].sudo()
        kept = numbers.search([("partner_id", "in", self.ids)], limit=1).partner_id
        kept |= changes.search([("partner_id", "in", self.ids)], limit=1).partner_id
        if kept:
            raise UserError(
                self.env._(
                    "%(customer)s has a member number or a history as a customer: archive the"
                    " contact instead of deleting it.",
                    customer=kept[0].display_name,
                )
            )

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        if field_expr != "value_grade_id" or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields["value_grade_id"], "read")
        standing = query.make_alias(alias, "value_standing")
        query.add_join(
            "LEFT JOIN",
            standing,
            "crm_customer_standing",
            SQL(
                "%s = %s AND %s = %s",
                SQL.identifier(standing, "partner_id"),
                SQL.identifier(alias, "commercial_partner_id"),
                SQL.identifier(standing, "company_id"),
                self.env.company.id,
            ),
        )
        return SQL.identifier(standing, "value_grade_id")

    def action_view_standing(self):
        """Open the standing in the current company, with the history of the grade."""
        self.ensure_one()
        return self.standing_id.get_formview_action()

    def action_set_value_grade(self):
        """Open the form in which a manager gives the customer a grade by hand."""
        self.ensure_one()
        self.env["crm.customer.standing"]._check_may_manage()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.crm_value_grade_override_action"
        )
        return action | {"context": {"default_partner_id": self.commercial_partner_id.id}}

    def value_grade_at(self, day):
        """Return the value grade that the customer had in the current company on a day.

        ``day``: a date, or a text such as ``2026-01-31``. An empty grade means that he had none.
        """
        self.ensure_one()
        self.check_access("read")
        try:
            date = fields.Date.to_date(day)
        except (TypeError, ValueError):
            date = None
        if not date:
            raise UserError(self.env._("Give the day as a date, such as 2026-01-31."))
        change = self.env["crm.value.grade.change"].search(
            [
                ("partner_id", "=", self.commercial_partner_id.id),
                ("company_id", "=", self.env.company.id),
                ("date", "<=", date),
            ],
            limit=1,
        )
        return change.to_grade_id

    def _compute_application_statistics_hook(self):
        data_list = super()._compute_application_statistics_hook()
        if not self.env.user.has_group(RELATIONSHIP_GROUP):
            return data_list
        for partner in self.filtered("value_grade_id"):
            data_list[partner.id].append(
                {
                    "iconClass": "fa-diamond",
                    "value": partner.value_grade_id.code,
                    "label": self.env._("Value grade"),
                    "tagClass": f"o_tag_color_{partner.value_grade_id.color}",
                }
            )
        return data_list
