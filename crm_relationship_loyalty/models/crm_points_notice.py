from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .crm_loyalty_notice import Sending


class CrmPointsNotice(models.Model):
    """What a customer is told of points that expire, once for each card and last day."""

    _name = "crm.points.notice"
    _description = "Notice of Expiring Points"
    _inherit = ["crm.loyalty.notice"]
    _order = "last_day desc, id desc"

    card_id = fields.Many2one(
        comodel_name="loyalty.card", required=True, readonly=True, ondelete="cascade", index=True
    )
    program_id = fields.Many2one(related="card_id.program_id", store=True, index=True)
    partner_id = fields.Many2one(related="card_id.partner_id", store=True)
    points = fields.Float(digits=(16, 2), readonly=True)
    points_display = fields.Char(compute="_compute_points_display")

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
    def _run(self, program):
        """Plan and send the notices of a program; return False when the time is up."""
        today = program._today()
        self._plan(program, today)
        sending = Sending(
            program.expiry_notice_template_id,
            self.env._("Expiry notice: %s", program.name),
            program.expiry_notice_days,
        )
        return self._send_planned(sending, Domain("program_id", "=", program.id), today)

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

    def _drop_needless(self):
        """Some points were spent since the notice was planned."""
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
