import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

SENDING_AT_MOST = timedelta(hours=1)
_logger = logging.getLogger(__name__)


class CrmTouch(models.Model):
    """How touches are sent: asked for at the gate, taken, committed, then sent."""

    _inherit = "crm.touch"

    @api.model
    def _cron_send(self):
        """Close what was answered, plan what follows, and send what is due."""
        self._give_up_interrupted()
        self._fail_undelivered()
        self._close_answered()
        job = self.env["ir.cron"]
        planned = Domain("state", "=", "planned") & Domain("next_try", "<=", fields.Datetime.now())
        job._commit_progress(remaining=self.search_count(planned))
        for outreach in (*self._running_plans(), *self.env["crm.occasion"].search([])):
            if not outreach._run_or_report():
                return
            job._commit_progress()
        job._commit_progress(remaining=0)  # letters wait for people, not for the job

    @api.model
    def _running_plans(self):
        plans = self.env["crm.touch.plan"].search([("state", "=", "running")])
        return plans.filtered(
            lambda plan: plan.date_start and plan.date_start <= plan.company_id._business_today()
        )

    @api.model
    def _give_up_interrupted(self):
        """Show to people what a job was sending when it was broken off; it is not sent again."""
        latest = fields.Datetime.now() - SENDING_AT_MOST
        stuck = self.search([("state", "=", "sending"), ("date_done", "<", latest)])
        stuck.try_lock_for_update().write(
            {"state": "unknown", "reason": self.env._("The job was broken off while sending.")}
        )

    @api.model
    def _fail_undelivered(self):
        """Show what the mail server or the SMS provider did not take."""
        mails = Domain("mail_mail_id.state", "=", "exception")
        undelivered = mails | Domain("sms_id.state", "=", "error")
        self.search(Domain("state", "=", "sent") & undelivered).write(
            {"state": "failed", "reason": self.env._("It could not be delivered.")}
        )

    def _take(self, outreach):
        """Return those of these touches that may be sent now, marked as being sent."""
        useful = self._without_needless(outreach)
        taken = self.browse()
        for channel, touches in useful.grouped("channel_id").items():
            partners = touches.partner_id.with_company(outreach.company_id)
            refusals = partners._refusals_and_chances(
                channel.code, outreach.purpose_id.code, outreach.retry_days
            )
            refused = touches.filtered(
                lambda touch, refusals=refusals: touch.partner_id.id in refusals
            )
            refused._wait_or_refuse(outreach, refusals)
            refused._log_refusals(outreach, channel, refusals)
            taken |= touches - refused
        taken.write({"state": "sending", "date_done": fields.Datetime.now(), "reason": False})
        return taken

    def _without_needless(self, outreach):
        """Return those who still should get it; the others are not asked for at the gate."""
        gone = self.filtered(lambda touch: not touch._is_to_reach(outreach))
        gone._skip(self.env._("The contact is archived, or of another company now."))
        rest = self - gone
        once = rest.filtered(lambda touch: touch.step_id.condition == "unanswered")
        answered = outreach._is_answered_by(once.partner_id) if once else once.partner_id
        needless = once.filtered(lambda touch: touch.partner_id in answered)
        needless._skip(self.env._("The customer has answered."))
        return rest - needless

    def _is_to_reach(self, outreach):
        partner = self.partner_id
        is_ours = not partner.company_id or partner.company_id == outreach.company_id
        return partner.active and is_ours and not partner.anonymised_on

    def _wait_or_refuse(self, outreach, refusals):
        """Have those wait who may be contacted before the outreach gives up; refuse the others."""

        def outcome(touch):
            code, chance = refusals[touch.partner_id.id]
            is_in_time = chance and chance <= outreach._last_try(touch)
            return code, chance if is_in_time else None

        sentences = self.env["res.partner"]._refusal_sentences()
        refused = {"state": "refused", "date_done": fields.Datetime.now()}
        for (code, chance), touches in self.grouped(outcome).items():
            values = {"next_try": chance} if chance else refused
            touches.write({"reason": sentences[code], **values})

    def _log_refusals(self, outreach, channel, refusals):
        """Log why these are refused, each once for a reason, however often it is tried again."""
        # sudo: nobody writes the log of refusals by himself
        Refusal = self.env["crm.contact.refusal"].with_company(outreach.company_id).sudo()
        logged = Refusal._read_group([("touch_id", "in", self.ids)], ["touch_id", "reason_code"])
        known = {(touch.id, code) for touch, code in logged}
        rows = [
            {"partner_id": touch.partner_id.id, "reason_code": code, "touch_id": touch.id}
            for touch in self
            for code, _chance in [refusals[touch.partner_id.id]]
            if (touch.id, code) not in known
        ]
        Refusal._log(rows, channel.code, outreach.purpose_id.code, outreach.name)

    def _send_taken(self):
        """Send what was taken and committed; one that fails keeps the reason, the others go on."""
        self.invalidate_recordset()
        free = self.try_lock_for_update().filtered(lambda touch: touch.state == "sending")
        for touches in free.grouped(lambda touch: (touch._message(), touch.year)).values():
            touches._send_or_report()
        sent = free.filtered(lambda touch: touch.state == "sent")
        sent.filtered(lambda touch: touch.channel_id.code != "phone")._log_interactions()

    def _send_or_report(self):
        """Send these of one message together; when that fails, each half of them, down to the one.

        The one that fails says why.
        """
        try:
            with self.env.cr.savepoint():
                self._send()
                self.write({"state": "sent"})
        except OperationalError:  # such as a conflict with another transaction
            raise
        except Exception as error:
            half = len(self) // 2
            if half:
                self[:half]._send_or_report()
                self[half:]._send_or_report()
                return
            _logger.warning("Touch %s could not be sent", self.id, exc_info=True)
            self.write({"state": "failed", "reason": self._reason_of(error)})

    def _reason_of(self, error):
        if isinstance(error, UserError):
            return str(error)
        return self.env._("It could not be written. Ask your administrator to read the log.")

    def _send(self):
        """Hook: make out the messages of these touches of one step, or one occasion of one year."""
        senders = {"email": self._send_email, "sms": self._send_sms, "phone": self._send_call}
        senders[self.channel_id.code]()

    def _send_email(self):
        if not all(touch.partner_id.email_normalized for touch in self):
            raise UserError(self.env._("The customer has no e-mail address: enter one."))
        template = self._message().mail_template_id.with_company(self.company_id)
        # they go to the customers whom the gate let pass, whatever the template says
        nobody = {"recipient_ids": [], "email_to": False, "email_cc": False}
        mails = template.send_mail_batch(self.partner_id.ids, email_values=nobody)
        for touch, mail in zip(self, mails, strict=True):
            body = touch._with_click_links(mail.body_html)
            mail.write({**touch._prepare_email_values(), "body_html": body})
            touch.mail_mail_id = mail

    def _prepare_email_values(self):
        """Hook: return the values that the e-mail of a touch has whatever its template says.

        It goes to the customer whom the gate let pass, and to nobody else; his mail program offers
        him to unsubscribe with one click (RFC 8058).
        """
        values = {"recipient_ids": [Command.set(self.partner_id.ids)]}
        purpose = self._outreach().purpose_id
        if purpose.is_transactional:
            return values
        partner = self.partner_id.with_company(self.company_id)
        url = partner._unsubscribe_url(self.channel_id, purpose, one_click=True)
        headers = {
            "List-Unsubscribe": f"<{url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        return {**values, "headers": repr(headers)}

    def _send_sms(self):
        numbers = [one.phone_sanitized or one.phone for one in self.partner_id]
        if not all(numbers):
            raise UserError(self.env._("The customer has no phone number: enter one."))
        template = self._message().sms_template_id.with_company(self.company_id)
        bodies = template._render_field("body", self.partner_id.ids, compute_lang=True)
        messages = self.env["sms.sms"].create(
            [
                {
                    "partner_id": touch.partner_id.id,
                    "number": number,
                    "body": touch._with_short_click_links(bodies[touch.partner_id.id]),
                }
                for touch, number in zip(self, numbers, strict=True)
            ]
        )
        for touch, message in zip(self, messages, strict=True):
            touch.sms_id = message

    def _send_call(self):
        """Have the calls made by who makes calls, or by each customer's salesperson."""
        for caller, touches in self.grouped(lambda touch: touch._caller()).items():
            # one e-mail for each of a thousand calls would help nobody
            partners = touches.partner_id.with_context(mail_activity_quick_update=True)
            activities = partners.activity_schedule(
                "mail.mail_activity_data_call",
                date_deadline=self.company_id._business_today(),
                summary=self._message().call_summary or touches[0]._subject(),
                user_id=caller.id,
            )
            for touch, activity in zip(touches, activities, strict=True):
                touch.activity_id = activity

    def _caller(self):
        """Return the user who makes the call; raise UserError when there is none."""
        partner = self.partner_id
        caller = (
            self._outreach().user_id or partner.user_id or partner.commercial_partner_id.user_id
        )
        if not caller:
            raise UserError(
                self.env._("Nobody is there to call: give the customer a salesperson, or a caller.")
            )
        return caller

    def _log_interactions(self):
        """Log in one go that the customers were turned to, for the contact rules to count."""
        self.env["crm.interaction"].create([touch._prepare_interaction() for touch in self])

    def _prepare_interaction(self, **values):
        """Hook: return the values of the log entry of a touch."""
        outreach = self._outreach()
        return {
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "channel_id": self.channel_id.id,
            "purpose_id": outreach.purpose_id.id,
            "campaign_id": outreach.campaign_id.id,
            "direction": "out",
            "date": self.date_done,
            "user_id": (self.sent_by_id or outreach.user_id).id,
            "subject": self._subject(),
            **values,
        }
