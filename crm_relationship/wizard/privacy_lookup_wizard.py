from odoo import models
from odoo.tools import SQL


class PrivacyLookupWizard(models.TransientModel):
    _inherit = "privacy.lookup.wizard"

    def _get_query(self):
        """Find also what core leaves out: rows deleted with a contact, and persons known by name.

        Core reasons that the former vanish with the contact; whoever looks a person up wants to
        know what there is. UNION takes the rows only once that core found as well.
        """
        return SQL(" UNION ").join(
            [super()._get_query(), *map(self._references_in, self._models_to_add())]
        )

    def _models_to_add(self):
        blacklisted = self._get_query_models_blacklist()
        return [
            entry
            for entry in self.env["res.partner"]._personal_data_models()
            if entry.model in self.env
            and entry.model not in blacklisted
            and self.env[entry.model]._auto
            and (entry.customer or entry.names)
        ]

    def _references_in(self, entry):
        model = self.env[entry.model]
        led = (
            SQL("%s IN (SELECT id FROM indirect_references)", SQL.identifier(name))
            for name in entry.customer
        )
        named = (
            SQL("%s ILIKE %s", SQL.identifier(name), self.name.strip()) for name in entry.names
        )
        return SQL(
            "SELECT %s AS res_model_id, id AS res_id, %s AS is_active FROM %s WHERE %s",
            self.env["ir.model"]._get_id(entry.model),
            SQL.identifier("active") if "active" in model else SQL("TRUE"),
            SQL.identifier(model._table),
            SQL(" OR ").join([*led, *named]),
        )
