from odoo import fields, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Once merged, a pair is gone: from its page one comes back to the queue."""

    _inherit = "base.partner.merge.automatic.wizard"

    duplicate_id = fields.Many2one(
        comodel_name="crm.duplicate",
        ondelete="set null",
        help="The possible duplicate on whose page the merge was started.",
    )

    def action_merge(self):
        """Open the queue after a merge that was started on the page of a pair; else as in core."""
        pair = self.duplicate_id
        action = super().action_merge()
        if not pair or pair.exists():
            return action
        queue = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.crm_duplicate_action"
        )
        return queue | {"target": "main"}
