"""What a partner reports over JSON-2: the points that customers earned and spent at his place."""

from typing import NamedTuple

from psycopg2.errors import UniqueViolation

from odoo import fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError

from odoo.addons.crm_relationship.logic.member_number import normalise

from ..logic.alliance import is_possible_day, points_fault, reference_of
from ..logic.points import cents
from .crm_alliance import RUNNING

ROLES = {"accrual": ("accrual", "both"), "redemption": ("redemption", "both")}
OUT_OF_USE = ("lost", "closed")


class Report(NamedTuple):
    """What a partner says: whose points, how many, under which reference, and what it reverses."""

    number: models.Model
    points: float
    reference: str
    day: object
    reversed: models.Model

    @property
    def kind(self):
        return self.reversed.kind or ("accrual" if self.points > 0 else "redemption")


class CrmAlliance(models.Model):
    _inherit = "crm.alliance"

    def record_points(self, member_number, points, external_ref, day=None, reverses=None):
        """Post points that a customer earned (above zero) or spent (below) at the partner's.

        ``external_ref`` is the partner's own key; the same call again gives the first answer, and
        with other data it is refused. ``day``: a date or text such as ``2026-01-31``; today when
        empty. ``reverses``: the reference of an earlier report that these points take back, all of
        them. Returns ``{"id", "external_ref", "points", "day"}`` and never says who it is. Raises
        AccessError for others than managers, UserError with one sentence for what cannot be posted.
        """
        self.ensure_one()
        if not self.env.user.has_group("crm_relationship.group_relationship_manager"):
            raise AccessError(
                self.env._("Only managers of customer relationships post points of partners.")
            )
        self.check_access("read")
        # sudo: the ledger is posted to by its own methods only
        alliance = self.sudo().with_company(self.company_id)
        report = alliance._as_report(member_number, points, external_ref, day, reverses)
        entry = alliance._reported(report) or alliance._post_report(report)
        return {
            "id": entry.id,
            "external_ref": entry.external_ref,
            "points": entry.points,
            "day": fields.Date.to_string(entry.day),
        }

    def _as_report(self, member_number, points, external_ref, day, reverses):
        """Return what a call says; raise UserError for what cannot be understood."""
        fault = points_fault(points)
        if fault:
            raise UserError(self._points_sentence(fault))
        reference = reference_of(external_ref)
        if not reference:
            raise UserError(
                self.env._("Give the partner's reference of the points, up to 128 characters.")
            )
        try:
            day = fields.Date.to_date(day) if day else None
        except (TypeError, ValueError):
            raise UserError(self.env._("Give the day as a date, such as 2026-01-31.")) from None
        number = self._number_of(member_number)
        return Report(number, cents(points), reference, day, self._reversed_of(reverses, number))

    def _points_sentence(self, fault):
        return {
            "number": self.env._("Give the points as a number, such as 120 or -50."),
            "zero": self.env._("Give the points: above zero when earned, below when spent."),
            "size": self.env._("These are more points than can be posted: correct the number."),
            "digits": self.env._("Give the points with two decimals at most."),
        }[fault]

    def _number_of(self, member_number):
        """Return the number's record, of any state: a replaced one leads to its customer, too."""
        number = normalise(member_number) if isinstance(member_number, str) else ""
        Number = self.env["crm.member.number"]
        found = Number.search([("number", "=", number)]) if number else Number
        owner = found.partner_id
        if not owner.active or owner.company_id not in (self.company_id, owner.company_id.browse()):
            raise UserError(self.env._("No customer has this member number: mend it."))
        return found

    def _reversed_of(self, reverses, number):
        Entry = self.env["crm.alliance.points"]
        if reverses is None or reverses is False:
            return Entry
        found = Entry.search(
            [("alliance_id", "=", self.id), ("external_ref", "=", reference_of(reverses))]
        )
        if not found or found.reverses_id or found.card_id.partner_id != number.partner_id:
            raise UserError(
                self.env._(
                    "Nothing that can be taken back was reported of this customer as %s.", reverses
                )
            )
        return found

    def _reported(self, report):
        """Return what was posted under the reference; raise UserError when that was other data."""
        found = self.env["crm.alliance.points"].search(
            [("alliance_id", "=", self.id), ("external_ref", "=", report.reference)]
        )
        if found and (
            found.points != report.points
            or found.card_id.partner_id != report.number.partner_id
            or found.reverses_id != report.reversed
            or (report.day and found.day != report.day)
        ):
            raise UserError(
                self.env._(
                    "%s was reported with other data before: use another reference.",
                    report.reference,
                )
            )
        return found

    def _post_report(self, report):
        self._check_report(report)
        day = report.day or self.company_id._business_today()
        if not is_possible_day(
            day, self.company_id._business_today(), self.date_from or None, self.date_until or None
        ):
            raise UserError(
                self.env._(
                    "%s is not over yet, too long ago, or not in the time of the alliance.",
                    fields.Date.to_string(day),
                )
            )
        card = self._card_of(report)
        values = {
            "alliance_id": self.id,
            "company_id": self.company_id.id,
            "card_id": card.id,
            "kind": report.kind,
            "points": report.points,
            "day": day,
            "external_ref": report.reference,
            "reverses_id": report.reversed.id,
        }
        try:
            with self.env.cr.savepoint():
                entry = self.env["crm.alliance.points"].create(values)
        except UniqueViolation as error:
            # another call posts it at this moment; a second try finds it
            raise ConcurrencyError(self.env._("These points have just been posted.")) from error
        entry._post()
        return entry

    def _check_report(self, report):
        """Refuse what the alliance is not for; what was posted may always be taken back."""
        if report.reversed:
            if report.points != -report.reversed.points:
                raise UserError(
                    self.env._(
                        "All of %(reference)s is taken back, %(points)g points: give that number.",
                        reference=report.reversed.external_ref,
                        points=-report.reversed.points,
                    )
                )
            taking_back = [("reverses_id", "=", report.reversed.id)]
            if self.env["crm.alliance.points"].search_count(taking_back):
                raise UserError(
                    self.env._("%s was taken back already.", report.reversed.external_ref)
                )
            return
        if self.state != RUNNING or self.role not in ROLES[report.kind]:
            raise UserError(self.env._("%s is not running, or not for such points.", self.name))
        if report.kind == "redemption" and report.number.state in OUT_OF_USE:
            raise UserError(self.env._("With this card no points are spent: it is lost or closed."))

    def _card_of(self, report):
        """Return the customer's card of the program; a new one when he earns for the first time."""
        if report.reversed:
            return report.reversed.card_id._account()
        Card = self.env["loyalty.card"].with_context(loyalty_no_mail=True)
        values = {"partner_id": report.number.partner_id.id, "program_id": self.program_id.id}
        card = Card.search([(name, "=", value) for name, value in values.items()], limit=1)
        if not card and report.kind == "redemption":
            raise UserError(self._too_few_points_there())
        return card or Card.create(values)

    def _too_few_points_there(self):
        return self.env._("The customer does not have so many points: spend fewer.")
