from odoo import api, fields, models


class CrmHousehold(models.Model):
    """People who live and buy together."""

    _name = "crm.household"
    _description = "Household"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, help="Such as the family's name.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index="btree_not_null",
        help="Empty: every company sees the household.",
    )
    member_ids = fields.One2many(
        comodel_name="crm.household.member", inverse_name="household_id", string="Members"
    )
    head_id = fields.Many2one(
        comodel_name="res.partner",
        compute="_compute_head_id",
        help="Who decides and is written to.",
    )
    member_count = fields.Integer(string="Persons", compute="_compute_member_count")
    note = fields.Text()

    @api.depends("member_ids.role", "member_ids.partner_id")
    def _compute_head_id(self):
        for household in self:
            heads = household.member_ids.filtered(lambda member: member.role == "head")
            household.head_id = heads[:1].partner_id

    @api.depends("member_ids")
    def _compute_member_count(self):
        for household in self:
            household.member_count = len(household.member_ids)
