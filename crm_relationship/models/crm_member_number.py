from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from ..logic.member_number import normalise


class CrmMemberNumber(models.Model):
    """A number under which a customer is known; it leads to him for ever."""

    _name = "crm.member.number"
    _description = "Member Number"
    _order = "id desc"
    _rec_name = "number"

    number = fields.Char(required=True, copy=False)
    scheme_id = fields.Many2one(
        comodel_name="crm.member.scheme", required=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
    )
    state = fields.Selection(
        selection=[
            ("active", "Active"),
            ("replaced", "Replaced"),
            ("lost", "Lost"),
            ("merged", "Merged"),
            ("closed", "Closed"),
        ],
        default="active",
        required=True,
        readonly=True,
    )
    issued_on = fields.Date(required=True, default=fields.Date.context_today)
    ended_on = fields.Date(readonly=True, copy=False)
    end_reason = fields.Char(readonly=True, copy=False)

    _number_unique = models.Constraint(
        "UNIQUE (number)", "This member number is in use already: take another one."
    )
    _active_unique = models.UniqueIndex(
        "(partner_id, scheme_id) WHERE state = 'active'",
        "This customer has an active number of this scheme already.",
    )

    @api.constrains("number", "scheme_id")
    def _check_number(self):
        for number in self:
            message = number.scheme_id._fault_message(number.number)
            if message:
                raise ValidationError(message)

    @api.constrains("issued_on")
    def _check_issued_on(self):
        today = fields.Date.context_today(self)
        if any(number.issued_on > today for number in self):
            raise ValidationError(self.env._("A member number cannot be issued in the future."))

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [{**vals, "number": self._clean(vals.get("number"))} for vals in vals_list]
        homeless = [vals for vals in vals_list if not vals.get("scheme_id")]
        schemes = self._schemes_of([vals["number"] for vals in homeless])
        for vals in homeless:
            vals["scheme_id"] = schemes[vals["number"]].id
        self._check_free([vals["number"] for vals in vals_list])
        self._check_no_barcode_of_another(vals_list)
        numbers = super().create(vals_list)
        self.env["crm.member.scheme"]._mirror(numbers.partner_id)
        return numbers

    def write(self, vals):
        if "number" in vals:
            vals = {**vals, "number": self._clean(vals["number"])}
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_issued(self):
        raise UserError(
            self.env._("A member number is never deleted: give the customer a new one instead.")
        )

    def action_replace(self):
        """Open the form that gives the customer another number instead of this one."""
        return self._open_replacement("replaced")

    def action_report_lost(self):
        """Open the form that takes a lost card out of use."""
        return self._open_replacement("lost")

    def action_found_again(self):
        """Take a lost card that turned up again into use, unless it has a successor."""
        self.ensure_one()
        self.check_access("create")
        if self.state != "lost":
            raise UserError(
                self.env._("%(number)s is not reported lost.", number=self.display_name)
            )
        if self._active_of(self.partner_id, self.scheme_id):
            raise UserError(
                self.env._(
                    "%(customer)s has a new number by now: destroy the old card.",
                    customer=self.partner_id.display_name,
                )
            )
        # sudo: users may end and resume numbers by these buttons, not edit them
        self.sudo().write({"state": "active", "ended_on": False, "end_reason": False})
        self.env["crm.member.scheme"]._mirror(self.partner_id)
        return True

    def _open_replacement(self, kind):
        self.ensure_one()
        self.check_access("create")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.crm_member_number_replacement_action"
        )
        return action | {"context": {"default_number_id": self.id, "default_kind": kind}}

    @api.model
    def _clean(self, number):
        number = normalise(number or "")
        if not number:
            raise ValidationError(self.env._("The member number is empty: type one."))
        return number

    @api.model
    def _schemes_of(self, numbers):
        """Return ``{number: scheme}`` of the current company, of normalised numbers."""
        if not numbers:
            return {}
        schemes = self.env["crm.member.scheme"]._of_company(self.env.company)
        if not schemes:
            raise UserError(self.env._("Create a member number scheme first."))
        schemes = schemes.sorted(lambda scheme: -len(scheme.prefix or ""))
        return {number: self._fitting_scheme(number, schemes) for number in numbers}

    @api.model
    def _fitting_scheme(self, number, schemes):
        messages = {scheme: scheme._fault_message(number) for scheme in schemes}
        fitting = schemes.filtered(lambda scheme: not messages[scheme])
        if fitting:
            return fitting[0]
        near = schemes.filtered(lambda scheme: number.startswith(scheme.prefix or ""))
        raise ValidationError(messages[(near or schemes)[0]])

    @api.model
    def _check_free(self, numbers):
        twice = next((number for number, count in Counter(numbers).items() if count > 1), None)
        if twice:
            raise ValidationError(
                self.env._("Member number %(number)s is given to two customers.", number=twice)
            )
        # sudo: a number is taken also when its owner belongs to another company
        taken = self.sudo().search([("number", "in", numbers)], limit=1)
        if not taken:
            return
        owner = self.env["res.partner"].browse(taken.partner_id.id)._filtered_access("read")
        raise ValidationError(
            self.env._(
                "Member number %(number)s is in use already, by %(owner)s: take another one.",
                number=taken.number,
                owner=owner.display_name or self.env._("another customer"),
            )
        )

    @api.model
    def _check_no_barcode_of_another(self, vals_list):
        Scheme = self.env["crm.member.scheme"]
        by_scheme = {}
        for vals in vals_list:
            by_scheme.setdefault(vals["scheme_id"], {})[vals["number"]] = vals.get("partner_id")
        for scheme_id, owner_by_number in by_scheme.items():
            taken = Scheme.browse(scheme_id)._barcodes_of_others(owner_by_number)
            for number, owner in taken.items():
                owner = owner._filtered_access("read")
                raise ValidationError(
                    self.env._(
                        "%(number)s is the barcode of %(owner)s: take another number, or empty"
                        " that barcode first.",
                        number=number,
                        owner=owner.display_name or self.env._("another contact"),
                    )
                )

    @api.model
    def _active_of(self, partners, scheme=None):
        """Return the active numbers of partners, the preferred scheme first."""
        domain = [("partner_id", "in", partners.ids), ("state", "=", "active")]
        if scheme:
            domain.append(("scheme_id", "=", scheme.id))
        # sudo: the number is printed on the card that the customer shows
        return (
            self.sudo()
            .search(domain)
            .sorted(lambda number: (number.scheme_id.sequence, -number.id))
        )

    @api.model
    def _take(self, number_by_partner):
        """Make normalised numbers the active ones of customers; their former ones are replaced."""
        if not number_by_partner:
            return
        numbers = list(number_by_partner.values())
        schemes = self._schemes_of(numbers)
        self._check_free(numbers)
        partners = self.env["res.partner"].union(*number_by_partner)
        former = self._active_of(partners).filtered(
            lambda one: one.scheme_id == schemes[number_by_partner[one.partner_id]]
        )
        former._retire("replaced")
        self.create(
            [
                {"number": number, "scheme_id": schemes[number].id, "partner_id": partner.id}
                for partner, number in number_by_partner.items()
            ]
        )

    @api.model
    def _insert(self, scheme, number_by_partner):
        """Insert numbers composed by a scheme, those only that are free; return them.

        One statement, so that 100,000 are issued in seconds. A row that another transaction
        inserts at this moment makes this one repeat.
        """
        self.env["res.partner"].flush_model()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_member_number (
                    number, scheme_id, partner_id, state, issued_on,
                    create_uid, write_uid, create_date, write_date
                )
                SELECT given.number, %(scheme)s, given.partner_id, 'active', %(today)s,
                       %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM unnest(%(partners)s::integer[], %(numbers)s::varchar[])
                    AS given(partner_id, number)
                 WHERE %(is_free)s
                    ON CONFLICT DO NOTHING
             RETURNING id
                """,
                scheme=scheme.id,
                is_free=scheme._is_no_barcode_of_another_sql(
                    SQL("given.number"), SQL("given.partner_id")
                ),
                today=fields.Date.context_today(self),
                uid=self.env.uid,
                now=self.env.cr.now(),
                partners=list(number_by_partner),
                numbers=list(number_by_partner.values()),
            )
        )
        self.env["res.partner"].invalidate_model(
            ["member_number", "member_since", "member_number_ids"]
        )
        # sudo: the numbers just issued by this method
        numbers = self.sudo().browse(number_id for (number_id,) in rows)
        self.env["crm.member.scheme"]._mirror(numbers.partner_id)
        return numbers

    def _retire(self, state, reason=False):
        """Take numbers out of use; they still lead to their customer."""
        # sudo: only methods change a state, no user's form
        self.sudo().write(
            {
                "state": state,
                "ended_on": fields.Date.context_today(self),
                "end_reason": reason,
            }
        )
        self.flush_recordset(["state"])
        self.env["crm.member.scheme"]._mirror(self.partner_id)

    def _warning(self):
        """Return what one should know before one trusts this number, or False."""
        self.ensure_one()
        if self.state == "active":
            return False
        values = {"number": self.number, "day": format_date(self.env, self.ended_on)}
        if not self.ended_on:
            return self.env._("%(number)s is no longer in use.", number=self.number)
        return {
            "replaced": self.env._("%(number)s was replaced on %(day)s.", **values),
            "lost": self.env._(
                "%(number)s was reported lost on %(day)s: make sure who this is.", **values
            ),
            "merged": self.env._(
                "%(number)s belonged to a contact that was merged into this one on %(day)s.",
                **values,
            ),
            "closed": self.env._("%(number)s was closed on %(day)s.", **values),
        }[self.state]
