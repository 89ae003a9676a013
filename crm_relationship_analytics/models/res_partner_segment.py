from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_relationship.models.crm_personal_data import PersonalData
from odoo.addons.crm_relationship.models.res_partner import RELATIONSHIP_GROUP

from .crm_customer_standing_rfm import RFM_SEGMENTS


class ResPartner(models.Model):
    """The segments of a customer, and customers found by their segments."""

    _inherit = "res.partner"

    segment_ids = fields.Many2many(
        comodel_name="crm.segment",
        string="Segments",
        compute="_compute_relationship",
        search="_search_segment_ids",
        groups=RELATIONSHIP_GROUP,
        help="The segments of the current companies that the contact is in.",
    )
    segment_membership_ids = fields.One2many(
        comodel_name="crm.segment.membership",
        inverse_name="partner_id",
        string="Segment History",
        copy=False,
        groups=RELATIONSHIP_GROUP,
        help="From when to when the contact was in which segment.",
    )
    rfm_segment = fields.Selection(
        selection=RFM_SEGMENTS,
        string="RFM Segment",
        compute="_compute_relationship",
        search="_search_rfm_segment",
        groups=RELATIONSHIP_GROUP,
        help="By the purchases of his firm from the current company.",
    )

    def _relationship_columns(self):
        self.env["crm.segment"].flush_model(["active"])
        return super()._relationship_columns() | {
            "rfm_segment": SQL("standing.rfm_segment"),
            "segment_ids": SQL(
                """
                ARRAY(
                    SELECT segment.id
                      FROM crm_segment_membership member
                      JOIN crm_segment segment ON segment.id = member.segment_id
                     WHERE member.partner_id = partner.id AND member.date_to IS NULL
                       AND segment.active AND segment.company_id = ANY(%s)
                     ORDER BY segment.id
                )
                """,
                self.env.companies.ids,
            ),
        }

    def _search_segment_ids(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if operator != "in" or False not in value:
            return self._customers_in(Domain("segment_id", operator, value))
        named = self._customers_in(Domain("segment_id", "in", [one for one in value if one]))
        return named | ~self._customers_in(Domain.TRUE)

    def _customers_in(self, domain):
        """Return the domain of contacts who are in one of the active segments of a domain."""
        is_in = Domain("date_to", "=", False) & Domain("segment_id.active", "=", True)
        members = self.env["crm.segment.membership"]._search(is_in & domain)
        return Domain("id", "in", members.subselect("partner_id"))

    def _search_rfm_segment(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        customers = self._customers_graded(Domain("rfm_segment", operator, value))
        if operator == "in" and False in value:
            customers |= ~self._customers_graded(Domain("rfm_segment", "!=", False))
        return customers

    def _personal_data_of_relationship(self):
        return [
            *super()._personal_data_of_relationship(),
            PersonalData(
                "crm.segment.membership",
                exported=("segment_id", "company_id", "date_from", "date_to"),
                removal="replace",
                replaced={
                    # also out of frozen segments
                    "date_to": SQL(
                        "COALESCE(date_to, GREATEST(date_from + 1, %s))",
                        self.env.company._business_today(),
                    )
                },
            ),
        ]
