from odoo import api, fields, models

from .crm_customer_outlook import STATES

TOLD_STATES = ("at_risk", "lapsed", "won_back")


class CrmCustomerStateChange(models.Model):
    """One change of a customer between new, active, at risk, lapsed and won back."""

    _name = "crm.customer.state.change"
    _description = "Customer State Change"
    _inherit = ["crm.append.only", "crm.customer.dimension"]
    _order = "date desc, id desc"
    _log_access = False

    partner_id = fields.Many2one(required=True, ondelete="restrict")
    company_id = fields.Many2one(comodel_name="res.company", required=True, ondelete="restrict")
    from_state = fields.Selection(selection=STATES, string="From")
    to_state = fields.Selection(selection=STATES, string="To", required=True)
    date = fields.Date(required=True, help="The day as of which it was seen.")
    last_date = fields.Date(string="Last Purchase", required=True)
    gap_days = fields.Float(
        string="Usual Gap (Days)", required=True, digits=(16, 1), aggregator="avg"
    )
    cause = fields.Selection(
        selection=[
            ("purchases", "By what he bought"),
            ("rules", "By other rules, or seen for the first time"),
        ],
        required=True,
    )
    is_for_owner = fields.Boolean(
        string="For the Salesperson",
        help="He was told by an activity, where the customer has a salesperson.",
    )
    reason = fields.Char(compute="_compute_reason")

    _once_index = models.Index("(partner_id, company_id, to_state, last_date)")

    @api.depends("to_state", "last_date", "gap_days")
    @api.depends_context("lang")
    def _compute_reason(self):
        for change in self:
            days = (change.date - change.last_date).days
            change.reason = self.env._(
                "Last bought %(days)s days before, usually every %(gap)s days.",
                days=days,
                gap=f"{change.gap_days:g}",
            )

    @api.depends("partner_id", "to_state")
    def _compute_display_name(self):
        names = self.env["crm.customer.outlook"]._state_names()
        for change in self:
            change.display_name = f"{change.partner_id.display_name}: {names[change.to_state]}"

    def _tell_owners(self):
        """Give the salesperson of each customer one activity; it names no amount."""
        activity_type = self.env.ref(
            "crm_relationship_analytics.mail_activity_type_customer_state",
            raise_if_not_found=False,
        )
        model = self.env["ir.model"]._get("res.partner")
        activities = []
        for change in self:
            user = change.partner_id._looked_after_by()
            if not user.active or change.company_id not in user.company_ids:
                continue
            told = change.with_context(lang=user.lang)
            activities.append(
                {
                    "res_model_id": model.id,
                    "res_id": change.partner_id.id,
                    "activity_type_id": activity_type and activity_type.id,
                    "summary": told._told_summary(),
                    "note": told.reason,
                    "date_deadline": change.company_id._business_today(),
                    "user_id": user.id,
                    "automated": True,
                }
            )
        # quick update: whoever is told of hundreds gets no e-mail for each
        quiet = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        return quiet.create(activities)

    def _told_summary(self):
        self.ensure_one()
        return {
            "at_risk": self.env._("Customer at risk: he is later than usual"),
            "lapsed": self.env._("Customer lapsed: he has stayed away"),
            "won_back": self.env._("Customer won back: he bought again"),
        }[self.to_state]
