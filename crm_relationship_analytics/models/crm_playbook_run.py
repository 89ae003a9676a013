from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .crm_playbook import ACTIONS, MANAGER_GROUP

OPEN = ("proposed", "waiting", "running")


class CrmPlaybookRun(models.Model):
    """A playbook with one customer: who proposed it, who decided, and what became of it.

    Nobody writes it but by its own steps. Whatever its state, the customer can order and be
    contacted as before.
    """

    _name = "crm.playbook.run"
    _description = "Playbook with a Customer"
    _inherit = ["crm.customer.dimension"]
    _order = "id desc"
    _rec_name = "playbook_id"
    _check_company_auto = True

    partner_id = fields.Many2one(required=True, ondelete="cascade")
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    playbook_id = fields.Many2one(
        comodel_name="crm.playbook",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    action = fields.Selection(selection=ACTIONS, required=True, readonly=True)
    value_grade_id = fields.Many2one(
        comodel_name="crm.value.grade",
        string="Grade Then",
        readonly=True,
        ondelete="restrict",
        help="The grade that the customer had when the playbook was proposed.",
    )
    state = fields.Selection(
        selection=[
            ("proposed", "Proposed"),
            ("waiting", "Waiting for Approval"),
            ("running", "Running"),
            ("done", "Done"),
            ("refused", "Refused"),
        ],
        required=True,
        readonly=True,
    )
    is_open = fields.Boolean(compute="_compute_is_open", search="_search_is_open")
    user_id = fields.Many2one(
        comodel_name="res.users", string="Responsible", readonly=True, ondelete="restrict"
    )
    reason = fields.Text(readonly=True, help="Why the customer is to be released.")
    proposed_by_id = fields.Many2one(
        comodel_name="res.users", string="Proposed by", readonly=True, ondelete="restrict"
    )
    decided_by_id = fields.Many2one(
        comodel_name="res.users", string="Decided by", readonly=True, ondelete="restrict"
    )
    decided_on = fields.Date(readonly=True)
    decision_note = fields.Text(readonly=True)
    activity_id = fields.Many2one(
        comodel_name="mail.activity",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    deadline = fields.Date(readonly=True)
    done_on = fields.Date(readonly=True)

    _open_unique = models.UniqueIndex(
        "(playbook_id, partner_id) WHERE state IN ('proposed', 'waiting', 'running')",
        "This playbook is open with the customer already.",
    )
    _release_has_reason = models.Constraint(
        "CHECK (action <> 'release' OR state IN ('proposed', 'refused')"
        " OR COALESCE(reason, '') <> '')",
        "Say why the customer is to be released.",
    )
    _release_is_approved = models.Constraint(
        "CHECK (action <> 'release' OR state NOT IN ('running', 'done')"
        " OR decided_by_id IS NOT NULL AND decided_on IS NOT NULL)",
        "A manager must approve that a customer is released.",
    )

    @api.depends("state")
    def _compute_is_open(self):
        for run in self:
            run.is_open = run.state in OPEN

    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = {True: Domain("state", "in", OPEN), False: Domain("state", "not in", OPEN)}
        return Domain.OR(domains[bool(one)] for one in value)

    def action_start(self):
        """Begin with what was proposed; a release goes by :meth:`action_ask` instead."""
        runs = self._in_state("proposed").filtered(lambda run: run.action != "release")
        if not runs:
            raise UserError(
                self.env._("Nothing here can be started: a release must be approved first.")
            )
        runs._check_may_carry_out()
        runs._give_work()
        return True

    def action_ask(self):
        """Open the form in which a reason is given and approval is asked for."""
        return self._in_state("proposed")._releases()._action_decide("ask")

    def action_approve(self):
        """Open the form with what there is to check before a customer is released."""
        runs = self._in_state("waiting")
        runs._check_may_approve()
        for run in runs:
            run._take_checks()
        return runs._action_decide("approve")

    def action_refuse(self):
        """Open the form in which it is said why the playbook is not carried out."""
        return self._in_state("proposed", "waiting")._action_decide("refuse")

    def action_done(self):
        """Close what is running, and its activity."""
        runs = self._in_state("running")
        runs._check_may_carry_out()
        # sudo: the activity may be that of somebody else
        runs.activity_id.sudo().filtered("active").action_feedback()
        runs._finish()
        return True

    def action_view_partner(self):
        """Open the customer."""
        self.ensure_one()
        return self.partner_id.get_formview_action()

    def _in_state(self, *states):
        """Return those in some states. Raises UserError when there are none."""
        self.check_access("read")
        runs = self.filtered(lambda run: run.state in states)
        if not runs:
            raise UserError(
                self.env._("That has been decided meanwhile, or is not due yet: reload the page.")
            )
        return runs

    def _releases(self):
        runs = self.filtered(lambda run: run.action == "release")
        if not runs:
            raise UserError(self.env._("Only a release needs approval: start the others."))
        return runs

    def _action_decide(self, decision):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_analytics.crm_playbook_decision_action"
        )
        return action | {
            "context": {"default_decision": decision, "default_run_ids": self.ids},
        }

    def _check_may_carry_out(self):
        if not self.env.user.has_group("crm_relationship.group_relationship_user"):
            raise AccessError(self.env._("Only users of customer relationships run playbooks."))

    def _check_may_approve(self):
        if not self.env.user.has_group(MANAGER_GROUP):
            raise AccessError(
                self.env._("Only a manager approves that a customer is released: ask one.")
            )

    def _ask(self, reason):
        self._check_may_carry_out()
        # sudo: a run is written by its own steps alone, and the caller was checked
        runs = self._in_state("proposed")._releases().sudo()
        runs.write({"state": "waiting", "reason": reason})

    def _approve(self, note):
        """Release: freeze what was checked, give the work, and note it on the customer."""
        self._check_may_approve()
        for run in self._in_state("waiting"):
            run._take_checks()
            run._decide("waiting", note)
            run._give_work()
            run._note_on_customer()

    def _refuse(self, note):
        for run in self._in_state("proposed", "waiting"):
            if run.state == "waiting":
                run._check_may_approve()
            else:
                run._check_may_carry_out()
            run._decide("refused", note)

    def _decide(self, state, note):
        # sudo: a run is written by its own steps alone, and the caller was checked
        self.sudo().write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_on": self.company_id._business_today(),
                "decision_note": note,
            }
        )

    def _give_work(self):
        """Give an activity with the steps to who is responsible for each customer."""
        values = []
        model_id = self.env["ir.model"]._get_id("res.partner")
        for playbook, runs in self.grouped("playbook_id").items():
            deadline = playbook.company_id._business_today() + timedelta(days=playbook.days)
            # sudo: a run is written by its own steps alone, and the caller was checked
            runs.sudo().write({"state": "running", "deadline": deadline})
            values += [
                {
                    "res_model_id": model_id,
                    "res_id": run.partner_id.id,
                    "activity_type_id": playbook.activity_type_id.id,
                    "summary": playbook.name,
                    "note": playbook.steps,
                    "date_deadline": deadline,
                    "user_id": run.user_id.id,
                }
                for run in runs
            ]
        # sudo: who proposes may neither write the customer nor the work of others
        activities = self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True)
        in_order = [run for runs in self.grouped("playbook_id").values() for run in runs.sudo()]
        for run, activity in zip(in_order, activities.create(values), strict=True):
            run.activity_id = activity

    def _note_on_customer(self):
        # sudo: a manager of relationships need not be able to change contacts
        self.partner_id.sudo().message_post(
            body=self.env._(
                "%(playbook)s was approved: the customer is no longer looked after. He can order"
                " and be contacted as before. Reason: %(reason)s",
                playbook=self.playbook_id.name,
                reason=self.reason,
            )
        )

    def _finish(self):
        """Have running ones done."""
        for company, runs in self.grouped("company_id").items():
            # sudo: a run is written by its own steps alone, and the caller was checked
            runs.sudo().write({"state": "done", "done_on": company._business_today()})

    @api.model
    def _close_twins(self, partners):
        """Leave one open run of each playbook to contacts who become one, the furthest of them."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_playbook_run SET state = 'refused', decision_note = %s
                 WHERE id IN (
                    SELECT id FROM (
                        SELECT id, ROW_NUMBER() OVER (
                                   PARTITION BY playbook_id
                                   ORDER BY state = 'running' DESC, state = 'waiting' DESC, id
                               ) AS place
                          FROM crm_playbook_run
                         WHERE partner_id = ANY(%s) AND state IN %s
                    ) same WHERE place > 1)
                """,
                self.env._("The customer was merged with another who had the same playbook."),
                partners.ids,
                OPEN,
            )
        )
        self.invalidate_model(flush=False)
