from odoo import fields, models


class CrmPersonalDataExport(models.TransientModel):
    """A manager takes the data of a customer out, for him to have."""

    _name = "crm.personal.data.export"
    _description = "Export Personal Data"

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
        ondelete="cascade",
    )
    file_format = fields.Selection(
        selection=[("pdf", "PDF, to read"), ("json", "JSON, to take elsewhere")],
        string="File",
        required=True,
        default="pdf",
    )

    def action_export(self):
        """Note the export on the contact, and give the file."""
        self.ensure_one()
        partner = self.partner_id
        partner._check_may_handle_personal_data()
        partner.check_access("read")
        # sudo: whoever takes data out leaves a note, also where he may only read
        partner.sudo().message_post(body=self.env._("The personal data was exported."))
        if self.file_format == "json":
            return {
                "type": "ir.actions.act_url",
                "url": f"/crm_relationship/personal_data/{partner.id}",
                "target": "new",
                "close": True,
            }
        report = self.env.ref("crm_relationship.action_report_personal_data")
        return report.report_action(partner, config=False) | {"close_on_report_download": True}
