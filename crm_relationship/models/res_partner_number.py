from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..logic.member_number import normalise


class ResPartner(models.Model):
    """The member numbers of a customer."""

    _inherit = "res.partner"

    member_number_ids = fields.One2many(
        comodel_name="crm.member.number",
        inverse_name="partner_id",
        string="Member Numbers",
        copy=False,
    )
    member_number = fields.Char(
        compute="_compute_relationship",
        inverse="_inverse_member_number",
        search="_search_member_number",
        copy=False,
    )
    member_since = fields.Date(compute="_compute_relationship", copy=False)

    def _inverse_member_number(self):
        Number = self.env["crm.member.number"]
        given = {partner: normalise(partner.member_number or "") for partner in self}
        current = Number._active_of(self).grouped("partner_id")
        emptied = [
            current[partner] for partner in self if not given[partner] and partner in current
        ]
        Number.union(*emptied)._retire("closed")
        Number._take(
            {
                partner: number
                for partner, number in given.items()
                if number and number not in current.get(partner, Number).mapped("number")
            }
        )
        self.invalidate_recordset(["member_number", "member_since"], flush=False)

    def _search_member_number(self, operator, value):
        if operator == "in":
            value = [number and normalise(number) for number in value]
            found = Domain("number", "in", [number for number in value if number])
            domain = Domain("member_number_ids", "any", found & Domain("state", "=", "active"))
            if False in value:
                domain |= ~Domain("member_number_ids", "any", [("state", "=", "active")])
            return domain
        if operator in ("ilike", "like", "=ilike", "=like") and value:
            return Domain(
                "member_number_ids",
                "any",
                [("number", operator, normalise(value)), ("state", "=", "active")],
            )
        return NotImplemented

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        for company, those in partners.grouped("company_id").items():
            self.env["crm.member.scheme"]._issue_at("creation", those, company or self.env.company)
        return partners

    def action_issue_member_number(self):
        """Give each of these customers a number of the company's first scheme; keep one he has."""
        self.env["crm.member.number"].check_access("create")
        self.check_access("write")
        scheme = self.env["crm.member.scheme"]._of_company(self.env.company)[:1]
        if not scheme:
            raise UserError(self.env._("Create a member number scheme first."))
        scheme._issue_to(self)
        return True

    def action_replace_member_number(self):
        """Open the form that gives the customer another number."""
        return self._shown_member_number().action_replace()

    def action_report_member_number_lost(self):
        """Open the form that takes the customer's lost card out of use."""
        return self._shown_member_number().action_report_lost()

    def action_view_member_numbers(self):
        """Open all numbers that this customer has or had."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.crm_member_number_action"
        )
        context = {"default_partner_id": self[:1].id}
        return action | {"domain": [("partner_id", "in", self.ids)], "context": context}

    def _shown_member_number(self):
        self.ensure_one()
        number = self.member_number_ids.filtered(lambda one: one.number == self.member_number)
        if not number:
            raise UserError(
                self.env._(
                    "%(customer)s has no member number: issue one first.",
                    customer=self.display_name,
                )
            )
        return number
