from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

KEPT_FOR = timedelta(days=30)
REPORT = "crm_relationship.crm_touch_letter_action"


class CrmTouch(models.Model):
    """Letters: one file for all that are due, printed by a person."""

    _inherit = "crm.touch"

    @api.model
    def _print_due(self, outreach):
        """Print the letters of an outreach that are due, mark them as sent, and hand out the file.

        All of it in one transaction: without a file no letter is marked.
        """
        # sudo: users write touches by printing them only
        touches = self.sudo().search(outreach._letters_due(), order="id")
        if not touches:
            raise UserError(self._nothing_to_print(outreach))
        # sudo: the gate is asked as the job asks it; what somebody else is printing is his
        taken = touches.try_lock_for_update()._take(outreach.sudo())
        if not taken:
            # what the gate said is kept, so nothing is raised
            return self._tell_refused(len(touches))
        attachment = taken._print(outreach)
        taken.write({"state": "sent", "sent_by_id": self.env.uid, "attachment_id": attachment.id})
        taken._log_interactions()
        return taken[:1].action_open_letters()

    def _print(self, outreach):
        """Return the file with these letters, attached to the outreach."""
        content, _kind = self.env["ir.actions.report"]._render_qweb_pdf(REPORT, self.ids)
        attachment = self.env["ir.attachment"].create(
            {
                "name": self.env._("Letters %(name)s.pdf", name=outreach.name),
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": outreach._name,
                "res_id": outreach.id,
            }
        )
        # sudo: who prints need not be a manager of plans
        outreach.sudo().message_post(
            body=self.env._("%(number)s letters were printed.", number=len(self)),
            attachment_ids=attachment.ids,
        )
        return attachment

    def _is_being_printed(self):
        """Tell whether the gate let this letter pass, and it is going into its file right now."""
        return self.channel_id.code == "letter" and self.state == "sending"

    @api.model
    def _nothing_to_print(self, outreach):
        """Return why there is nothing to print: what was printed before, by whom."""
        printed = self.search(
            [(outreach._touch_field(), "=", outreach.id), ("sent_by_id", "!=", False)],
            order="date_done DESC, id DESC",
            limit=1,
        )
        if not printed:
            return self.env._("No letter is due yet.")
        here = outreach.company_id.business_timezone
        moment = fields.Datetime.context_timestamp(self.with_context(tz=here), printed.date_done)
        return self.env._(
            "All letters that are due were already printed, on %(date)s by %(user)s: open one of"
            " them under Touched to get the file again.",
            date=moment.strftime("%Y-%m-%d %H:%M"),
            user=printed.sent_by_id.sudo().name,  # sudo: the name of a colleague is no secret
        )

    @api.model
    def _tell_refused(self, number):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": self.env._(
                    "None of the %(number)s letters may be sent now: see the reasons in the list.",
                    number=number,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.autovacuum
    def _gc_letters(self):
        """Remove files of letters after a while: they hold names and addresses of customers."""
        latest = fields.Datetime.now() - KEPT_FOR
        touches = self.search([("attachment_id", "!=", False), ("date_done", "<", latest)])
        touches.attachment_id.unlink()
