from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

MANAGER_GROUP = "crm_relationship.group_relationship_manager"
ACTIONS = [("raise", "Raise"), ("serve_cheaper", "Serve Cheaper"), ("release", "Release")]


class CrmPlaybook(models.Model):
    """What is done with customers of a grade: raise them, serve them cheaper, or release them.

    A playbook gives somebody work to do. It blocks nobody, and changes no price and no consent.
    """

    _name = "crm.playbook"
    _description = "Playbook"
    _inherit = ["mail.thread", "crm.audience"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    action = fields.Selection(
        selection=ACTIONS,
        default="raise",
        required=True,
        tracking=True,
        help="Raise: win more of what he spends. Serve cheaper: keep him at a lower cost. Release:"
        " no longer look after him, which a manager must approve.",
    )
    value_grade_ids = fields.Many2many(
        comodel_name="crm.value.grade",
        string="For Grades",
        check_company=True,
        help="Empty: for customers of any grade, and for those without one.",
    )
    audience = fields.Char(
        string="And only for", help="A condition on the contact, beside the grade."
    )
    steps = fields.Html(translate=True, help="What is to be done, for whom the activity is.")
    activity_type_id = fields.Many2one(
        comodel_name="mail.activity.type",
        required=True,
        default=lambda self: self.env.ref("mail.mail_activity_data_todo", False),
        domain="[('res_model', 'in', (False, 'res.partner'))]",
        ondelete="restrict",
    )
    days = fields.Integer(
        string="Days to Do It", default=14, required=True, help="From the day it is started on."
    )
    run_ids = fields.One2many(comodel_name="crm.playbook.run", inverse_name="playbook_id")
    open_run_count = fields.Integer(string="Open", compute="_compute_open_run_count")

    _days_range = models.Constraint(
        "CHECK (days BETWEEN 0 AND 365)", "A playbook takes 0 to 365 days: correct the number."
    )

    def _compute_open_run_count(self):
        count_by_playbook = dict(
            self.env["crm.playbook.run"]._read_group(
                [("playbook_id", "in", self.ids), ("is_open", "=", True)],
                ["playbook_id"],
                ["__count"],
            )
        )
        for playbook in self:
            playbook.open_run_count = count_by_playbook.get(playbook, 0)

    @api.depends("audience", "company_id", "value_grade_ids")
    def _compute_audience_count(self):
        return super()._compute_audience_count()

    def action_propose(self):
        """Propose the playbook for all whom it fits; who has it open already keeps that."""
        self.ensure_one()
        if not self.env.user.has_group(MANAGER_GROUP):
            raise AccessError(
                self.env._("Only a manager proposes a playbook for all customers: ask one.")
            )
        self._enrol("proposed")
        return self.action_view_runs()

    def action_view_runs(self):
        """Open for whom the playbook was proposed, and what became of it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_analytics.crm_playbook_run_action"
        )
        return action | {
            "domain": [("playbook_id", "=", self.id)],
            "context": {"search_default_open": 1},
        }

    def _audience_domain(self):
        """Return whom the playbook fits: customers with a standing, of its grades."""
        standing = Domain("company_id", "=", self.company_id.id)
        if self.value_grade_ids:
            standing &= Domain("value_grade_id", "in", self.value_grade_ids.ids)
        return super()._audience_domain() & Domain("standing_ids", "any", standing)

    def _start(self, partners, reason=""):
        """Begin at once with those of the customers whom it fits; a release asks for approval."""
        self.ensure_one()
        if self.action == "release":
            return self._enrol("waiting", Domain("id", "in", partners.ids), reason)
        runs = self._enrol("running", Domain("id", "in", partners.ids), reason)
        runs._give_work()
        return runs

    def _enrol(self, state, among=Domain.TRUE, reason=""):
        """Add a run for those whom it fits and who have none open, and return the added runs."""
        self.ensure_one()
        self.env.flush_all()
        customers = self._customers()._search(self._audience_domain() & among)
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_playbook_run (
                       partner_id, company_id, playbook_id, action, value_grade_id, state, reason,
                       user_id, proposed_by_id, create_uid, create_date, write_uid, write_date)
                SELECT customer.id, %(company)s, %(playbook)s, %(action)s, standing.value_grade_id,
                       %(state)s, %(reason)s, COALESCE(owner.id, %(uid)s), %(uid)s,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM res_partner customer
                  JOIN crm_customer_standing standing
                    ON standing.partner_id = customer.id AND standing.company_id = %(company)s
                  LEFT JOIN res_users owner
                    ON owner.id = customer.user_id AND owner.active
                   AND EXISTS (SELECT FROM res_company_users_rel works
                                WHERE works.user_id = owner.id AND works.cid = %(company)s)
                 WHERE customer.id IN %(customers)s
                 ORDER BY customer.id
                ON CONFLICT DO NOTHING
                RETURNING id
                """,
                company=self.company_id.id,
                playbook=self.id,
                action=self.action,
                state=state,
                reason=reason or None,
                uid=self.env.uid,
                now=self.env.cr.now(),
                customers=customers.subselect(),
            )
        )
        self.env["crm.playbook.run"].invalidate_model(flush=False)
        self.invalidate_recordset(["run_ids", "open_run_count"], flush=False)
        return self.env["crm.playbook.run"].browse(run_id for (run_id,) in rows)
