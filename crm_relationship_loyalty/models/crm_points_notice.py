import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from .loyalty_card_mail import PURPOSE

BATCH = 1000
SENDING_AT_MOST = timedelta(hours=1)
_logger = logging.getLogger(__name__)


class CrmPointsNotice(models.Model):
    """What a customer is told of points that expire, once for each card and last day."""

    _name = "crm.points.notice"
    _description = "Notice of Expiring Points"
    _order = "last_day desc, id desc"

    card_id = fields.Many2one(
        comodel_name="loyalty.card", required=True, readonly=True, ondelete="cascade", index=True
    )
    program_id = fields.Many2one(related="card_id.program_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="card_id.partner_id", string="Customer", store=True, index=True
    )
    company_id = fields.Many2one(comodel_name="res.company", required=True, readonly=True)
    last_day = fields.Date(required=True, readonly=True)
    points = fields.Float(digits=(16, 2), readonly=True)
    points_display = fields.Char(compute="_compute_points_display")
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("sending", "Sending"),
            ("sent", "Sent"),
            ("refused", "Not Allowed"),
            ("skipped", "Not Needed"),
            ("failed", "Failed"),
            ("unknown", "Unknown"),
        ],
        required=True,
        readonly=True,
        default="planned",
    )
    reason = fields.Char(readonly=True)
    next_try = fields.Datetime(readonly=True)
    date_done = fields.Datetime(string="Date", readonly=True)
    mail_mail_id = fields.Many2one("mail.mail", readonly=True, index="btree_not_null", copy=False)

    _once = models.Constraint(
        "UNIQUE(card_id, last_day)", "The customer is told of these points already."
    )

    @api.depends("points", "card_id")
    def _compute_points_display(self):
        for notice in self:
            notice.points_display = notice.card_id._format_points(notice.points)

    @api.depends("card_id", "last_day")
    def _compute_display_name(self):
        for notice in self:
            notice.display_name = f"{notice.card_id.display_name}, {notice.last_day}"

    @api.model
    def _cron_send(self):
        """Tell the customers of all programs that give notice what they are going to lose."""
        self._give_up_interrupted()
        programs = self.env["loyalty.program"].search(
            [("expiry_notice_days", ">", 0), ("expiry_notice_template_id", "!=", False)]
        )
        for program in programs:
            if not self.with_company(program.company_id or self.env.company)._run(program):
                return

    @api.model
    def _give_up_interrupted(self):
        """Show to people what a job was sending when it was broken off; it is not sent again."""
        latest = fields.Datetime.now() - SENDING_AT_MOST
        stuck = self.search([("state", "=", "sending"), ("date_done", "<", latest)])
        stuck.try_lock_for_update().write(
            {"state": "unknown", "reason": self.env._("The job was broken off while sending.")}
        )

    @api.model
    def _run(self, program):
        """Plan and send the notices of a program; return False when the time is up."""
        job, today, last = self.env["ir.cron"], program._today(), 0
        self._plan(program, today)
        due = Domain("program_id", "=", program.id) & Domain("state", "=", "planned")
        self.search(due & Domain("last_day", "<", today)).state = "skipped"
        due &= Domain("next_try", "<=", fields.Datetime.now())
        job._commit_progress(remaining=self.search_count(due))
        while notices := self.search(due & Domain("id", ">", last), order="id", limit=BATCH):
            last = notices[-1].id
            with self.env.cr.savepoint():
                taken = notices.try_lock_for_update()._take(program)
            job._commit_progress()  # taken before the first mail exists: nobody gets it twice
            taken._send_taken(program)
            if not job._commit_progress(len(notices)):
                return False
        return True

    @api.model
    def _plan(self, program, today):
        """Note which points are near their last day, each card's of a day once."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_points_notice (
                    card_id, program_id, partner_id, company_id, last_day, points, state,
                    next_try, create_uid, create_date, write_uid, write_date
                )
                SELECT card.id, card.program_id, card.partner_id, %(company)s,
                       lot.expiration_date, SUM(lot.remaining), 'planned',
                       %(now)s, %(user)s, %(now)s, %(user)s, %(now)s
                  FROM loyalty_card card
                  JOIN res_partner partner ON partner.id = card.partner_id AND partner.active
                  JOIN loyalty_history lot
                    ON lot.card_id = card.id AND lot.state = 'active' AND lot.remaining > 0
                 WHERE card.program_id = %(program)s AND card.active
                   AND lot.expiration_date BETWEEN %(today)s AND %(until)s
                 GROUP BY card.id, lot.expiration_date
                 ORDER BY lot.expiration_date, card.id
                    ON CONFLICT (card_id, last_day) DO NOTHING
                """,
                company=self.env.company.id,
                program=program.id,
                today=today,
                until=today + timedelta(days=program.expiry_notice_days),
                user=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        self.env.invalidate_all()

    def _take(self, program):
        """Return those of these notices that may be sent now, marked as being sent."""
        self._skip_spent()
        wanted = self.filtered(
            lambda notice: notice.state == "planned" and notice.partner_id.active
        )
        # the next one waits for the next run, which knows of this one
        first = self.browse().concat(
            *(notices[0] for notices in wanted.grouped("partner_id").values())
        )
        refusals = first.partner_id._refusals_and_chances(
            "email", PURPOSE, program.expiry_notice_days
        )
        refused = first.filtered(lambda notice: notice.partner_id.id in refusals)
        refused._wait_or_refuse(program, refusals)
        taken = first - refused
        taken.write({"state": "sending", "date_done": fields.Datetime.now(), "reason": False})
        return taken

    def _skip_spent(self):
        """Bring the points up to date: some were spent since the notice was planned."""
        sums = self.env["loyalty.history"]._read_group(
            [("card_id", "in", self.card_id.ids), ("state", "=", "active"), ("remaining", ">", 0)],
            ["card_id", "expiration_date:day"],
            ["remaining:sum"],
        )
        left = {(card.id, day): points for card, day, points in sums}
        for notice in self:
            points = left.get((notice.card_id.id, notice.last_day), 0.0)
            if points != notice.points:
                notice.points = points
        self.filtered(lambda notice: not notice.points).state = "skipped"

    def _wait_or_refuse(self, program, refusals):
        """Have those wait who may be written to in time; log each refusal once for a reason."""
        Partner = self.env["res.partner"]
        sentences, rows = Partner._refusal_sentences(), []
        for notice in self:
            code, chance = refusals[notice.partner_id.id]
            if notice.reason != sentences[code]:
                rows.append({"partner_id": notice.partner_id.id, "reason_code": code})
            in_time = chance and notice.company_id._business_day(chance) <= notice.last_day
            outcome = {"next_try": chance} if in_time else {"state": "refused"}
            notice.write({"reason": sentences[code], **outcome})
        # sudo: nobody writes the log of refusals by himself
        Refusal = self.env["crm.contact.refusal"].sudo()
        Refusal._log(rows, "email", PURPOSE, self.env._("Expiry notice: %s", program.name))

    def _send_taken(self, program):
        """Send what was taken and committed; one that fails says why, the others go on."""
        self.invalidate_recordset()
        free = self.try_lock_for_update().filtered(lambda notice: notice.state == "sending")
        free._send_or_report(program.expiry_notice_template_id)
        sent = free.filtered(lambda notice: notice.state == "sent")
        sent.partner_id._log_contact(
            "email",
            PURPOSE,
            self.env._("Expiry notice: %s", program.name),
            company_id=self.env.company.id,
        )

    def _send_or_report(self, template):
        """Send these together; when that fails, each half of them, down to the one."""
        if not self:
            return
        try:
            with self.env.cr.savepoint():
                self._send(template)
        except OperationalError:  # such as a conflict with another transaction
            raise
        except Exception as error:
            half = len(self) // 2
            if half:
                self[:half]._send_or_report(template)
                self[half:]._send_or_report(template)
                return
            _logger.warning("Notice %s could not be sent", self.id, exc_info=True)
            sentence = self.env._("It could not be written. Ask your administrator for the log.")
            reason = str(error) if isinstance(error, UserError) else sentence
            self.write({"state": "failed", "reason": reason})

    def _send(self, template):
        """Make out the mails, to the customers whom the gate let pass and to nobody else."""
        channel = self.env["crm.contact.channel"]._by_code("email")
        purpose = self.env["crm.contact.purpose"]._by_code(PURPOSE)
        nobody = {"recipient_ids": [], "email_to": False, "email_cc": False}
        mails = template.send_mail_batch(self.ids, email_values=nobody)
        for notice, mail in zip(self, mails, strict=True):
            url = notice.partner_id._unsubscribe_url(channel, purpose, one_click=True)
            headers = {
                "List-Unsubscribe": f"<{url}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
            recipients = [Command.set(notice.partner_id.ids)]
            mail.write({"recipient_ids": recipients, "headers": repr(headers)})
            notice.mail_mail_id = mail
        self.write({"state": "sent"})
