from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_relationship.models.crm_personal_data import PersonalData
from odoo.addons.crm_relationship.models.res_partner import CONTACT_POINT_GROUP

CARD_EXPORT = ("program_id", "code", "points", "pending_points", "expiration_date", "create_date")
HISTORY_EXPORT = (
    "date",
    "program_id",
    "kind",
    "state",
    "issued",
    "used",
    "expiration_date",
    "description",
)


class ResPartner(models.Model):
    """The points of a customer, on his form, at the desk, and among his personal data."""

    _inherit = "res.partner"

    points_overview = fields.Json(
        string="Points",
        compute="_compute_relationship",
        groups=CONTACT_POINT_GROUP,
        help="What the customer has, what is pending, what expires next, and what he owes.",
    )

    def _relationship_columns(self):
        return super()._relationship_columns() | {"points_overview": self._points_column()}

    def _points_column(self) -> SQL:
        """Return the overview of the customer's accounts, as far as the reader's companies go."""
        companies = self.env.companies.sudo().parent_ids  # sudo: parents may not be the reader's
        condition = SQL(
            """
            card.partner_id = partner.id AND card.active AND card.is_one_per_customer
            AND program.active
            AND (card.company_id IS NULL OR card.company_id = ANY(%s))
            """,
            companies.ids,
        )
        return SQL(
            "(SELECT JSON_AGG(overview ORDER BY overview.id) FROM (%s) overview)",
            self.env["loyalty.card"]._overview_query(condition),
        )

    def _prepare_customer_card(self):
        """Add the points; the query that reads the member number has brought them, too."""
        return super()._prepare_customer_card() | {"points": self.points_overview or False}

    def _personal_data_models(self):
        return [
            *super()._personal_data_models(),
            PersonalData("loyalty.card", exported=CARD_EXPORT, needed=True),
        ]

    def _personal_data_sections(self):
        """Add the history of points, whose rows know the customer by his card only."""
        sections = super()._personal_data_sections()
        if not self.env["loyalty.history"].has_access("read"):
            return sections
        his = Domain("card_id.partner_id", "in", self._privacy_contacts().ids)
        history = self._personal_data_section("loyalty.history", his, HISTORY_EXPORT)
        return [*sections, history] if history.records else sections
