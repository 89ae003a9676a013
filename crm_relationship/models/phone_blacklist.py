from odoo import api, models


class PhoneBlacklist(models.Model):
    """The customers of a number learn that it came on the blacklist, or off it."""

    _inherit = "phone.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        active = entries.filtered("active")
        self.env["res.partner"]._note_blacklisted("phone", active.mapped("number"), True)
        return entries

    def write(self, vals):
        changed = self.filtered(lambda entry: "active" in vals and entry.active != vals["active"])
        result = super().write(vals)
        if changed:
            numbers, is_on = changed.mapped("number"), bool(vals["active"])
            self.env["res.partner"]._note_blacklisted("phone", numbers, is_on)
        return result
