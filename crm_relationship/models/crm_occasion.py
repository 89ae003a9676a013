from datetime import datetime

from pytz import UTC, all_timezones_set, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..logic.occasion import prepared_on

DAYS_LATE = 3


class CrmOccasion(models.Model):
    """A day that comes back every year, on which a customer hears of the company."""

    _name = "crm.occasion"
    _description = "Occasion"
    _inherit = ["crm.outreach", "crm.touch.message"]
    _order = "sequence, id"

    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(selection="_selection_kind", required=True, default="birthday")
    age = fields.Integer(string="At Age", help="Of a child in the customer's household.")
    days_before = fields.Integer(
        required=True,
        default=0,
        help="So many days before the occasion the message is due.",
    )
    retry_days = fields.Integer(default=1)
    touch_ids = fields.One2many(
        comodel_name="crm.touch", inverse_name="occasion_id", string="Touches", readonly=True
    )

    _days_before_range = models.Constraint(
        "CHECK (days_before BETWEEN 0 AND 60)",
        "A message is due 0 to 60 days before the occasion: correct the number.",
    )
    _age_range = models.Constraint(
        "CHECK (age BETWEEN 0 AND 130)", "A child's age is 0 to 130 years: correct the number."
    )
    _age_of_child = models.Constraint(
        "CHECK (kind <> 'child' OR age > 0)", "Enter the age at which the child is celebrated."
    )

    def _selection_kind(self):
        """Hook: return the kinds of occasions; each has a source of days."""
        names = {
            "birthday": self.env._("Birthday"),
            "membership": self.env._("Anniversary of the Membership"),
            "purchase": self.env._("Anniversary of the First Purchase"),
            "child": self.env._("A Child's Age"),
        }
        return list(names.items())

    def write(self, vals):
        if "company_id" in vals or "channel_id" in vals:
            self._check_unused(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for occasion in self:
            if occasion._is_used():
                raise UserError(
                    self.env._(
                        "%(occasion)s was sent to customers and stays as evidence: archive it.",
                        occasion=occasion.name,
                    )
                )

    def _check_unused(self, vals):
        for occasion in self:
            names = {"company_id", "channel_id"} & vals.keys()
            is_changed = any(occasion[name].id != vals[name] for name in names)
            if is_changed and occasion._is_used():
                raise UserError(
                    self.env._(
                        "%(occasion)s was planned for customers already: its company and channel"
                        " stay as they are. Archive it and create another one.",
                        occasion=occasion.name,
                    )
                )

    def _is_used(self):
        # sudo: touches of customers that the user may not see count as well
        touches = self.env["crm.touch"].sudo()
        return bool(touches.search_count([("occasion_id", "=", self.id)], limit=1))

    @api.model
    def _cron_plan(self):
        """Plan the occasions of the day, and of days on which no job ran, and have them sent."""
        job = self.env["ir.cron"]
        occasions = self.search([])
        job._commit_progress(remaining=len(occasions))
        for occasion in occasions:
            occasion._plan(fields.Datetime.now())
            if not job._commit_progress(1):
                return
        self.env.ref("crm_relationship.ir_cron_send_touches")._trigger()

    def _plan(self, moment):
        """Plan one touch a customer and year whose day has come where he lives."""
        self.ensure_one()
        self.env.flush_all()
        days = self._days_due(moment)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_touch (
                       occasion_id, company_id, channel_id, partner_id, year, state,
                       date_planned, next_try, create_uid, create_date, write_uid, write_date)
                SELECT DISTINCT %(occasion)s, %(company)s, %(channel)s, partner.id, due.year,
                       'planned', %(now)s, %(now)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM (%(begun)s) begun (partner_id, day)
                  JOIN res_partner partner ON partner.id = begun.partner_id
                  JOIN (VALUES %(days)s) due (tz, month, day, year)
                    ON due.tz = CASE WHEN partner.tz = ANY(%(zones)s) THEN partner.tz
                                     ELSE %(timezone)s END
                   AND due.month = EXTRACT(MONTH FROM begun.day)
                   AND due.day = EXTRACT(DAY FROM begun.day)
                 WHERE partner.active
                   AND partner.anonymised_on IS NULL
                   AND (partner.company_id IS NULL OR partner.company_id = %(company)s)
                   AND %(years)s
                ON CONFLICT DO NOTHING
                """,
                occasion=self.id,
                company=self.company_id.id,
                channel=self.channel_id.id,
                now=moment.replace(microsecond=0),
                uid=self.env.uid,
                begun=self._begun(),
                days=SQL(", ").join(SQL("(%s, %s, %s, %s)", *day) for day in days),
                zones=sorted({zone for zone, *_celebration in days}),
                timezone=self.company_id.business_timezone,
                years=self._years_sql(),
            )
        )
        self.env["crm.touch"].invalidate_model()

    def _days_due(self, moment):
        """Return ``(time zone, month, day, year)`` of what is due in each zone that is lived in."""
        zones = self.env.execute_query(SQL("SELECT DISTINCT tz FROM res_partner"))
        # of a zone that is not known any more the company's counts
        names = {name for (name,) in zones if name in all_timezones_set}
        names.add(self.company_id.business_timezone)
        return [
            (name, *celebration)
            for name in sorted(names)
            for celebration in prepared_on(_day_in(name, moment), self.days_before, DAYS_LATE)
        ]

    def _begun(self) -> SQL:
        """Hook: return the SELECT of customers and the days on which it began."""
        sources = {
            "birthday": SQL("SELECT id, birthdate FROM res_partner WHERE birthdate IS NOT NULL"),
            "membership": SQL(
                """
                SELECT number.partner_id, MIN(number.issued_on)
                  FROM crm_member_number number
                  JOIN crm_member_scheme scheme ON scheme.id = number.scheme_id
                 WHERE %s GROUP BY number.partner_id
                """,
                self.env["crm.member.scheme"]._is_used_sql("scheme", SQL("%s", self.company_id.id)),
            ),
            "purchase": SQL(
                """
                SELECT partner_id, first_date FROM crm_customer_standing
                 WHERE company_id = %s AND first_date IS NOT NULL
                """,
                self.company_id.id,
            ),
            "child": SQL(
                """
                SELECT head.partner_id, child.birthdate
                  FROM crm_household_member child
                  JOIN crm_household_member head
                    ON head.household_id = child.household_id AND head.role = 'head'
                 WHERE child.role = 'child' AND child.birthdate IS NOT NULL
                """
            ),
        }
        return sources[self.kind]

    def _years_sql(self) -> SQL:
        """Return in which years the day is celebrated: the day itself is no anniversary."""
        years = SQL("due.year - EXTRACT(YEAR FROM begun.day)")
        return SQL("%s = %s", years, self.age) if self.kind == "child" else SQL("%s > 0", years)

    def _touch_field(self):
        return "occasion_id"

    def _check_under_way(self):
        if not self.active:
            raise UserError(
                self.env._(
                    "%(occasion)s is archived: take it out of the archive first.",
                    occasion=self.name,
                )
            )

    def _stop(self):
        self.active = False

    def _enrol(self):
        """Leave it to the daily job: occasions are planned by the customer's day."""


def _day_in(zone: str, moment: datetime):
    """Return the date that a moment (UTC, naive) falls on in a time zone."""
    return UTC.localize(moment).astimezone(timezone(zone)).date()
