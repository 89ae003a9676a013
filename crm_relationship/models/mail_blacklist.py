from odoo import api, models


class MailBlacklist(models.Model):
    """The customers of an address learn that it came on the blacklist, or off it."""

    _inherit = "mail.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        active = entries.filtered("active")
        self.env["res.partner"]._note_blacklisted("email", active.mapped("email"), True)
        return entries

    def write(self, vals):
        changed = self.filtered(lambda entry: "active" in vals and entry.active != vals["active"])
        result = super().write(vals)
        if changed:
            addresses, is_on = changed.mapped("email"), bool(vals["active"])
            self.env["res.partner"]._note_blacklisted("email", addresses, is_on)
        return result
