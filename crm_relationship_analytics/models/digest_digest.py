from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS, RELATIONSHIP_GROUP

from ..report.crm_customer_fact import CONTRIBUTION_KINDS, SERVICE_KINDS


class DigestDigest(models.Model):
    """What customers bring, cost and how they are kept, in the mail that managers get.

    Amounts and orders are those of whole days of the company: the last one is the day before the
    mail, since that of the mail has only begun.
    """

    _inherit = "digest.digest"

    kpi_net_contribution = fields.Boolean(string="Net Contribution")
    kpi_net_contribution_value = fields.Monetary(compute="_compute_kpi_net_contribution_value")
    kpi_cost_to_serve = fields.Boolean(string="Cost to Serve per Order")
    kpi_cost_to_serve_value = fields.Monetary(compute="_compute_kpi_cost_to_serve_value")
    kpi_first_answer = fields.Boolean(string="First Answer to Cases (Hours)")
    kpi_first_answer_value = fields.Float(digits=(16, 2), compute="_compute_kpi_first_answer_value")
    kpi_retention = fields.Boolean(string="12-Month Retention (%)")
    kpi_retention_value = fields.Float(digits=(16, 2), compute="_compute_kpi_retention_value")

    def _compute_kpi_net_contribution_value(self):
        for digest, company in self._companies_shown_to(AMOUNT_GROUPS):
            amount, _count = digest._facts_of_days(company, CONTRIBUTION_KINDS)
            digest.kpi_net_contribution_value = amount

    def _compute_kpi_cost_to_serve_value(self):
        for digest, company in self._companies_shown_to(AMOUNT_GROUPS):
            cost, _count = digest._facts_of_days(company, SERVICE_KINDS)
            _amount, orders = digest._facts_of_days(company, ["order"])
            digest.kpi_cost_to_serve_value = orders and -cost / orders

    def _compute_kpi_first_answer_value(self):
        start, end = self._moments()
        for digest, company in self._companies_shown_to(RELATIONSHIP_GROUP):
            hours = self.env["crm.case"]._hours_to_first_answer(company, start, end)
            digest.kpi_first_answer_value = hours

    def _compute_kpi_retention_value(self):
        for digest, company in self._companies_shown_to(RELATIONSHIP_GROUP):
            _first, last = digest._whole_days(company)
            kept = self.env["crm.customer.cohort"]._retention(company, last)
            digest.kpi_retention_value = 100 * (kept.rate or 0)

    def _compute_kpis_actions(self, company, user):
        menu = self.env.ref("crm_relationship.crm_relationship_menu_root").id
        actions = {
            "kpi_net_contribution": "crm_relationship_analytics.crm_contribution_action",
            "kpi_cost_to_serve": "crm_relationship_analytics.crm_cost_to_serve_action",
            "kpi_first_answer": "crm_relationship.crm_case_action_analysis",
            "kpi_retention": "crm_relationship_analytics.crm_cohort_retention_action",
        }
        return super()._compute_kpis_actions(company, user) | {
            name: f"{action}?menu_id={menu}" for name, action in actions.items()
        }

    def _companies_shown_to(self, groups):
        """Return each digest with its company.

        :raise AccessError: when the reader must not see the figure, which leaves it out of his mail
        """
        pairs = [(digest, digest.company_id or self.env.company) for digest in self]
        is_theirs = all(company in self.env.user.company_ids for _digest, company in pairs)
        if not (is_theirs and self.env.user.has_groups(groups)):
            raise AccessError(self.env._("This figure is not for your digest."))
        return pairs

    def _facts_of_days(self, company, kinds):
        """Return the sum and the number of a company's facts in the whole days of the digest."""
        first, last = self._whole_days(company)
        Fact = self.env["crm.customer.fact"].with_context(allowed_company_ids=company.ids)
        [row] = Fact._read_group(
            [
                ("company_id", "=", company.id),
                ("kind", "in", kinds),
                ("date", ">=", first),
                ("date", "<=", last),
            ],
            [],
            ["amount:sum", "__count"],
        )
        return row

    def _whole_days(self, company):
        """Return the first and the last day of the company that lie in the digest's time."""
        first, after = map(company._business_day, self._moments())
        return first, after - timedelta(days=1)

    def _moments(self):
        """Return when the digest's time begins and ends; without one it is the last 24 hours."""
        start, end, _companies = self._get_kpi_compute_parameters()
        end = fields.Datetime.to_datetime(end) or fields.Datetime.now()
        return fields.Datetime.to_datetime(start) or end - timedelta(days=1), end
