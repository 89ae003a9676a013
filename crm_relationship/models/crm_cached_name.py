from odoo import api, models, tools


class CrmCachedName(models.AbstractModel):
    """A short list of choices whose names are cached.

    A form or list that shows such a choice costs no query for its name.
    """

    _name = "crm.cached.name"
    _description = "Cached Name"

    @api.depends_context("lang")
    def _compute_display_name(self):
        names = self._names_by_id(self.env.lang or "en_US")
        for record in self:
            record.display_name = names.get(record._origin.id) or record._shown_name()

    @api.model
    @tools.ormcache("lang")
    def _names_by_id(self, lang):
        # sudo: names of choices are no secret; everybody who may see the choice sees its name
        everything = self.sudo().with_context(active_test=False, lang=lang).search([])
        return {record.id: record._shown_name() for record in everything}

    def _shown_name(self):
        """Hook: return the name to show, in the language of the environment."""
        return self.name

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        self._forget_names()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def update_field_translations(self, field_name, translations, source_lang=""):
        """Forget the cached names when one is translated; as in core otherwise."""
        result = super().update_field_translations(field_name, translations, source_lang)
        self._forget_names()
        return result

    def _forget_names(self):
        self.env.registry.clear_cache()
        self.invalidate_recordset(["display_name"], flush=False)
