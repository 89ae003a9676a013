from odoo import api, fields, models, tools


class CrmNamedOption(models.AbstractModel):
    """A short list of choices that a company makes for itself.

    The names are cached: a form that shows such a choice costs no query for its name.
    """

    _name = "crm.named.option"
    _description = "Named Option"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)

    @api.depends_context("lang")
    def _compute_display_name(self):
        names = self._names_by_id(self.env.lang or "en_US")
        for option in self:
            option.display_name = names.get(option._origin.id) or option.name

    @api.model
    @tools.ormcache("lang")
    def _names_by_id(self, lang):
        # sudo: names of choices are no secret; everybody who may see the choice sees its name
        everything = self.sudo().with_context(active_test=False, lang=lang)
        return {option.id: option.name for option in everything.search_fetch([], ["name"])}

    @api.model_create_multi
    def create(self, vals_list):
        options = super().create(vals_list)
        self.env.registry.clear_cache()
        return options

    def write(self, vals):
        result = super().write(vals)
        if "name" in vals:
            self.env.registry.clear_cache()
            self.invalidate_recordset(["display_name"], flush=False)
        return result

    def update_field_translations(self, field_name, translations, source_lang=""):
        """Forget the cached names when one is translated; as in core otherwise."""
        result = super().update_field_translations(field_name, translations, source_lang)
        self.env.registry.clear_cache()
        self.invalidate_recordset(["display_name"], flush=False)
        return result
