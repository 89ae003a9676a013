from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

BATCH = 1000
STATES_BY_KIND = {
    "held_out": ("held_out",),
    "touched": ("sent", "answered"),
    "answered": ("answered",),
    "refused": ("refused",),
    "attention": ("failed", "unknown"),
}


class CrmOutreach(models.AbstractModel):
    """What turns to customers unasked: for which purpose, and who answers for it."""

    _name = "crm.outreach"
    _description = "Outreach"
    _inherit = ["mail.thread"]
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    purpose_id = fields.Many2one(
        comodel_name="crm.contact.purpose",
        required=True,
        ondelete="restrict",
        tracking=True,
        help="What the customer must have agreed to.",
    )
    campaign_id = fields.Many2one(comodel_name="utm.campaign", ondelete="set null")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Caller",
        ondelete="set null",
        check_company=True,
        domain="[('share', '=', False)]",
        tracking=True,
        help="Who makes the calls. Empty: each customer's salesperson.",
    )
    retry_days = fields.Integer(
        string="Try Again for (Days)",
        default=7,
        required=True,
        tracking=True,
        help="A customer who may not be contacted now, because of the hour or because he has heard"
        " of you just before, is asked for again so long.",
    )
    held_out_count = fields.Integer(string="Held Out", compute="_compute_touch_counts")
    touched_count = fields.Integer(string="Touched", compute="_compute_touch_counts")
    answered_count = fields.Integer(string="Answered", compute="_compute_touch_counts")
    refused_count = fields.Integer(string="Refused", compute="_compute_touch_counts")
    attention_count = fields.Integer(string="To Be Looked At", compute="_compute_touch_counts")
    letter_count = fields.Integer(string="Letters to Print", compute="_compute_letter_count")

    _retry_range = models.Constraint(
        "CHECK (retry_days BETWEEN 0 AND 90)",
        "A contact is tried again for 0 to 90 days: correct the number.",
    )

    def _compute_touch_counts(self):
        name = self._touch_field()
        groups = self.env["crm.touch"]._read_group(
            [(name, "in", self.ids)], [name, "state"], ["__count"]
        )
        counts = {(outreach.id, state): count for outreach, state, count in groups}
        for outreach in self:
            for kind, states in STATES_BY_KIND.items():
                outreach[f"{kind}_count"] = sum(
                    counts.get((outreach.id, state), 0) for state in states
                )

    def _compute_letter_count(self):
        for outreach in self:
            outreach.letter_count = self.env["crm.touch"].search_count(outreach._letters_due())

    def action_open_held_out(self):
        """Open those who are left alone, to compare with."""
        return self._open_touches("held_out", self.env._("Held Out"))

    def action_open_touched(self):
        """Open what was sent."""
        return self._open_touches("touched", self.env._("Touched"))

    def action_open_answered(self):
        """Open what was answered."""
        return self._open_touches("answered", self.env._("Answered"))

    def action_open_refused(self):
        """Open what was not allowed."""
        return self._open_touches("refused", self.env._("Refused"))

    def action_open_attention(self):
        """Open what failed, or of which nobody knows whether it was sent."""
        return self._open_touches("attention", self.env._("To Be Looked At"))

    def action_print_letters(self):
        """Print all letters that are due into one file, and count them as sent."""
        self.ensure_one()
        self.check_access("read")
        self._check_under_way()
        return self.env["crm.touch"]._print_due(self)

    def _open_touches(self, kind, name):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "crm.touch",
            "view_mode": "list,kanban,form,pivot,graph",
            "domain": [(self._touch_field(), "=", self.id), ("state", "in", STATES_BY_KIND[kind])],
        }

    def _run_or_report(self):
        """Go on with the outreach; return False when the time is up.

        One that cannot go on is stopped and says so in its chatter.
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._enrol()
            return self._send_due()
        except UserError as error:
            self._stop()
            self.message_post(body=str(error))
            return True

    def _send_due(self):
        """Send what is due by now, a thousand at a time; return False when the time is up.

        What is going to be sent is committed before the first message exists: whatever ends the
        job in between, nobody gets a message twice.
        """
        job, last, now = self.env["ir.cron"], 0, fields.Datetime.now()
        Touch = self.env["crm.touch"].with_company(self.company_id)
        while touches := Touch.search(
            self._due(now) & Domain("id", ">", last), order="id", limit=BATCH
        ):
            last = touches[-1].id
            with self.env.cr.savepoint():
                taken = touches.try_lock_for_update()._take(self)
            job._commit_progress()
            taken._send_taken()
            if not job._commit_progress(len(touches)):
                return False
        return True

    def _due(self, now):
        """Return the domain of what the job sends by a moment; letters wait for who prints."""
        return self._planned_by(now) & Domain("channel_id.code", "!=", "letter")

    def _letters_due(self):
        return self._planned_by(fields.Datetime.now()) & Domain("channel_id.code", "=", "letter")

    def _planned_by(self, now):
        return (
            Domain(self._touch_field(), "=", self.id)
            & Domain("state", "=", "planned")
            & Domain("next_try", "<=", now)
        )

    def _last_try(self, touch):
        """Return the moment (UTC) until which a contact that is not allowed now is tried again."""
        return touch.date_planned + timedelta(days=self.retry_days)

    @api.model
    def _touch_field(self):
        """Return the field by which a touch leads to its outreach."""
        raise NotImplementedError

    def _check_under_way(self):
        """Raise unless customers may be turned to now."""
        raise NotImplementedError

    def _stop(self):
        """Have the outreach rest, until somebody has put it right."""
        raise NotImplementedError

    def _enrol(self):
        """Plan touches for who should have one by now, and has none."""
        raise NotImplementedError
