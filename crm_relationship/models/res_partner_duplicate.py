from odoo import api, models
from odoo.tools import SQL

from .crm_duplicate_statement import DuplicateStatement, listed

NAMED = 3


class ResPartner(models.Model):
    """Duplicates are pointed out while a contact is typed, and searched after an import."""

    _inherit = "res.partner"

    # A typed name is looked up by it: the expression is that of crm.duplicate.rule._keys().
    _duplicate_name_index = models.Index(
        r"(lower(regexp_replace(btrim(name), '\s+', ' ', 'g'))) WHERE type = 'contact'"
    )

    @api.onchange("email")
    def _onchange_email_like_another(self):
        return self._warning_of_duplicates("email")

    @api.onchange("phone")
    def _onchange_phone_like_another(self):
        return self._warning_of_duplicates("phone")

    @api.onchange("name", "is_company")
    def _onchange_name_like_another(self):
        return self._warning_of_duplicates("name_birthdate", "name_postcode")

    @api.onchange("birthdate")
    def _onchange_birthdate_like_another(self):
        return self._warning_of_duplicates("name_birthdate")

    @api.onchange("zip")
    def _onchange_zip_like_another(self):
        return self._warning_of_duplicates("name_postcode")

    @api.model
    def load(self, fields, data):
        """Search for duplicates once a file has been imported; as in core otherwise."""
        result = super().load(fields, data)
        if result.get("ids"):
            self.env["crm.duplicate"]._search_soon()
        return result

    def _warning_of_duplicates(self, *kinds) -> dict | None:
        """Return the warning of an onchange that names contacts like this one, if there are any.

        ``kinds``: the rules that what was typed belongs to. A Tax ID has its own hint in core, so
        that it gives no warning of its own; it counts where something else agrees as well.
        """
        alike = self._alike(kinds)
        if not alike:
            return None
        labels = self.env["crm.duplicate.rule"]._labels()
        customers = "; ".join(
            f"{partner.complete_name} ({', '.join(labels[kind] for kind in agreeing)})"
            for partner, agreeing in alike[:NAMED]
        )
        return {
            "warning": {
                "type": "notification",
                "title": self.env._("Known already"),
                "message": self.env._(
                    "%(customers)s. Look there first: one customer needs only one contact.",
                    customers=customers,
                ),
            }
        }

    def _alike(self, kinds) -> list:
        """Return (contact, kinds of rules that hold) of each likely duplicate, the likeliest first.

        Only what the user may read is returned, and nothing that was said to be somebody else.
        """
        is_our_user = self._origin and not self._origin.partner_share
        if self.type != "contact" or is_our_user:
            return []
        typed_kinds = self._typed_kinds(kinds)
        if not typed_kinds:
            return []
        statement = DuplicateStatement(self.env)
        rows = self.env.execute_query(
            statement.like(self._typed_sql(statement), typed_kinds, self._origin.id)
        )
        weights = statement.weights
        scored = {
            partner_id: sorted(agreeing, key=lambda kind: -weights[kind])
            for partner_id, agreeing in rows
            if sum(weights[kind] for kind in agreeing) >= statement.threshold
        }
        readable = self.search_fetch([("id", "in", list(scored))], ["complete_name"])
        likeliest = readable.sorted(
            lambda partner: (-sum(weights[kind] for kind in scored[partner.id]), partner.id)
        )
        return [(partner, scored[partner.id]) for partner in likeliest]

    def _typed_kinds(self, kinds) -> list[str]:
        """Return those of some rules for which all that they compare has been typed."""
        keys = self.env["crm.duplicate.rule"]._keys("contact")
        weights = self.env["crm.duplicate.policy"]._settings()[2]
        return [
            kind
            for kind in kinds
            if kind in weights
            and all(
                self[name] or self._fields[name].type == "boolean"
                for name in keys[kind].field_names
            )
        ]

    def _typed_sql(self, statement) -> SQL:
        """Return one row of what has been typed, with the columns of ``res_partner``."""
        values = {name: self[name] for name in statement.field_names()}
        firm = self.parent_id._origin
        own = self._origin.id or None
        entity = own if self.is_company or not firm else firm.commercial_partner_id.id
        values |= {"id": own, "parent_id": firm.id, "commercial_partner_id": entity}
        return SQL(
            "SELECT %s",
            listed(
                SQL(
                    "%s::%s AS %s",
                    self._fields[name].convert_to_column(value, self),
                    SQL(self._fields[name].column_type[1]),
                    SQL.identifier(name),
                )
                for name, value in values.items()
            ),
        )
