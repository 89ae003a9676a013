import logging
from datetime import timedelta
from typing import NamedTuple

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from .loyalty_card_mail import PURPOSE

BATCH = 1000
SENDING_AT_MOST = timedelta(hours=1)
_logger = logging.getLogger(__name__)


class Sending(NamedTuple):
    """How a batch of notices is sent.

    ``template``: the mail's. ``title``: how the customer's log calls it. ``days``: for so many days
    a notice that comes at a wrong time is tried again.
    """

    template: models.BaseModel
    title: str
    days: int


class CrmLoyaltyNotice(models.AbstractModel):
    """What a customer is told once by mail: taken and committed first, then sent.

    Who inherits it plans the rows, each occasion once by a unique key, and has `_send_planned` send
    them. The gate is asked at the moment of sending; a job that is killed sends nothing twice.
    """

    _name = "crm.loyalty.notice"
    _description = "Notice to a Customer"

    partner_id = fields.Many2one(comodel_name="res.partner", string="Customer", index=True)
    company_id = fields.Many2one(comodel_name="res.company", required=True, readonly=True)
    last_day = fields.Date(
        required=True, readonly=True, help="After this day the customer is not told any more."
    )
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

    def _drop_needless(self):
        """Hook: bring planned notices up to date, and skip those that nobody needs any more."""

    @api.model
    def _give_up_interrupted(self):
        """Show to people what a job was sending when it was broken off; it is not sent again."""
        latest = fields.Datetime.now() - SENDING_AT_MOST
        stuck = self.search([("state", "=", "sending"), ("date_done", "<", latest)])
        stuck.try_lock_for_update().write(
            {"state": "unknown", "reason": self.env._("The job was broken off while sending.")}
        )

    @api.model
    def _send_planned(self, sending: Sending, mine: Domain, today) -> bool:
        """Send what is planned among some notices; return False when the time is up."""
        job, last = self.env["ir.cron"], 0
        due = mine & Domain("state", "=", "planned")
        self.search(due & Domain("last_day", "<", today)).state = "skipped"
        due &= Domain("next_try", "<=", fields.Datetime.now())
        job._commit_progress(remaining=self.search_count(due))
        while notices := self.search(due & Domain("id", ">", last), order="id", limit=BATCH):
            last = notices[-1].id
            with self.env.cr.savepoint():
                taken = notices.try_lock_for_update()._take(sending)
            job._commit_progress()  # taken before the first mail exists: nobody gets it twice
            taken._send_taken(sending)
            if not job._commit_progress(len(notices)):
                return False
        return True

    def _take(self, sending):
        """Return those of these notices that may be sent now, marked as being sent."""
        self._drop_needless()
        wanted = self.filtered(
            lambda notice: notice.state == "planned" and notice.partner_id.active
        )
        # the next one waits for the next run, which knows of this one
        first = self.browse().concat(
            *(notices[0] for notices in wanted.grouped("partner_id").values())
        )
        refusals = first.partner_id._refusals_and_chances("email", PURPOSE, sending.days)
        refused = first.filtered(lambda notice: notice.partner_id.id in refusals)
        refused._wait_or_refuse(sending, refusals)
        taken = first - refused
        taken.write({"state": "sending", "date_done": fields.Datetime.now(), "reason": False})
        return taken

    def _wait_or_refuse(self, sending, refusals):
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
        self.env["crm.contact.refusal"].sudo()._log(rows, "email", PURPOSE, sending.title)

    def _send_taken(self, sending):
        """Send what was taken and committed; one that fails says why, the others go on."""
        self.invalidate_recordset()
        free = self.try_lock_for_update().filtered(lambda notice: notice.state == "sending")
        free._send_or_report(sending.template)
        sent = free.filtered(lambda notice: notice.state == "sent")
        sent.partner_id._log_contact(
            "email", PURPOSE, sending.title, company_id=self.env.company.id
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
            _logger.warning("%s could not be sent", self, exc_info=True)
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
