from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_relationship.models.crm_personal_data import PersonalData
from odoo.addons.crm_relationship.models.res_partner import (
    AMOUNT_GROUPS,
    CONTACT_POINT_GROUP,
    RELATIONSHIP_GROUP,
)

from .crm_customer_outlook import STATES

OUTLOOK_AMOUNTS = ("clv", "contribution")


class ResPartner(models.Model):
    """What is to be expected of a customer, on his form, at the desk, and in conditions."""

    _inherit = "res.partner"

    outlook_ids = fields.One2many(
        comodel_name="crm.customer.outlook",
        inverse_name="partner_id",
        string="Customer Outlook",
        copy=False,
        groups=RELATIONSHIP_GROUP,
    )
    outlook_place = fields.Json(
        string="Stored Outlook",
        compute="_compute_relationship",
        groups=fields.NO_ACCESS,
        help="The outlook in the current company, of the firm that the contact belongs to.",
    )
    outlook_state = fields.Selection(
        selection=STATES,
        string="Customer State",
        compute="_compute_outlook",
        search="_search_outlook_state",
        groups=CONTACT_POINT_GROUP,
        help="By his own rhythm of purchases in the current company.",
    )
    outlook_due_date = fields.Date(
        string="Next Purchase Due", compute="_compute_outlook", groups=CONTACT_POINT_GROUP
    )
    outlook_expected_purchases = fields.Float(
        string="Expected Purchases, 12 Months",
        compute="_compute_outlook",
        digits=(16, 1),
        groups=RELATIONSHIP_GROUP,
    )
    outlook_clv = fields.Float(  # a Monetary would look its currency up in every list
        string="Lifetime Value", compute="_compute_outlook", groups=AMOUNT_GROUPS
    )

    def _relationship_columns(self):
        return super()._relationship_columns() | {"outlook_place": self._outlook_column()}

    def _outlook_column(self) -> SQL:
        """Return the outlook of the current company, with what the standing says of costs."""
        return SQL(
            """
            (SELECT JSON_BUILD_OBJECT(
                        'id', outlook.id,
                        'state', outlook.state,
                        'since', outlook.state_since,
                        'due', outlook.due_date,
                        'last', outlook.last_date,
                        'gap', outlook.gap_days,
                        'overdue', outlook.overdue_ratio,
                        'as_of', outlook.as_of,
                        'alive', outlook.alive_probability,
                        'quarter', outlook.expected_purchases_quarter,
                        'year', outlook.expected_purchases,
                        'clv', outlook.clv,
                        'contribution', standing.contribution,
                        'problem', fit.problem
                    )
               FROM crm_customer_outlook outlook
               JOIN crm_outlook_fit fit ON fit.id = outlook.fit_id
              WHERE outlook.partner_id = partner.commercial_partner_id
                AND outlook.company_id = %s)
            """,
            self.env.company.id,
        )

    @api.depends("outlook_place")
    @api.depends_context("company")
    def _compute_outlook(self):
        # sudo: of what is stored each field takes what its own groups may see
        for partner, system in zip(self, self.sudo(), strict=True):
            place = system.outlook_place or {}
            partner.outlook_state = place.get("state", False)
            partner.outlook_due_date = place.get("due", False)
            partner.outlook_expected_purchases = place.get("year", 0.0)
            partner.outlook_clv = place.get("clv", 0.0)

    def _search_outlook_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        customers = self._customers_in_state(Domain("state", "in", [one for one in value if one]))
        if False in value:
            customers |= ~self._customers_in_state(Domain.TRUE)
        return customers

    @api.model
    def _customers_in_state(self, domain):
        """Return the domain of contacts whose outlook in the current company is in a domain."""
        self._check_field_access(self._fields["outlook_state"], "read")
        # sudo: who may filter by the state need not see the forecast behind it
        Outlook = self.env["crm.customer.outlook"].sudo()
        found = Outlook._search(Domain("company_id", "=", self.env.company.id) & domain)
        return Domain("commercial_partner_id", "in", found.subselect("partner_id"))

    def action_view_outlook(self):
        """Open the outlook in the current company."""
        self.ensure_one()
        outlook = self.commercial_partner_id.outlook_ids.filtered(
            lambda one: one.company_id == self.env.company
        )
        return outlook.get_formview_action()

    def _prepare_customer_card(self):
        return super()._prepare_customer_card() | {"worth": self._card_worth()}

    def _card_worth(self):
        """Return the outlook as the reader may see it, False where there is none."""
        # sudo: what is stored holds amounts, which are taken out here
        place = self.sudo().outlook_place
        if not place:
            return False
        hidden = set() if self._sees_amounts() else set(OUTLOOK_AMOUNTS)
        shown = {
            name: False if value is None or name in hidden else value
            for name, value in place.items()
        }
        Outlook = self.env["crm.customer.outlook"]
        problems = dict(Outlook._fields["problem"]._description_selection(self.env))
        return shown | {
            "id": self.env.user.has_group(RELATIONSHIP_GROUP) and place["id"],
            "state_name": Outlook._state_names()[place["state"]],
            "problem": problems.get(place["problem"], False),
        }

    def _personal_data_models(self):
        return [
            *super()._personal_data_models(),
            PersonalData(
                "crm.customer.outlook",
                exported=("company_id", "as_of", "state", "expected_purchases", "clv"),
            ),
            PersonalData(
                "crm.customer.state.change",
                exported=("company_id", "date", "from_state", "to_state"),
            ),
        ]
