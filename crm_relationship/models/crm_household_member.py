from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class CrmHouseholdMember(models.Model):
    """One person of a household: a contact, or somebody of whom only the name is known."""

    _name = "crm.household.member"
    _description = "Household Member"
    _inherit = ["crm.born.person"]
    _order = "household_id, birthdate, id"
    _check_company_auto = True

    household_id = fields.Many2one(
        comodel_name="crm.household", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="household_id.company_id")
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Contact",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        domain="[('is_company', '=', False)]",
        help="Empty for somebody who is no contact of ours, such as a small child.",
    )
    name = fields.Char(compute="_compute_from_contact", store=True, readonly=False, precompute=True)
    birthdate = fields.Date(
        compute="_compute_from_contact", store=True, readonly=False, precompute=True
    )
    role = fields.Selection(
        selection=[
            ("head", "Head"),
            ("partner", "Spouse or Partner"),
            ("child", "Child"),
            ("parent", "Parent"),
            ("other", "Other"),
        ],
        default="other",
        required=True,
    )

    _head_unique = models.UniqueIndex(
        "(household_id) WHERE role = 'head'", "A household has one head: choose one of them."
    )
    _partner_unique = models.UniqueIndex(
        "(partner_id) WHERE partner_id IS NOT NULL",
        "This contact belongs to a household already: take him out of it first.",
    )

    @api.depends("partner_id.name", "partner_id.birthdate")
    def _compute_from_contact(self):
        for member in self:
            if member.partner_id:
                member.name = member.partner_id.name
                member.birthdate = member.partner_id.birthdate

    @api.constrains("name", "partner_id", "role")
    def _check_person(self):
        for member in self:
            if not member.partner_id and not (member.name or "").strip():
                raise ValidationError(
                    self.env._("Choose a contact or type a name for each member of a household.")
                )
            if member.role == "head" and not member.partner_id:
                raise ValidationError(
                    self.env._("The head of a household must be a contact: choose one.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("role") == "head":
                self._depose_heads(Domain("household_id", "=", vals.get("household_id")))
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("role") == "head":
            households = Domain("household_id", "in", self.household_id.ids)
            self._depose_heads(households & Domain("id", "not in", self.ids))
        return super().write(vals)

    @api.model
    def _depose_heads(self, domain):
        """Make room for another head; flushed, since the database takes one head at a time."""
        heads = self.search(domain & Domain("role", "=", "head"))
        heads.role = "other"
        heads.flush_recordset(["role"])
