from odoo import api, models


class CrmBlacklistFollower(models.AbstractModel):
    """The customers of an address learn that it came on a blacklist of core, or off it."""

    _name = "crm.blacklist.follower"
    _description = "Blacklist That Customers Follow"

    _reached_by = ""  # what a channel reaches that this blacklist is of

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        entries.filtered("active")._tell_customers()
        return entries

    def write(self, vals):
        before = {entry: entry.active for entry in self}
        result = super().write(vals)
        self.filtered(lambda entry: entry.active != before[entry])._tell_customers()
        return result

    def _tell_customers(self):
        """Note on the customers of these addresses whether they may be contacted there now."""
        address = self.env["res.partner"]._blacklists()[self._reached_by][2]
        for is_blacklisted, entries in self.grouped("active").items():
            self.env["res.partner"]._note_blacklisted(
                self._reached_by, entries.mapped(address), is_blacklisted
            )
