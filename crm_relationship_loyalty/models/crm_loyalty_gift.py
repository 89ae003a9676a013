import logging
from datetime import timedelta

from psycopg2 import DatabaseError, OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..logic.birthday import celebrated_on
from .crm_loyalty_notice import BATCH, Sending
from .loyalty_history import Posting

CRON = "crm_relationship_loyalty.ir_cron_give_tier_coupons"
DAYS_TO_CATCH_UP = 7
DAYS_TO_TELL = 7
_logger = logging.getLogger(__name__)


class CrmLoyaltyGift(models.Model):
    """A personal coupon that a tier brings: on the first entry, and on each birthday.

    A row is the promise, made once for each occasion; the job makes the coupon, whatever the
    customer wants to hear from us, and tells him of it when the gate lets it pass.
    """

    _name = "crm.loyalty.gift"
    _description = "Coupon of a Loyalty Tier"
    _inherit = ["crm.loyalty.notice"]
    _order = "date desc, id desc"
    _rec_name = "coupon_code"

    partner_id = fields.Many2one(required=True, readonly=True, ondelete="restrict")
    ladder_id = fields.Many2one(
        comodel_name="crm.loyalty.ladder", required=True, readonly=True, ondelete="restrict"
    )
    tier_id = fields.Many2one(
        comodel_name="crm.loyalty.tier", required=True, readonly=True, ondelete="restrict"
    )
    program_id = fields.Many2one(
        comodel_name="loyalty.program", required=True, readonly=True, ondelete="restrict"
    )
    kind = fields.Selection(
        selection=[("entry", "First Entry"), ("birthday", "Birthday")],
        string="Occasion",
        required=True,
        readonly=True,
    )
    date = fields.Date(string="Day", required=True, readonly=True)
    year = fields.Integer(required=True, readonly=True, aggregator=None)
    card_id = fields.Many2one(
        comodel_name="loyalty.card",
        string="Coupon",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    coupon_code = fields.Char(string="Code", readonly=True)
    state = fields.Selection(string="Mail")
    date_done = fields.Datetime(string="Told on")

    _one_entry = models.UniqueIndex(
        "(partner_id, tier_id) WHERE kind = 'entry'", "The customer was greeted on this tier."
    )
    _one_birthday = models.UniqueIndex(
        "(partner_id, ladder_id, year) WHERE kind = 'birthday'",
        "The customer was given something on this birthday.",
    )

    def _occasion(self):
        """Return what there is one gift for, of a customer."""
        if self.kind == "entry":
            return self.kind, self.tier_id.id
        return self.kind, self.ladder_id.id, self.year

    @api.model
    def _promise_entries(self, changes):
        """Promise the coupons of tiers that customers have just entered for the first time.

        Whom the first evaluation in force finds on a tier has not entered it, he was there.
        """
        self.env.flush_all()
        today = changes.company_id[:1]._business_today()
        chosen = SQL(
            """
            SELECT change.partner_id, change.ladder_id, change.company_id, tier.id,
                   tier.entry_program_id, 'entry', change.date,
                   %s::date
              FROM crm_loyalty_tier_change change
              JOIN crm_loyalty_tier tier ON tier.id = change.to_tier_id
              JOIN crm_loyalty_ladder ladder ON ladder.id = change.ladder_id
             WHERE change.id = ANY(%s) AND change.is_entry AND tier.entry_program_id IS NOT NULL
               AND (ladder.evaluated_at IS NOT NULL OR ladder.greets_at_publishing)
            """,
            today + timedelta(DAYS_TO_TELL),
            changes.ids,
        )
        if self._promise(chosen):
            # sudo: whoever has tiers evaluated
            self.env.ref(CRON).sudo()._trigger()

    @api.model
    def _promise_birthdays(self, ladder):
        """Promise the coupons of birthdays, also of the last days, by the tier of that day."""
        today = ladder.company_id._business_today()
        days = [today - timedelta(back) for back in range(DAYS_TO_CATCH_UP + 1)]
        births = [(day, *birth) for day in days for birth in celebrated_on(day)]
        self.env.flush_all()
        self._promise(
            SQL(
                """
                SELECT place.partner_id, place.ladder_id, place.company_id, tier.id,
                       tier.birthday_program_id, 'birthday', birthday.date, birthday.date + %s
                  FROM crm_loyalty_membership place
                  JOIN res_partner partner ON partner.id = place.partner_id AND partner.active
                  JOIN UNNEST(%s::date[], %s::int[], %s::int[]) birthday (date, month, day)
                    ON EXTRACT(MONTH FROM partner.birthdate) = birthday.month
                       AND EXTRACT(DAY FROM partner.birthdate) = birthday.day
                       AND partner.birthdate < birthday.date
                  JOIN LATERAL (
                        SELECT to_tier_id FROM crm_loyalty_tier_change
                         WHERE ladder_id = place.ladder_id AND partner_id = place.partner_id
                           AND date <= birthday.date
                         ORDER BY date DESC, id DESC LIMIT 1
                       ) held ON TRUE
                  JOIN crm_loyalty_tier tier ON tier.id = held.to_tier_id
                 WHERE place.ladder_id = %s AND tier.birthday_program_id IS NOT NULL
                """,
                DAYS_TO_TELL,
                *map(list, zip(*births, strict=True)),
                ladder.id,
            )
        )

    @api.model
    def _promise(self, chosen: SQL) -> bool:
        """Note what was chosen and is not promised yet; return whether anything was."""
        promised = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_loyalty_gift (
                    partner_id, ladder_id, company_id, tier_id, program_id, kind, date, year,
                    last_day, state, next_try, create_uid, create_date, write_uid, write_date
                )
                SELECT chosen.*, 'planned', %(now)s, %(user)s, %(now)s, %(user)s, %(now)s
                  FROM (
                        SELECT partner_id, ladder_id, company_id, tier_id, program_id, kind, date,
                               EXTRACT(YEAR FROM date)::int, last_day
                          FROM (%(chosen)s) chosen (
                            partner_id, ladder_id, company_id, tier_id, program_id, kind, date,
                            last_day
                          )
                         ORDER BY partner_id, date
                       ) chosen
                    ON CONFLICT DO NOTHING
                RETURNING id
                """,
                chosen=chosen,
                now=fields.Datetime.now(),
                user=self.env.uid,
            )
        )
        return bool(promised)

    @api.model
    def _cron_give(self):
        """Promise what birthdays bring, make all coupons that are due, and tell the customers."""
        for ladder in self.env["crm.loyalty.ladder"].search([("state", "=", "published")]):
            self._promise_birthdays(ladder)
        self._give_up_interrupted()
        planned = self._read_group([("state", "=", "planned")], ["company_id"])
        for (company,) in planned:
            gifts = self.with_company(company)
            if not (gifts._make_coupons() and gifts._tell()):
                return

    @api.model
    def _make_coupons(self) -> bool:
        """Make the coupons of the present company; return False when the time is up."""
        job, last = self.env["ir.cron"], 0
        due = Domain(
            [
                ("state", "=", "planned"),
                ("coupon_code", "=", False),
                ("company_id", "=", self.env.company.id),
            ]
        )
        job._commit_progress(remaining=self.search_count(due))
        while gifts := self.search(due & Domain("id", ">", last), order="id", limit=BATCH):
            last = gifts[-1].id
            gifts.try_lock_for_update()._make_or_report()
            if not job._commit_progress(len(gifts)):
                return False
        return True

    def _make_or_report(self):
        """Make these coupons together; when that fails, each half of them, down to the one."""
        if not self:
            return
        try:
            with self.env.cr.savepoint():
                self._make()
        except OperationalError:  # such as a conflict with another transaction
            raise
        except (UserError, DatabaseError) as error:
            half = len(self) // 2
            if not half:
                _logger.warning("%s has no coupon: %s", self, error)
                self.write({"state": "failed", "reason": str(error)})
                return
            self[:half]._make_or_report()
            self[half:]._make_or_report()

    def _make(self):
        """Make a coupon for each; nothing is sent here, that is asked of the gate afterwards."""
        over = self.filtered(lambda gift: not gift.program_id.active)
        over.write({"state": "skipped", "reason": self.env._("The program is archived.")})
        for (program, kind), gifts in (
            (self - over).grouped(lambda gift: (gift.program_id, gift.kind)).items()
        ):
            occasions = dict(self._fields["kind"]._description_selection(self.env))
            cards = (
                self.env["loyalty.card"]
                .with_context(
                    loyalty_opening=Posting("opening", occasions[kind]), loyalty_no_mail=True
                )
                .create(
                    [
                        {
                            "program_id": program.id,
                            "partner_id": gift.partner_id.id,
                            "points": program._points_of_coupon(),
                        }
                        for gift in gifts
                    ]
                )
            )
            for gift, card in zip(gifts, cards, strict=True):
                gift.write({"card_id": card.id, "coupon_code": card.code})

    @api.model
    def _tell(self) -> bool:
        """Send the mails of the present company's coupons; return False when the time is up."""
        today = self.env.company._business_today()
        for kind, title in self._fields["kind"]._description_selection(self.env):
            template = self.env.ref(
                f"crm_relationship_loyalty.mail_template_tier_{kind}", raise_if_not_found=False
            )
            mine = Domain(
                [
                    ("kind", "=", kind),
                    ("coupon_code", "!=", False),
                    ("company_id", "=", self.env.company.id),
                ]
            )
            sending = Sending(template, self.env._("Coupon: %s", title), DAYS_TO_TELL)
            if template and not self._send_planned(sending, mine, today):
                return False
        return True

    def _drop_needless(self):
        """Some coupons were used or taken back before their customers were told."""
        self.filtered(
            lambda gift: not gift.card_id.active or not gift.card_id.points
        ).state = "skipped"
