from odoo import api, fields, models, tools
from odoo.exceptions import UserError


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
        ids = self._ids_by_code()
        if code not in ids:
            raise UserError(
                self.env._(
                    "There is no contact purpose %(code)s: use one of %(codes)s.",
                    code=code,
                    codes=", ".join(sorted(ids)),
                )
            )
        return self.browse(ids[code])

    @api.model
    @tools.ormcache()
    def _ids_by_code(self):
        # sudo: the codes of purposes are no secret
        return {one.code: one.id for one in self.sudo().with_context(active_test=False).search([])}
