import ast
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL


class ReadAudience(NamedTuple):
    """The contacts of an audience, or why it cannot be read."""

    contacts: SQL | None
    problem: str


class CrmEffect(models.Model):
    """Who was contacted by what was run elsewhere, and is not in the log: managers say so."""

    _name = "crm.effect"
    _inherit = ["crm.effect", "crm.audience"]

    audience = fields.Char(
        string="Contacted Elsewhere",
        required=False,
        default=False,
        help="Who was contacted by what is not in the log, such as letters of an agency.",
    )
    contacted_on = fields.Date(
        string="Contacted Elsewhere on", tracking=True, help="The day on which they got it."
    )

    @api.constrains("audience", "contacted_on")
    def _check_contacted_elsewhere(self):
        for effect in self:
            if bool(effect.contacted_on) != effect._has_audience():
                raise ValidationError(
                    self.env._("Say both who was contacted elsewhere and on which day, or neither.")
                )

    def _has_audience(self):
        self.ensure_one()
        try:
            return bool(ast.literal_eval(self.audience or "[]"))
        except (ValueError, SyntaxError):
            return True  # what it says is wrong, which is said elsewhere

    def _count_audience(self):
        return super()._count_audience() if self._has_audience() else 0

    @api.model
    def _audiences(self, companies, kinds):
        """Return ``{id: SQL}``, the contacts that effects of companies name as contacted elsewhere.

        What cannot be read names nobody; the effect says so.
        """
        # sudo: the figures of a company are the same for whoever asks for them
        named = self.sudo().search(
            Domain("company_id", "in", companies.ids)
            & Domain("kind", "in", kinds)
            & Domain("contacted_on", "!=", False)
        )
        read = {effect.id: effect._read_audience().contacts for effect in named}
        return {effect_id: contacts for effect_id, contacts in read.items() if contacts}

    def _read_audience(self) -> ReadAudience:
        """Return the contacts named as contacted elsewhere; none are named without a day."""
        self.ensure_one()
        if not self.contacted_on:
            return ReadAudience(None, "")
        try:
            domain = self._audience_domain()
            return ReadAudience(self._customers()._search(domain).subselect(), "")
        except (UserError, ValueError) as error:
            return ReadAudience(None, str(error))
