from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import UserError


class Terms(NamedTuple):
    """What the gate asks of a purpose."""

    id: int
    is_transactional: bool
    needs_consent: bool


class CrmContactPurpose(models.Model):
    """What a customer is contacted for; consent is given by purpose."""

    _name = "crm.contact.purpose"
    _description = "Contact Purpose"
    _inherit = ["crm.named.option"]

    code = fields.Char(required=True, help="The name that other programs know the purpose by.")
    is_transactional = fields.Boolean(
        string="Belongs to an Order or a Request",
        help="What the customer asked for or has to know, such as the answer to a complaint. It is"
        " sent whatever he agreed to, at any hour.",
    )
    needs_consent = fields.Boolean(
        default=True,
        help="Only who agreed is contacted. Otherwise everybody is who did not object.",
    )
    lawful_basis = fields.Selection(
        selection="_selection_lawful_basis",
        required=True,
        default="consent",
        help="Sections 19 and 24 of Thailand's PDPA, article 6 of the GDPR.",
    )

    _code_unique = models.Constraint("UNIQUE (code)", "Two purposes cannot have the same code.")

    def _selection_lawful_basis(self):
        """Hook: return the grounds on which personal data may be used."""
        names = {
            "consent": self.env._("Consent"),
            "contract": self.env._("Contract"),
            "legal_obligation": self.env._("Legal Obligation"),
            "legitimate_interest": self.env._("Legitimate Interest"),
        }
        return list(names.items())

    @api.model
    def _by_code(self, code):
        """Return the purpose of a code. Raises UserError when there is none."""
        terms = self._terms_by_code()
        if code not in terms:
            raise UserError(
                self.env._(
                    "There is no contact purpose %(code)s: use one of %(codes)s.",
                    code=code,
                    codes=", ".join(sorted(terms)),
                )
            )
        return self.browse(terms[code].id)

    @api.model
    @tools.ormcache()
    def _terms_by_code(self) -> dict[str, Terms]:
        """Return what the gate asks of each purpose, by its code."""
        # sudo: the terms of purposes are no secret
        everything = self.sudo().with_context(active_test=False).search([])
        return {
            one.code: Terms(one.id, one.is_transactional, one.needs_consent) for one in everything
        }
