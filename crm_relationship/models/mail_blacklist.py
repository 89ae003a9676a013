from odoo import models


class MailBlacklist(models.Model):
    _name = "mail.blacklist"
    _inherit = ["crm.blacklist.follower", "mail.blacklist"]

    _reached_by = "email"
