import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

SENDING_AT_MOST = timedelta(hours=1)
TRY_AGAIN_AFTER = timedelta(hours=4)
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
        now = fields.Datetime.now()
        taken = self.browse()
        for channel, touches in useful.grouped("channel_id").items():
            partners = touches.partner_id.with_company(outreach.company_id)
            purpose = outreach.purpose_id.code
            allowed = partners._ask_gate(channel.code, purpose, outreach.name)
            passed = touches.filtered(lambda touch, allowed=allowed: touch.partner_id in allowed)
            (touches - passed)._wait_or_refuse(outreach, now)
            taken |= passed
        taken.write({"state": "sending", "date_done": now, "reason": False})
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

    def _wait_or_refuse(self, outreach, now):
        """Try again later who may not be contacted now, for as long as the outreach says."""
        for channel, touches in self.grouped("channel_id").items():
            permissions = touches.partner_id.with_company(outreach.company_id).contact_permission(
                channel.code, outreach.purpose_id.code
            )
            reasons = {one["partner_id"]: one["reason"] for one in permissions}
            for touch in touches:
                reason = reasons.get(touch.partner_id.id) or self.env._("Not allowed now.")
                gives_up = outreach._gives_up(touch, now)
                outcome = {"state": "refused", "date_done": now} if gives_up else {}
                touch.write({"reason": reason, "next_try": now + TRY_AGAIN_AFTER, **outcome})

    def _send_taken(self):
        """Send what was taken and committed; one that fails keeps the reason, the others go on."""
        self.invalidate_recordset()
        free = self.try_lock_for_update().filtered(lambda touch: touch.state == "sending")
        sent = free.filtered(lambda touch: touch._send_or_report())
        sent.filtered(lambda touch: touch.channel_id.code != "phone")._log_interactions()

    def _send_or_report(self):
        """Tell whether the message could be made out; otherwise the touch says why not."""
        try:
            with self.env.cr.savepoint():
                self.write({**self._send(), "state": "sent"})
        except OperationalError:  # such as a conflict with another transaction
            raise
        except Exception as error:
            _logger.warning("Touch %s could not be sent", self.id, exc_info=True)
            self.write({"state": "failed", "reason": self._reason_of(error)})
            return False
        return True

    def _reason_of(self, error):
        if isinstance(error, UserError):
            return str(error)
        return self.env._("It could not be written. Ask your administrator to read the log.")

    def _send(self):
        """Hook: make the message out, and return the values that link it to the touch."""
        senders = {"email": self._send_email, "sms": self._send_sms, "phone": self._send_call}
        return senders[self.channel_id.code]()

    def _send_email(self):
        partner = self.partner_id
        if not partner.email_normalized:
            raise UserError(self.env._("The customer has no e-mail address: enter one."))
        template = self._message().mail_template_id.with_company(self.company_id)
        mail_id = template.send_mail(
            partner.id, force_send=False, email_values=self._prepare_email_values()
        )
        mail = self.env["mail.mail"].browse(mail_id)
        mail.body_html = self._with_click_links(mail.body_html)
        return {"mail_mail_id": mail_id}

    def _prepare_email_values(self):
        """Hook: return the values that an e-mail has whatever its template says.

        It goes to the customer whom the gate let pass, and to nobody else; his mail program offers
        him to unsubscribe with one click (RFC 8058).
        """
        values = {
            "recipient_ids": [Command.set(self.partner_id.ids)],
            "email_to": False,
            "email_cc": False,
        }
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
        partner = self.partner_id
        number = partner.phone_sanitized or partner.phone
        if not number:
            raise UserError(self.env._("The customer has no phone number: enter one."))
        template = self._message().sms_template_id.with_company(self.company_id)
        body = template._render_field("body", partner.ids, compute_lang=True)[partner.id]
        body = self._with_short_click_links(body)
        sms = self.env["sms.sms"].create({"partner_id": partner.id, "number": number, "body": body})
        return {"sms_id": sms.id}

    def _send_call(self):
        """Have the call made by who makes calls, or by the customer's salesperson."""
        outreach, partner = self._outreach(), self.partner_id
        caller = outreach.user_id or partner.user_id or partner.commercial_partner_id.user_id
        if not caller:
            raise UserError(
                self.env._("Nobody is there to call: give the customer a salesperson, or a caller.")
            )
        # one e-mail for each of a thousand calls would help nobody
        activity = partner.with_context(mail_activity_quick_update=True).activity_schedule(
            "mail.mail_activity_data_call",
            date_deadline=outreach.company_id._business_today(),
            summary=self._message().call_summary or self._subject(),
            user_id=caller.id,
        )
        return {"activity_id": activity.id}

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
