from psycopg2 import OperationalError
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, ValidationError
from odoo.tools import float_compare

FOREIGN_NAMES = {
    "partner_id",
    "member_number",
    "program_id",
    "points",
    "expiration_date",
    "external_ref",
}


class Collisions(list):
    """The errors of an import that met another transaction and has to be tried again."""


class LoyaltyHistory(models.Model):
    """Opening balances, which managers bring from another system, each of them once."""

    _inherit = "loyalty.history"
    _rec_name = "description"

    # What an import may fill in; the ledger decides what becomes of it.
    partner_id = fields.Many2one(related="card_id.partner_id", string="Customer", readonly=False)
    member_number = fields.Char(related="card_id.partner_id.member_number", readonly=False)
    program_id = fields.Many2one(readonly=False)
    kind = fields.Selection(readonly=False)
    points = fields.Float(readonly=False)
    expiration_date = fields.Date(readonly=False)
    date = fields.Datetime(readonly=False)

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Opening Balances"),
                "template": "/crm_relationship_loyalty/static/xls/opening_balances_template.xlsx",
            }
        ]

    @api.model
    def load(self, fields, data):
        """Try the whole import again, as the server does, when another posted the same rows."""
        collisions = Collisions()
        watched = self.with_context(points_collisions=collisions)
        result = super(LoyaltyHistory, watched).load(fields, data)
        if collisions:
            raise ConcurrencyError(self.env._("These points are being posted at this moment."))
        return result

    def _post_foreign(self, vals):
        """Find or make the card of an entry that names its customer, and post it once."""
        if not FOREIGN_NAMES & vals.keys():
            return super()._post_foreign(vals)
        try:
            entry = self._as_entry(vals)
            return self._posted_before(entry) or super()._post_foreign(entry)
        except (OperationalError, ConcurrencyError, UniqueViolation) as error:
            collisions = self.env.context.get("points_collisions")
            if isinstance(collisions, Collisions):
                collisions.append(error)
            raise

    @api.model
    def _as_entry(self, vals):
        """Return the values that the ledger posts for what a person or an import entered."""
        self.env["loyalty.card"]._check_may_adjust()
        entry = dict(vals)
        points = entry.pop("points", None)
        if points:
            entry.update(issued=max(points, 0.0), used=max(-points, 0.0))
        entry.setdefault("kind", "opening" if entry.get("external_ref") else "adjust")
        if not entry.get("kind"):
            entry["kind"] = "opening"
        if not entry.get("description"):
            entry["description"] = self.env._("Opening balance")
        self._check_entry(entry)
        if entry.get("used"):
            entry.pop("expiration_date", None)  # what is taken does not last
        entry["card_id"] = self._card_of_entry(entry).id
        return entry

    @api.model
    def _check_entry(self, entry):
        points = (entry.get("issued") or 0.0) - (entry.get("used") or 0.0)
        once = entry["kind"] == "opening" or entry.get("external_ref")
        if once and float_compare(points, 0.0, precision_digits=2) <= 0:
            raise ValidationError(
                self.env._("Enter the points of the opening balance, more than zero.")
            )
        last_day = fields.Date.to_date(entry.get("expiration_date"))
        if last_day and last_day < self.env.company._business_today():
            raise ValidationError(
                self.env._(
                    "The last day of the points is over: leave the row out, or mend the day."
                )
            )

    @api.model
    def _card_of_entry(self, entry):
        """Return the card that an entry names itself, or by customer and program."""
        Card, Program = self.env["loyalty.card"], self.env["loyalty.program"]
        card = Card.browse(entry.pop("card_id", None) or ()).exists()
        partner = self._customer_of_entry(entry)
        program = Program.browse(entry.pop("program_id", None) or ()).exists()
        if card:
            if (partner and partner != card.partner_id) or (program and program != card.program_id):
                raise ValidationError(
                    self.env._(
                        "The card %(code)s is of another customer or program: leave the card or"
                        " these out.",
                        code=card.code,
                    )
                )
            return card
        if not partner or not program.is_nominative:
            raise ValidationError(
                self.env._(
                    "Name the card, or the customer and a program in which each customer has a"
                    " card of his own."
                )
            )
        partner.check_access("read")
        program.check_access("read")
        values = {"partner_id": partner.id, "program_id": program.id}
        mine = [(name, "=", value) for name, value in values.items()]
        return Card.search(mine, limit=1) or Card.create(values)

    @api.model
    def _customer_of_entry(self, entry):
        """Return the customer that an entry names, by a member number of any state or directly."""
        partner = self.env["res.partner"].browse(entry.pop("partner_id", None) or ()).exists()
        number = entry.pop("member_number", None)
        if not number:
            return partner
        hits = [hit for hit in partner.find_customer(number, 1) if hit["match"] == "number"]
        if not hits:
            raise ValidationError(
                self.env._("No customer has the member number %s: mend it.", number)
            )
        found = partner.browse(hits[0]["id"])
        if partner and partner != found:
            raise ValidationError(
                self.env._(
                    "The member number %(number)s is %(owner)s's, not %(customer)s's: leave one of"
                    " them out.",
                    number=number,
                    owner=found.display_name,
                    customer=partner.display_name,
                )
            )
        return found

    @api.model
    def _posted_before(self, entry):
        """Return the row that an earlier import made of the same entry, if there is one."""
        if not entry.get("external_ref"):
            return self.browse()
        card = self.env["loyalty.card"].browse(entry["card_id"])
        found = self.search(
            [
                ("program_id", "=", card.program_id.id),
                ("external_ref", "=", entry["external_ref"]),
            ]
        )
        if found and not found._is_the_same(entry):
            raise ValidationError(
                self.env._(
                    "%(reference)s was posted already, on %(day)s to the card %(code)s, with"
                    " other data: give the row another external reference, or leave it out.",
                    reference=entry["external_ref"],
                    day=fields.Date.to_string(found.date),
                    code=found.card_id.code,
                )
            )
        return found

    def _is_the_same(self, entry):
        last_day = fields.Date.to_date(entry.get("expiration_date"))
        return (
            self.card_id.id == entry["card_id"]
            and self.kind == entry["kind"]
            and self._is_same_amount(entry.get("issued", 0.0) - entry.get("used", 0.0))
            and (not last_day or last_day == self.expiration_date)
        )
