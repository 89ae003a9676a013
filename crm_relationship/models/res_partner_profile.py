from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain
from odoo.tools import SQL, email_split

from .res_partner import CONTACT_POINT_GROUP

SENSITIVE_GROUP = "crm_relationship.group_relationship_sensitive"
KEPT_IN_MERGE = (
    "birthdate",
    "gender",
    "preferred_channel_id",
    "verified_on",
    "occupation",
    "education",
    "income_band_id",
    "budget_note",
)
PROFILE_OF_EVERYBODY = ("phone", "email", "street", "zip", "user_id", "preferred_channel_id")
PROFILE_OF_A_PERSON = ("birthdate", "gender", "lang", "likes")
PROFILE_OF_A_FIRM = ("vat", "website", "industry_id")


class ResPartner(models.Model):
    """Who the customer is, beside his address."""

    _name = "res.partner"
    _inherit = ["res.partner", "crm.born.person"]

    birthdate = fields.Date(groups="base.group_user")
    gender = fields.Selection(
        selection=[("female", "Female"), ("male", "Male"), ("diverse", "Diverse")],
        groups="base.group_user",
        copy=False,
    )
    is_corporate = fields.Boolean(copy=False, help="A large company, not a small one.")
    account_type = fields.Selection(
        selection=[
            ("person", "Person"),
            ("small_company", "Small Company"),
            ("corporate", "Corporate"),
        ],
        compute="_compute_account_type",
        inverse="_inverse_account_type",
        search="_search_account_type",
    )
    deputy_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Deputy",
        domain="[('share', '=', False)]",
        help="Looks after the customer while the salesperson is away.",
    )
    preferred_channel_id = fields.Many2one(
        comodel_name="crm.contact.channel", groups="base.group_user", ondelete="restrict"
    )
    verified_on = fields.Date(
        string="Last Verified On",
        groups="base.group_user",
        copy=False,
        help="The day on which the customer said that all of this is still right.",
    )
    occupation = fields.Char(groups=SENSITIVE_GROUP, copy=False)
    education = fields.Selection(
        selection=[
            ("primary", "Primary School"),
            ("secondary", "Secondary School"),
            ("vocational", "Vocational Training"),
            ("bachelor", "Bachelor"),
            ("master", "Master"),
            ("doctorate", "Doctorate"),
        ],
        groups=SENSITIVE_GROUP,
        copy=False,
    )
    income_band_id = fields.Many2one(
        comodel_name="crm.income.band", groups=SENSITIVE_GROUP, copy=False, ondelete="restrict"
    )
    budget_note = fields.Text(groups=SENSITIVE_GROUP, copy=False)
    interest_ids = fields.One2many(
        comodel_name="crm.customer.interest",
        inverse_name="partner_id",
        string="Likes and Dislikes",
        groups=CONTACT_POINT_GROUP,
    )
    likes = fields.Char(compute="_compute_relationship", groups=CONTACT_POINT_GROUP)
    dislikes = fields.Char(compute="_compute_relationship", groups=CONTACT_POINT_GROUP)
    household_id = fields.Many2one(
        comodel_name="crm.household",
        compute="_compute_relationship",
        inverse="_inverse_household_id",
        search="_search_household_id",
        groups=CONTACT_POINT_GROUP,
    )
    household_member_ids = fields.One2many(
        comodel_name="crm.household.member",
        inverse_name="partner_id",
        string="Place in a Household",
        groups=CONTACT_POINT_GROUP,
    )
    profile_completeness = fields.Integer(
        string="Completeness (%)",
        compute="_compute_profile_completeness",
        compute_sudo=True,  # it counts fields, whoever may read them
        aggregator="avg",
        groups="base.group_user",
        help="How much of what one should know about a customer is filled in.",
    )

    @api.depends("is_company", "is_corporate")
    def _compute_account_type(self):
        for partner in self:
            company = "corporate" if partner.is_corporate else "small_company"
            partner.account_type = company if partner.is_company else "person"

    def _inverse_account_type(self):
        for partner in self:
            partner.is_company = partner.account_type != "person"
            partner.is_corporate = partner.account_type == "corporate"

    @api.depends(lambda self: self._profile_fields())
    def _compute_profile_completeness(self):
        for partner in self:
            names = partner._profile_fields_of_kind()
            filled = sum(bool(partner[name]) for name in names)
            partner.profile_completeness = round(100 * filled / len(names))

    def _search_account_type(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = {
            "person": Domain("is_company", "=", False),
            "small_company": Domain("is_company", "=", True) & Domain("is_corporate", "=", False),
            "corporate": Domain("is_company", "=", True) & Domain("is_corporate", "=", True),
        }
        return Domain.OR(domains[kind] for kind in value if kind in domains)

    def _inverse_household_id(self):
        Member = self.env["crm.household.member"]
        for partner in self:
            household, member = partner.household_id, partner.household_member_ids
            if not household:
                member.unlink()
            elif member:
                member.household_id = household
            else:
                Member.create({"household_id": household.id, "partner_id": partner.id})

    def _search_household_id(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if operator != "in" or False not in value:
            return Domain("household_member_ids.household_id", operator, value)
        known = Domain("household_member_ids.household_id", "in", [one for one in value if one])
        return known | Domain("household_member_ids", "=", False)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_one_email(vals.get("email"))
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("email") and any(partner.email != vals["email"] for partner in self):
            self._check_one_email(vals["email"])
        return super().write(vals)

    @api.model
    def _check_one_email(self, email):
        addresses = email_split(email or "")
        if len(addresses) > 1:
            raise ValidationError(
                self.env._(
                    "%(addresses)s are several e-mail addresses: keep one here, and create a"
                    " contact for each of the others.",
                    addresses=", ".join(addresses),
                )
            )

    def action_mark_verified(self):
        """Note that the customer confirmed his data today."""
        self.check_access("write")
        self.verified_on = fields.Date.context_today(self)
        return True

    def action_view_interests(self):
        """Open what this customer likes and dislikes, to be edited in the list."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.crm_customer_interest_action"
        )
        context = {"default_partner_id": self.id}
        return action | {"domain": [("partner_id", "=", self.id)], "context": context}

    def action_view_household(self):
        """Open the household of this customer, or a new one with him as its head."""
        self.ensure_one()
        action = self.household_id.get_formview_action()
        if self.household_id:
            return action
        head = {"partner_id": self.id, "role": "head", "name": self.name}
        context = {
            "default_name": self.name,
            "default_company_id": self.company_id.id,
            "default_member_ids": [Command.create(head)],
        }
        return action | {"context": context}

    @api.model
    def _profile_fields(self):
        """Hook: return the names of all fields that the completeness may count."""
        return [*PROFILE_OF_EVERYBODY, *PROFILE_OF_A_PERSON, *PROFILE_OF_A_FIRM, "is_company"]

    def _profile_fields_of_kind(self):
        """Hook: return the names of the fields that make the profile of this contact complete."""
        self.ensure_one()
        of_kind = PROFILE_OF_A_FIRM if self.is_company else PROFILE_OF_A_PERSON
        return [*PROFILE_OF_EVERYBODY, *of_kind]

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        if field_expr != "account_type":
            return super()._field_to_sql(alias, field_expr, query)
        return SQL(
            "CASE WHEN %s IS NOT TRUE THEN 'person' WHEN %s THEN 'corporate'"
            " ELSE 'small_company' END",
            super()._field_to_sql(alias, "is_company", query),
            super()._field_to_sql(alias, "is_corporate", query),
        )
