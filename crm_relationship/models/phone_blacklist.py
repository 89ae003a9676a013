from odoo import models


class PhoneBlacklist(models.Model):
    _name = "phone.blacklist"
    _inherit = ["crm.blacklist.follower", "phone.blacklist"]

    _reached_by = "phone"
