from odoo import fields, models


class CrmContactRule(models.Model):
    """When, and how often, customers are contacted without having asked for it."""

    _name = "crm.contact.rule"
    _description = "Contact Rule"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        comodel_name="res.company", index="btree_not_null", help="Empty: every company."
    )
    channel_ids = fields.Many2many(
        comodel_name="crm.contact.channel", string="Channels", help="Empty: all of them."
    )
    purpose_ids = fields.Many2many(
        comodel_name="crm.contact.purpose", string="Purposes", help="Empty: all of them."
    )
    grade_ids = fields.Many2many(
        comodel_name="crm.value.grade", string="Value Grades", help="Empty: all customers."
    )
    hour_from = fields.Float(string="From", default=0.0, tracking=True)
    hour_to = fields.Float(string="To", default=24.0, tracking=True)
    monday = fields.Boolean(default=True)
    tuesday = fields.Boolean(default=True)
    wednesday = fields.Boolean(default=True)
    thursday = fields.Boolean(default=True)
    friday = fields.Boolean(default=True)
    saturday = fields.Boolean(default=True)
    sunday = fields.Boolean(default=True)
    cap = fields.Integer(
        string="At Most (Contacts)", tracking=True, help="In the period; 0: as often as you like."
    )
    cap_days = fields.Integer(string="In (Days)", default=30, tracking=True)
    gap_days = fields.Integer(
        string="Days Between", tracking=True, help="At least so many days after the last contact."
    )
