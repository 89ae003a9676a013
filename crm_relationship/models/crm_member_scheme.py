from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..logic.member_number import (
    MAXIMUM_LENGTH,
    NumberFormat,
    SchemeExhausted,
    compose,
    fault_of,
    format_fault,
    normalise,
)

FORMAT_FIELDS = frozenset({"prefix", "length", "check_method"})


class CrmMemberScheme(models.Model):
    """How the member numbers of one kind are built, and when they are issued."""

    _name = "crm.member.scheme"
    _description = "Member Number Scheme"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_ids = fields.Many2many(
        comodel_name="res.company",
        string="Companies",
        help="The companies that use this scheme; empty: all of them.",
    )
    prefix = fields.Char(
        tracking=True, help="Letters and digits that every number of this scheme begins with."
    )
    length = fields.Integer(
        default=9,
        required=True,
        tracking=True,
        help="All characters of a number, prefix and check digits included. 0 means any length.",
    )
    check_method = fields.Selection(
        selection=[
            ("none", "None"),
            ("luhn", "Luhn"),
            ("ean13", "EAN-13"),
            ("damm", "Damm"),
            ("mod97", "ISO 7064 MOD 97-10"),
        ],
        string="Check Digit",
        default="luhn",
        required=True,
        tracking=True,
    )
    issue_on = fields.Selection(
        selection=[
            ("request", "On request"),
            ("creation", "When the contact is created"),
            ("first_order", "At the first confirmed order"),
            ("first_invoice", "At the first paid invoice"),
        ],
        string="Issued",
        default="request",
        required=True,
        tracking=True,
    )
    audience = fields.Selection(
        selection=[
            ("all", "Persons and companies"),
            ("person", "Persons"),
            ("company", "Companies"),
        ],
        string="Issued To",
        default="all",
        required=True,
        tracking=True,
    )
    first_counter = fields.Integer(
        string="Start At", default=1, required=True, help="The counter of the first number."
    )
    sequence_id = fields.Many2one(
        comodel_name="ir.sequence",
        string="Counter",
        copy=False,
        readonly=True,
        ondelete="restrict",
    )
    example = fields.Char(compute="_compute_example")
    number_ids = fields.One2many(comodel_name="crm.member.number", inverse_name="scheme_id")
    number_count = fields.Integer(string="Numbers", compute="_compute_number_count")

    _first_counter_positive = models.Constraint(
        "CHECK (first_counter > 0)", "A scheme starts at 1 or a higher number."
    )

    @api.depends("prefix", "length", "check_method", "first_counter")
    def _compute_example(self):
        for scheme in self:
            number_format = scheme._format()
            scheme.example = not format_fault(number_format) and scheme._example_of(number_format)

    def _compute_number_count(self):
        count_by_scheme = dict(
            self.env["crm.member.number"]._read_group(
                [("scheme_id", "in", self.ids)], ["scheme_id"], ["__count"]
            )
        )
        for scheme in self:
            scheme.number_count = count_by_scheme.get(scheme, 0)

    @api.constrains("prefix", "length", "check_method", "first_counter")
    def _check_format(self):
        messages = {
            "prefix": self.env._("The prefix takes only the letters A to Z and digits."),
            "ean13": self.env._("An EAN-13 number has 13 digits, and a prefix of digits only."),
            "length": self.env._(
                "The length must leave room for the counter between the prefix and the check"
                " digits, and be at most %(maximum)s. 0 means any length.",
                maximum=MAXIMUM_LENGTH,
            ),
        }
        for scheme in self:
            fault = format_fault(scheme._format())
            if fault:
                raise ValidationError(messages[fault])
            if not scheme._example_of(scheme._format()):
                raise ValidationError(scheme._exhausted_message())

    @api.model_create_multi
    def create(self, vals_list):
        schemes = super().create([self._with_clean_prefix(vals) for vals in vals_list])
        for scheme in schemes:
            # sudo: sequences belong to administrators; this one counts for this scheme only
            scheme.sudo().sequence_id = (
                self.env["ir.sequence"]
                .sudo()
                .create(
                    {
                        "name": scheme.name,
                        "number_next": scheme.first_counter,
                        "company_id": False,
                    }
                )
            )
        self.env.registry.clear_cache()
        return schemes

    def write(self, vals):
        vals = self._with_clean_prefix(vals)
        if FORMAT_FIELDS & vals.keys():
            self._check_format_is_free(vals)
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if any(self.mapped("number_count")):
            raise UserError(
                self.env._("This scheme has numbers already: archive it instead of deleting it.")
            )
        self.env.registry.clear_cache()

    def unlink(self):
        sequences = self.sudo().sequence_id  # sudo: made by this scheme, and goes with it
        result = super().unlink()
        sequences.unlink()
        return result

    def action_view_numbers(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.crm_member_number_action"
        )
        return action | {"domain": [("scheme_id", "in", self.ids)]}

    @api.model
    def _with_clean_prefix(self, vals) -> dict:
        return {**vals, "prefix": normalise(vals["prefix"])} if vals.get("prefix") else vals

    def _check_format_is_free(self, vals):
        for scheme in self:
            changed = any(vals[name] != scheme[name] for name in FORMAT_FIELDS & vals.keys())
            if changed and scheme.number_count:
                raise UserError(
                    self.env._(
                        "Numbers of %(scheme)s are out already, so its format stays. Create a new"
                        " scheme, and archive this one.",
                        scheme=scheme.display_name,
                    )
                )

    def _format(self) -> NumberFormat:
        self.ensure_one()
        return NumberFormat(self.prefix or "", self.length, self.check_method)

    def _example_of(self, number_format):
        try:
            return compose(number_format, self.first_counter)
        except SchemeExhausted:
            return False

    def _exhausted_message(self):
        return self.env._(
            "%(scheme)s has no number left: create a new scheme with longer numbers.",
            scheme=self.display_name,
        )

    def _fault_message(self, number):
        """Return one sentence that says why a normalised number is not of this scheme, or None."""
        self.ensure_one()
        fault = fault_of(number, self._format())
        if not fault:
            return None
        values = {"number": number, "scheme": self.display_name, "expected": fault.expected}
        return {
            "empty": self.env._("The member number is empty: type one."),
            "prefix": self.env._(
                "%(number)s is not a number of %(scheme)s: it must begin with %(expected)s.",
                **values,
            ),
            "length": self.env._(
                "%(number)s is not a number of %(scheme)s: it must have %(expected)s characters.",
                **values,
            ),
            "digits": self.env._(
                "%(number)s is not a number of %(scheme)s: only digits may follow the prefix.",
                **values,
            ),
            "check": self.env._(
                "%(number)s is mistyped: for %(scheme)s it would have to end with %(expected)s."
                " Read it again from the card.",
                **values,
            ),
        }[fault.reason]

    @api.model
    def _of_company(self, company):
        """Return the schemes a company uses, the preferred one first."""
        return self.search(
            Domain("company_ids", "=", False) | Domain("company_ids", "in", company.ids)
        )

    @api.model
    def _is_used_sql(self, alias, company: SQL) -> SQL:
        """Return the condition that a company, an id in SQL, uses the scheme in a row of SQL."""
        return SQL(
            """
            NOT EXISTS (
                SELECT FROM crm_member_scheme_res_company_rel used
                 WHERE used.crm_member_scheme_id = %(scheme)s
                HAVING COUNT(*) > 0
                   AND COUNT(*) FILTER (WHERE used.res_company_id = %(company)s) = 0
            )
            """,
            scheme=SQL.identifier(alias, "id"),
            company=company,
        )

    @api.model
    @tools.ormcache("trigger", "company_id")
    def _ids_issued_on(self, trigger, company_id):
        """Return the ids of the schemes whose numbers are issued at an event."""
        # sudo: whoever causes the event, the number is issued
        schemes = self.sudo()._of_company(self.env["res.company"].browse(company_id))
        return tuple(schemes.filtered(lambda scheme: scheme.issue_on == trigger).ids)

    @api.model
    def _issue_at(self, trigger, partners, company):
        """Give those of the partners who lack one a number of each scheme issued at an event."""
        for scheme in self.browse(self._ids_issued_on(trigger, company.id)):
            scheme._issue_to(partners.filtered(scheme._is_for))

    def _is_for(self, partner):
        """Hook: tell whether a contact may get a number of this scheme by itself."""
        if partner != partner.commercial_partner_id:
            return False
        return self.audience == "all" or (self.audience == "company") == partner.is_company

    def _issue_to(self, partners):
        """Issue numbers to the partners that have no active one of this scheme; return them.

        Numbers that were entered by hand are skipped over. Two issuers at the same moment never
        give one number twice, nor one partner two: the unique indices decide, and the second
        transaction is repeated.
        """
        self.ensure_one()
        Number = self.env["crm.member.number"]
        issued = Number
        lacking = partners - Number._active_of(partners, self).partner_id
        while lacking:
            numbers = self._next_numbers(len(lacking))
            new = Number._insert(self, dict(zip(lacking.ids, numbers, strict=True)))
            issued |= new
            lacking -= new.partner_id
            if not new:
                lacking -= Number._active_of(lacking, self).partner_id
        return issued

    def _next_numbers(self, count):
        sequence = self.sudo().sequence_id  # sudo: reading the counter of this scheme
        if not sequence:
            raise UserError(
                self.env._("%(scheme)s has no counter: create it again.", scheme=self.display_name)
            )
        self.env.cr.execute(
            "SELECT nextval(%s::regclass) FROM generate_series(1, %s)",
            [f"ir_sequence_{sequence.id:03d}", count],
        )
        number_format = self._format()
        try:
            return [compose(number_format, counter) for (counter,) in self.env.cr.fetchall()]
        except SchemeExhausted:
            raise UserError(self._exhausted_message()) from None
