from odoo import models


class MailActivity(models.Model):
    """Who closes the activity of a playbook closes the playbook with that customer."""

    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        # sudo: a run is written by its own steps alone, and this is one of them
        runs = self.env["crm.playbook.run"].sudo()
        runs = runs.search([("activity_id", "in", self.ids), ("state", "=", "running")])
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        runs._finish()
        return result
