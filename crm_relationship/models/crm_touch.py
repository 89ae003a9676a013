from odoo import api, fields, models
from odoo.exceptions import UserError

# Of two rows that say the same of one person, the one that has come further counts.
PROGRESS = (
    "planned",
    "held_out",
    "refused",
    "failed",
    "skipped",
    "sending",
    "unknown",
    "sent",
    "answered",
)


class CrmTouch(models.Model):
    """One step of a plan, or one occasion in one year, to one customer: sent once at most."""

    _name = "crm.touch"
    _description = "Touch"
    _inherit = ["crm.customer.dimension"]
    _order = "date_planned desc, id desc"

    partner_id = fields.Many2one(required=True, ondelete="cascade")
    step_id = fields.Many2one(
        comodel_name="crm.touch.step", readonly=True, index=True, ondelete="restrict"
    )
    plan_id = fields.Many2one(
        comodel_name="crm.touch.plan", readonly=True, index=True, ondelete="restrict"
    )
    occasion_id = fields.Many2one(
        comodel_name="crm.occasion", readonly=True, index=True, ondelete="restrict"
    )
    year = fields.Integer(
        readonly=True, aggregator=None, help="In which the occasion is celebrated."
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    channel_id = fields.Many2one(
        comodel_name="crm.contact.channel", required=True, readonly=True, ondelete="restrict"
    )
    state = fields.Selection(
        selection=[
            ("planned", "Planned"),
            ("held_out", "Held Out"),
            ("sending", "Being Sent"),
            ("sent", "Sent"),
            ("answered", "Answered"),
            ("refused", "Refused"),
            ("skipped", "Not Needed"),
            ("failed", "Failed"),
            ("unknown", "Unknown"),
        ],
        required=True,
        readonly=True,
        default="planned",
        help="Unknown: the job was broken off while it sent; look whether the customer has it.",
    )
    reason = fields.Char(readonly=True, help="Why it was not sent, or not yet.")
    date_planned = fields.Datetime(string="Planned for", required=True, readonly=True)
    next_try = fields.Datetime(required=True, readonly=True)
    date_done = fields.Datetime(string="Done on", readonly=True)
    sent_by_id = fields.Many2one(
        comodel_name="res.users", string="Printed by", readonly=True, ondelete="set null"
    )
    answer = fields.Selection(
        selection=[
            ("reply", "Reply"),
            ("contact", "Turned to Us"),
            ("call", "Call"),
            ("order", "Order"),
            ("click", "Click"),
        ],
        readonly=True,
    )
    date_answered = fields.Datetime(string="Answered on", readonly=True)
    wants_again = fields.Boolean(
        string="Asked for Again", readonly=True, help="The caller asks for the next step."
    )
    mail_mail_id = fields.Many2one(
        comodel_name="mail.mail",
        string="E-mail",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    sms_id = fields.Many2one(
        comodel_name="sms.sms",
        string="SMS",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    activity_id = fields.Many2one(
        comodel_name="mail.activity",
        string="Call",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The call that is to be made.",
    )
    attachment_id = fields.Many2one(
        comodel_name="ir.attachment",
        string="Letters",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The file that it was printed in.",
    )
    value_grade_id = fields.Many2one(related="partner_id.value_grade_id")

    _once = models.Constraint(
        "UNIQUE (step_id, partner_id)", "A customer gets each step of a plan once."
    )
    _once_a_year = models.Constraint(
        "UNIQUE (occasion_id, partner_id, year)", "A customer gets each occasion once a year."
    )
    _one_origin = models.Constraint(
        "CHECK ((step_id IS NULL) = (plan_id IS NULL)"
        " AND (step_id IS NULL) <> (occasion_id IS NULL))",
        "A touch belongs to a step of a plan, or to an occasion.",
    )
    _planned_index = models.Index("(next_try, id) WHERE state = 'planned'")
    _sent_index = models.Index("(date_done) WHERE state IN ('sending', 'sent')")

    @api.depends("step_id", "plan_id", "occasion_id")
    def _compute_display_name(self):
        for touch in self:
            touch.display_name = touch._subject()

    def action_ask_again(self):
        """Ask for the next step, as the customer wants to have it sent again."""
        self.check_access("read")
        for touch in self:
            if touch.state not in ("sent", "answered"):
                raise UserError(
                    self.env._("Only what was sent can be asked for again: open such a touch.")
                )
        self.sudo().wants_again = True  # sudo: users write touches by this button only
        return True

    def action_plan_again(self):
        """Have sent what failed, or of which somebody found out that the customer has it not."""
        self._check_is_manager()
        for touch in self:
            if touch.state not in ("failed", "unknown"):
                raise UserError(self.env._("Only what failed or is unknown can be planned again."))
        self.plan_id._check_not_ended()
        now = fields.Datetime.now()
        # sudo: managers write touches by this button only
        self.sudo().write(
            {"state": "planned", "reason": False, "date_planned": now, "next_try": now}
        )
        return True

    def action_mark_sent(self):
        """Count what is unknown as sent, as somebody found out that the customer has it."""
        self._check_is_manager()
        for touch in self:
            if touch.state != "unknown":
                raise UserError(self.env._("Only what is unknown can be marked as sent."))
        touches = self.sudo()  # sudo: managers write touches by this button only
        touches.write({"state": "sent", "reason": False})
        touches._log_interactions()
        return True

    def action_open_letters(self):
        """Open the file that the letter was printed in."""
        self.ensure_one()
        self.check_access("read")
        if not self.attachment_id:
            raise UserError(self.env._("The file of this letter was removed after a while."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}?download=true",
            "target": "download",
        }

    def _check_is_manager(self):
        self.check_access("read")
        if not self.env.user.has_group("crm_relationship.group_relationship_manager"):
            raise UserError(
                self.env._("Only a manager of customer relationships decides that: ask one.")
            )

    def _outreach(self):
        """Return the plan or the occasion."""
        return self.plan_id or self.occasion_id

    def _message(self):
        """Return what is sent: the step, or the occasion."""
        return self.step_id or self.occasion_id

    def _subject(self):
        if self.occasion_id:
            return f"{self.occasion_id.name} {self.year}"
        return f"{self.plan_id.name}: {self.step_id.name}"

    def _skip(self, reason):
        self.write({"state": "skipped", "reason": reason, "date_done": fields.Datetime.now()})

    @api.model
    def _hand_over(self, src_partners, dst_partner):
        """Keep of merged contacts one touch a step and a year, the one that has come furthest."""
        # sudo: touches of all companies move, whoever merges
        touches = self.sudo().search([("partner_id", "in", (dst_partner | src_partners).ids)])
        for same in touches.grouped(lambda one: (one._message(), one.year)).values():
            kept = same.sorted(lambda one: (PROGRESS.index(one.state), -one.id))[-1:]
            (same - kept).unlink()
            kept.partner_id = dst_partner
