from odoo import fields, models


class CrmCustomerDimension(models.AbstractModel):
    """What every report of customers may be filtered and grouped by.

    A related field added here by another addon is at once groupable and searchable in each report
    that inherits this model.
    """

    _name = "crm.customer.dimension"
    _description = "Customer Dimension"

    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Customer", readonly=True, index=True
    )
    partner_country_id = fields.Many2one(related="partner_id.country_id", string="Country")
    partner_industry_id = fields.Many2one(related="partner_id.industry_id", string="Industry")
    partner_user_id = fields.Many2one(related="partner_id.user_id", string="Salesperson")
    partner_is_company = fields.Boolean(related="partner_id.is_company", string="Is a Company")
