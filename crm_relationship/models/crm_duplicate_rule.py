from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL


class DuplicateKey(NamedTuple):
    """What of two contacts is equal where a rule holds.

    ``field_names``: stored fields of ``res.partner`` that the key is made of.
    ``parts``: SQL expressions, all equal for the rule to hold; one that is NULL equals nothing.
    ``is_of_the_firm``: contacts of one firm have this in common without being the same person.
    """

    field_names: tuple[str, ...]
    parts: tuple[SQL, ...]
    is_of_the_firm: bool = False


class CrmDuplicateRule(models.Model):
    """What two contacts have in common when they may be the same customer, and how much it says."""

    _name = "crm.duplicate.rule"
    _description = "Duplicate Rule"
    _order = "weight desc, id"
    _rec_name = "kind"

    policy_id = fields.Many2one(
        comodel_name="crm.duplicate.policy",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["crm.duplicate.policy"]._the_policy(),
    )
    kind = fields.Selection(
        selection=[
            ("email", "E-mail"),
            ("phone", "Phone"),
            ("name_birthdate", "Name and birth date"),
            ("name_postcode", "Name and postcode"),
            ("tax_id", "Tax ID"),
        ],
        string="Both Have the Same",
        required=True,
    )
    weight = fields.Integer(
        default=50,
        required=True,
        aggregator=None,
        help="Points, 1 to 100, that two contacts get when this is the same.",
    )
    active = fields.Boolean(default=True)

    _kind_unique = models.Constraint(
        "UNIQUE (kind)", "There is a rule for this already: change its weight."
    )
    _weight_range = models.Constraint(
        "CHECK (weight BETWEEN 1 AND 100)", "A rule has a weight of 1 to 100 points."
    )

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env["crm.duplicate.policy"]._rules_changed()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self.env["crm.duplicate.policy"]._rules_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["crm.duplicate.policy"]._rules_changed()
        return result

    @api.model
    def _labels(self) -> dict[str, str]:
        """Return what each kind of rule is called in the user's language."""
        return dict(self._fields["kind"]._description_selection(self.env))

    @api.model
    def _keys(self, contact: str) -> dict[str, DuplicateKey]:
        """Hook: return the key of each kind of rule, of the row of ``res_partner`` of an alias.

        A kind added with ``selection_add`` adds its key here.
        """

        def column(name):
            return SQL.identifier(contact, name)

        # The index on the name in res_partner_duplicate.py repeats this expression.
        name = SQL(r"lower(regexp_replace(btrim(%s), '\s+', ' ', 'g'))", column("name"))
        is_company = SQL("(%s IS TRUE)", column("is_company"))
        postcode = SQL("NULLIF(upper(replace(%s, ' ', '')), '')", column("zip"))
        tax_id = SQL(
            "NULLIF(upper(regexp_replace(%s, '[^[:alnum:]]', '', 'g')), '')", column("vat")
        )
        return {
            "email": DuplicateKey(
                ("email_normalized",), (column("email_normalized"),), is_of_the_firm=True
            ),
            "phone": DuplicateKey(
                ("phone_sanitized",), (column("phone_sanitized"),), is_of_the_firm=True
            ),
            "name_birthdate": DuplicateKey(
                ("name", "birthdate", "is_company"), (name, column("birthdate"), is_company)
            ),
            "name_postcode": DuplicateKey(
                ("name", "zip", "is_company"), (name, postcode, is_company)
            ),
            "tax_id": DuplicateKey(("vat",), (tax_id,), is_of_the_firm=True),
        }
