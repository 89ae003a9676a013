import ast

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

OPERATORS_WITHOUT_RIGHTS = ("any!", "not any!")


class CrmAudience(models.AbstractModel):
    """Whom something is for: a stored condition on contacts, which is read as data.

    Who inherits it has a name and a company.
    """

    _name = "crm.audience"
    _description = "Audience"

    audience = fields.Char(required=True, default="[]", tracking=True)
    audience_count = fields.Integer(string="Audience Size", compute="_compute_audience_count")

    @api.depends("audience", "company_id")
    def _compute_audience_count(self):
        for record in self:
            record.audience_count = record._count_audience()

    def _count_audience(self):
        """Return how many it is for by now; 0 while the audience cannot be read."""
        try:
            with self.env.cr.savepoint():
                return self._customers().search_count(self._audience_domain())
        except (UserError, ValueError):
            return 0

    @api.constrains("audience")
    def _check_audience(self):
        for record in self:
            domain = record._audience_domain()
            try:
                with self.env.cr.savepoint():
                    record._customers().search(domain, limit=1)
            except AccessError as error:
                raise ValidationError(
                    self.env._("The audience asks for what you may not see: choose other fields.")
                ) from error
            except (ValueError, TypeError, KeyError) as error:
                raise ValidationError(record._bad_audience()) from error

    def action_open_audience(self):
        """Open the contacts that it is for by now."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Audience"),
            "res_model": "res.partner",
            "view_mode": "list,kanban,form",
            "domain": list(self._audience_domain()),
        }

    def _audience_domain(self):
        """Return whom it is for: contacts in use that its company may turn to.

        :raise ValidationError: when what is stored is no domain
        """
        return self._stored_domain() & self._reachable_by(self.company_id)

    def _stored_domain(self):
        """Return the stored condition. Raises ValidationError when it is none."""
        self.ensure_one()
        try:
            stored = ast.literal_eval(self.audience or "[]")
            if _goes_around_rights(stored):
                raise ValueError
            domain = Domain(stored)
            domain.validate(self.env["res.partner"])
        except (ValueError, TypeError, SyntaxError, KeyError, RecursionError) as error:
            raise ValidationError(self._bad_audience()) from error
        return domain

    def _bad_audience(self):
        return self.env._(
            "The audience of %(name)s cannot be read: choose it again with the editor. Dates can be"
            " written like today -30d; other expressions are not possible.",
            name=self.name or "",
        )

    def _customers(self):
        companies = self.company_id.ids
        return self.env["res.partner"].with_context(allowed_company_ids=companies)

    @api.model
    def _reachable_by(self, company):
        return (
            Domain("company_id", "in", [False, company.id])
            & Domain("active", "=", True)
            & Domain("anonymised_on", "=", False)
        )


def _goes_around_rights(stored):
    """Tell whether a stored domain holds an operator that asks for no rights."""
    if not isinstance(stored, list | tuple):
        return False
    if len(stored) == 3 and stored[1] in OPERATORS_WITHOUT_RIGHTS:
        return True
    return any(_goes_around_rights(part) for part in stored)
