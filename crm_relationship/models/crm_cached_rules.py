from odoo import api, models


class CrmCachedRules(models.AbstractModel):
    """Rules that are read from the registry's cache, which forgets them as soon as they change."""

    _name = "crm.cached.rules"
    _description = "Cached Rules"

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
