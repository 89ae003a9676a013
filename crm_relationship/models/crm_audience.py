import ast
import logging

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

OPERATORS_WITHOUT_RIGHTS = ("any!", "not any!")


class CrmAudience(models.AbstractModel):
    """Whom something is for: a stored condition on contacts, which is read as data.

    Who inherits it has a name and a company.
    """

    _name = "crm.audience"
    _description = "Audience"

    audience = fields.Char(required=True, default="[]", tracking=True)
    audience_count = fields.Integer(string="Audience Size", compute="_compute_audience_count")

    def _valid_field_parameter(self, field, name):
        # also what has no history of its changes may have an audience
        return name == "tracking" or super()._valid_field_parameter(field, name)

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
        domain = _within(self._stored_domain(), self.env["res.partner"], self.company_id)
        return domain & self._reachable_by(self.company_id)

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
        """Return the contacts in use that a company may turn to; without one, any company."""
        of_company = Domain("company_id", "in", [False, company.id]) if company else Domain.TRUE
        return of_company & Domain("active", "=", True) & Domain("anonymised_on", "=", False)

    @api.model
    @tools.ormcache("audience", "company.id")
    def _parsed_audience(self, audience, company):
        """Return the condition of a stored audience, None when it cannot be read any more.

        What depends on the moment, such as today, is left to the search.
        """
        system = self.sudo()  # sudo: whom something is for does not depend on who asks
        try:
            domain = system.new({"audience": audience})._stored_domain()
        except UserError:
            _logger.warning("The audience %s of %s cannot be read.", audience, self._name)
            return None
        return _within(domain, system.env["res.partner"], company)

    @api.model
    def _conditions_met(self, conditions, partners, company) -> set:
        """Return the keys of the conditions that one of the contacts meets, asked in one query.

        ``conditions``: domains by any key; None, as of an audience that cannot be read, is not met.
        """
        asked = {key: domain for key, domain in conditions.items() if domain is not None}
        if not asked or not partners:
            return set()
        # sudo: whom something is for does not depend on who asks
        customers = partners.sudo().with_context(active_test=False, allowed_company_ids=company.ids)
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM res_partner WHERE id = ANY(%s)",
                SQL(", ").join(_condition_sql(customers, domain) for domain in asked.values()),
                partners.ids,
            )
        )
        answers = map(any, zip(*rows, strict=True))
        return {key for key, is_met in zip(asked, answers, strict=False) if is_met}


def _within(domain, model, company):
    """Return a domain on a model that passes over the documents of other companies.

    Audiences are evaluated by the system, which no rule keeps from what other companies have.
    """

    def bound(condition):
        field = model._fields[condition.field_expr]
        operator, value = condition.operator, condition.value
        is_of_rows = field.store and field.type in ("one2many", "many2many")
        if is_of_rows and operator in ("in", "not in") and set(value) == {False}:
            operator, value = ("not any" if operator == "in" else "any"), Domain.TRUE
        if operator not in ("any", "not any") or not isinstance(value, Domain):
            return condition
        comodel = model.env[field.comodel_name]
        value = _within(value, comodel, company)
        if is_of_rows and "company_id" in comodel._fields:
            value &= Domain("company_id", "in", [False, company.id])
        return Domain(condition.field_expr, operator, value)

    return domain.optimize(model).map_conditions(bound) if company else domain


def _condition_sql(customers, domain) -> SQL:
    """Return whether a contact meets a domain, as SQL in a query of his row.

    A condition on other tables is a query of its own, so that it is looked up for these alone.
    """
    query = customers._search(domain)
    is_of_row = query.from_clause == SQL.identifier(customers._table)
    condition = query.where_clause or SQL("TRUE")
    if is_of_row and "SELECT" not in condition.code:
        return SQL("(%s) IS TRUE", condition)
    query = customers._search(domain & Domain("id", "in", customers.ids))
    return SQL("EXISTS (%s)", query.select())


def _goes_around_rights(stored):
    """Tell whether a stored domain holds an operator that asks for no rights."""
    if not isinstance(stored, list | tuple):
        return False
    if len(stored) == 3 and stored[1] in OPERATORS_WITHOUT_RIGHTS:
        return True
    return any(_goes_around_rights(part) for part in stored)
