from odoo import api, fields, models

from ..logic.journey import CONTACT, LEAD, MEMBER, ORDER, PAYMENT, QUOTATION, REPEAT, TIER
from .crm_customer_journey_statement import JourneyScope, JourneyStatement, JourneyWritten


class CrmCustomerJourney(models.Model):
    """How far a customer, or a prospect who is no contact yet, has come with a company, and when.

    One row per commercial customer and company. A lead without a contact is a row of its own; when
    it gets one, both are one row from then on. What counts is dated up to the day that the company
    grades as of, in the company's time zone. The first day of each stage:

    - *First contact*: the earliest of everything below, of logged interactions, and of e-mails that
      he wrote about a lead, an order or a case.
    - *Lead*: a lead or opportunity came in. A lead of no company counts for every company.
    - *Quotation*: an order was drawn up, whatever became of it.
    - *Order*: an order was placed that is confirmed; of a customer without any, his first posted
      invoice.
    - *Payment*: an invoice was paid to the last baht; a part paid, or a credit note, is no payment.
    - *Repeat*: he bought on another day again; orders of one day are one purchase.
    - *Member*: he got his first member number.
    - *Tier*: he reached his first loyalty tier, where loyalty is installed.

    A stage may be left out (an order without a lead) and may come before an earlier one (a member
    before his first order). The days of a stage are counted from the latest of the stages before it
    in this list that he had reached by then.

    The table is a copy, written each night by one statement from the documents. No user writes it,
    so there are no columns for who did.
    """

    _name = "crm.customer.journey"
    _description = "Customer Journey"
    _inherit = ["crm.customer.dimension", "crm.company.job"]
    _order = "last_date desc, id desc"
    _log_access = False

    partner_id = fields.Many2one(ondelete="cascade", index="btree_not_null")
    lead_id = fields.Many2one(
        comodel_name="crm.lead",
        string="First Lead",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    subject_id = fields.Integer(
        readonly=True,
        required=True,
        aggregator=None,
        help="The customer's id; of a prospect that of his lead, negative.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(
        selection=[("open", "On the way"), ("customer", "Has bought"), ("lost", "Dropped")],
        readonly=True,
        help="Dropped: he has not bought, and all of his leads are lost and all of his quotations"
        " cancelled or expired.",
    )
    stage = fields.Selection(
        selection="_selection_stage",
        string="Furthest Stage",
        readonly=True,
        help="The last of the stages that he has reached.",
    )
    last_date = fields.Date(
        string="Last Milestone", readonly=True, help="The newest of the days of the stages."
    )
    contact_date = fields.Date(string="First Contact", readonly=True)
    lead_date = fields.Date(string="Lead", readonly=True)
    quotation_date = fields.Date(string="Quotation", readonly=True)
    order_date = fields.Date(string="Order", readonly=True)
    payment_date = fields.Date(string="Payment", readonly=True)
    repeat_date = fields.Date(string="Repeat", readonly=True)
    member_date = fields.Date(string="Member", readonly=True)
    tier_date = fields.Date(string="Tier", readonly=True)
    lead_days = fields.Integer(string="Days to Lead", readonly=True, aggregator="avg")
    quotation_days = fields.Integer(string="Days to Quotation", readonly=True, aggregator="avg")
    order_days = fields.Integer(string="Days to Order", readonly=True, aggregator="avg")
    payment_days = fields.Integer(string="Days to Payment", readonly=True, aggregator="avg")
    repeat_days = fields.Integer(string="Days to Repeat", readonly=True, aggregator="avg")
    member_days = fields.Integer(string="Days to Member", readonly=True, aggregator="avg")
    tier_days = fields.Integer(string="Days to Tier", readonly=True, aggregator="avg")
    source_id = fields.Many2one(
        comodel_name="utm.source",
        readonly=True,
        index="btree_not_null",
        help="Of his first lead that has a source, medium or campaign, or else of his first order.",
    )
    medium_id = fields.Many2one(comodel_name="utm.medium", readonly=True, index="btree_not_null")
    campaign_id = fields.Many2one(
        comodel_name="utm.campaign", readonly=True, index="btree_not_null"
    )

    _company_subject_unique = models.Constraint(
        "UNIQUE (company_id, subject_id)", "A customer has one journey with each company."
    )

    @api.model
    def _selection_stage(self):
        """Return the stages; their values begin with numbers, as groups come in that order."""
        names = {
            CONTACT: self.env._("First contact"),
            LEAD: self.env._("Lead"),
            QUOTATION: self.env._("Quotation"),
            ORDER: self.env._("Order"),
            PAYMENT: self.env._("Payment"),
            REPEAT: self.env._("Repeat"),
            MEMBER: self.env._("Member"),
            TIER: self.env._("Tier"),
        }
        return list(names.items())

    @api.depends("partner_id", "lead_id")
    def _compute_display_name(self):
        for journey in self:
            # sudo: who may see the journey of a prospect sees his name
            subject = journey.partner_id or journey.sudo().lead_id
            journey.display_name = subject.display_name or self.env._("Prospect")

    def action_open_subject(self):
        """Open the customer of this journey, or the lead of a prospect."""
        self.ensure_one()
        return (self.partner_id or self.lead_id).get_formview_action()

    @api.model
    def refresh(self):
        """Bring the journeys with the current companies up to date.

        Returns ``{"written", "removed"}``, the numbers of rows; a second call writes none. Raises
        AccessError for others than managers.
        """
        self.env["crm.customer.standing"]._check_may_manage()
        total = JourneyWritten(0, 0)
        for company in self.env.companies:
            written = self._refresh_company(company)
            total = JourneyWritten(*map(sum, zip(total, written, strict=True)))
        return total._asdict()

    @api.model
    def _cron_refresh(self):
        """Bring the journeys of all companies up to date."""
        self._run_by_company(self._refresh_company)

    @api.model
    def _refresh_company(self, company, customer=None) -> JourneyWritten:
        """Write the journeys with a company that differ, of all customers or of one."""
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL jit = off")
        [row] = self.env.execute_query(self._statement(company, customer).refresh())
        self.invalidate_model(flush=False)
        self.env["crm.journey.step"].invalidate_model(flush=False)
        return JourneyWritten(*row)

    @api.model
    def _journey_of(self, customer, company):
        """Return the row of a commercial customer as of now, by one query; empty without events."""
        self.env.flush_all()
        rows = self.env.execute_query_dict(self._statement(company, customer).journeys())
        return rows[0] if rows else {}

    @api.model
    def _statement(self, company, customer=None):
        as_of = self.env["crm.value.policy"]._known_of(company)._as_of()
        scope = JourneyScope(company, as_of, customer)
        return JourneyStatement(scope, self._journey_sources(scope))
