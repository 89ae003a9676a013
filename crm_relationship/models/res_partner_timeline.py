from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .res_partner import CONTACT_POINT_GROUP

PAGE = 20
LONGEST_PAGE = 100


class ResPartner(models.Model):
    """What happened with a customer, his contacts and his household."""

    _inherit = "res.partner"

    open_case_count = fields.Integer(
        string="Open Cases",
        compute="_compute_relationship",
        groups=CONTACT_POINT_GROUP,
        help="Of a firm those of its contacts, too.",
    )

    @api.readonly
    def customer_timeline(self, kinds=None, limit=PAGE, offset=0):
        """Return a page of what happened with this customer and his family, newest first.

        :param kinds: the kinds of events to return, as ``interaction``; all when empty
        :param limit: how many events at most, 1 to 100
        :param offset: how many of the newest to leave out
        :return: ``{"rows", "has_more", "kinds"}``: events as dictionaries, whether there are older
            ones, and ``[kind, name]`` of every kind the reader may see
        :raise UserError: when an argument is of the wrong type
        """
        self.ensure_one()
        self.check_access("read")
        numbers = (limit, offset)
        if any(isinstance(one, bool) or not isinstance(one, int) for one in numbers):
            raise UserError(self.env._("Give the limit and the offset as numbers."))
        if not isinstance(kinds or [], list) or not all(
            isinstance(one, str) for one in kinds or []
        ):
            raise UserError(self.env._("Give the kinds of events as a list of texts."))
        return self._timeline_page(self._family_ids(), kinds, limit, max(0, offset))

    def action_view_timeline(self):
        """Open everything that happened with this customer and his family."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.crm_timeline_action"
        )
        name = self.env._("Timeline of %(customer)s", customer=self.display_name)
        domain = [("partner_id", "in", self._family_ids())]
        return action | {"name": name, "display_name": name, "domain": domain}

    def _family_ids(self):
        """Return the ids of this contact, all contacts below him, and those of his household."""
        self.ensure_one()
        self.flush_model(["parent_id"])
        self.env["crm.household.member"].flush_model(["household_id", "partner_id"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE family AS (
                    SELECT %(partner)s AS id
                    UNION
                    SELECT housemate.partner_id
                      FROM crm_household_member his
                      JOIN crm_household_member housemate
                        ON housemate.household_id = his.household_id
                       AND housemate.partner_id IS NOT NULL
                     WHERE his.partner_id = %(partner)s
                    UNION
                    SELECT contact.id
                      FROM family
                      JOIN res_partner contact ON contact.parent_id = family.id
                )
                SELECT id FROM family
                """,
                partner=self.id,
            )
        )
        return [row_id for (row_id,) in rows]

    def action_view_cases(self):
        """Open the cases of this customer; of a firm those of its contacts, too."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_relationship.crm_case_action")
        domain = Domain("partner_id", "=", self.id)
        domain |= Domain("partner_id.commercial_partner_id", "=", self.id)
        context = {"default_partner_id": self.id, "search_default_open": 1}
        return action | {"domain": list(domain), "context": context}

    def action_view_satisfaction(self):
        """Open how content this customer was over time."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.crm_customer_satisfaction_action"
        )
        name = self.env._("Satisfaction of %(customer)s", customer=self.display_name)
        domain = [("partner_id", "child_of", self.ids)]
        return action | {"name": name, "display_name": name, "domain": domain}

    @api.model
    def _timeline_page(self, family_ids, kinds=None, limit=PAGE, offset=0):
        Timeline = self.env["crm.timeline"]
        limit = max(1, min(limit, LONGEST_PAGE))
        domain = Domain("partner_id", "in", family_ids)
        if kinds:
            domain &= Domain("kind", "in", kinds)
        events = Timeline._page(domain, limit + 1, offset)
        return {
            "rows": events[:limit],
            "has_more": len(events) > limit,
            "kinds": Timeline._readable_kinds(),
        }

    def _family_ids(self):
        """Return the ids of this contact, all contacts below him, and those of his household."""
        self.ensure_one()
        return [row["id"] for row in self._family_rows() if row["id"]]

    def _family_rows(self):
        """Return this contact, all contacts below him, and the persons of his household.

        Rows with ``id`` (of the contact, if he is one) and, of persons of the household,
        ``household_id``, ``household_name``, ``name``, ``role``, ``birthdate``.
        """
        self.flush_model(["parent_id"])
        self.env["crm.household"].flush_model()
        self.env["crm.household.member"].flush_model()
        return self.env.execute_query_dict(
            SQL(
                """
                WITH RECURSIVE housemate AS (
                    SELECT other.partner_id AS id, household.id AS household_id,
                           household.name AS household_name, other.name, other.role, other.birthdate
                      FROM crm_household_member his
                      JOIN crm_household household ON household.id = his.household_id
                      JOIN crm_household_member other ON other.household_id = household.id
                     WHERE his.partner_id = %(partner)s
                       AND (household.company_id IS NULL
                            OR household.company_id = ANY(%(companies)s))
                     ORDER BY other.birthdate, other.id
                ), family AS (
                    SELECT %(partner)s AS id
                    UNION
                    SELECT contact.id
                      FROM family
                      JOIN res_partner contact ON contact.parent_id = family.id
                )
                SELECT id, household_id, household_name, name, role, birthdate FROM housemate
                 UNION ALL
                SELECT id, NULL, NULL, NULL, NULL, NULL FROM family
                 WHERE id NOT IN (SELECT id FROM housemate WHERE id IS NOT NULL)
                """,
                partner=self.id,
                companies=self.env.companies.ids,
            )
        )
