from dateutil.relativedelta import relativedelta

from odoo import fields, models

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS


class CrmPlaybookRun(models.Model):
    """What a manager sees before a customer is released, kept as it was when he decided."""

    _inherit = "crm.playbook.run"

    checked_on = fields.Datetime(string="Checked", readonly=True)
    satisfaction = fields.Float(
        readonly=True,
        aggregator="avg",
        digits=(3, 2),
        help="What he said in the last twelve months, on average: from 1 (worst) to 5 (best).",
    )
    satisfaction_count = fields.Integer(string="Answers", readonly=True)
    household_count = fields.Integer(
        string="Others in the Household",
        readonly=True,
        help="Who else lives and buys with him, small children included.",
    )
    household_grade_id = fields.Many2one(
        comodel_name="crm.value.grade",
        string="Best Grade among Them",
        readonly=True,
        ondelete="restrict",
    )
    household_revenue = fields.Monetary(string="Their Revenue", readonly=True, groups=AMOUNT_GROUPS)
    household_partner_ids = fields.Many2many(
        comodel_name="res.partner",
        string="Household by Now",
        compute="_compute_household_partner_ids",
    )
    wallet_count = fields.Integer(string="Estimates of His Wallet", readonly=True)
    wallet_left = fields.Monetary(
        string="Left to Win",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="By the estimates in force, those within a wider one left out.",
    )
    standing_revenue = fields.Monetary(string="Revenue", readonly=True, groups=AMOUNT_GROUPS)
    standing_contribution = fields.Monetary(
        string="Net Contribution", readonly=True, groups=AMOUNT_GROUPS
    )

    def _compute_household_partner_ids(self):
        for run in self:
            run.household_partner_ids = run._household().partner_id - run.partner_id

    def _household(self):
        """Return the household's members beside the customer and the contacts of his firm."""
        self.ensure_one()
        customer = self.partner_id
        own = [("partner_id.commercial_partner_id", "=", customer.id)]
        members = self.env["crm.household.member"].search(own).household_id.member_ids
        return members.filtered(lambda one: one.partner_id.commercial_partner_id != customer)

    def _take_checks(self):
        """Write down what is known of the customer at this moment."""
        self.ensure_one()
        here = self.with_context(allowed_company_ids=self.company_id.ids)
        checks = {
            "checked_on": fields.Datetime.now(),
            **here._check_of_satisfaction(),
            **here._check_of_household(),
            **here._check_of_wallet(),
            **here._check_of_standing(),
        }
        # sudo: a run is written by its own steps alone, and the caller was checked
        self.sudo().write(checks)

    def _check_of_satisfaction(self):
        since = fields.Datetime.now() - relativedelta(years=1)
        [(score, count)] = self.env["crm.customer.satisfaction"]._read_group(
            [
                ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                ("date", ">=", since),
            ],
            aggregates=["score:avg", "__count"],
        )
        return {"satisfaction": score, "satisfaction_count": count}

    def _check_of_household(self):
        others = self._household()
        standings = self._standings(others.partner_id.commercial_partner_id)
        grades = standings.value_grade_id.sorted("sequence")
        return {
            "household_count": len(others),
            "household_grade_id": grades[:1].id,
            "household_revenue": sum(standings.mapped("revenue")),
        }

    def _check_of_wallet(self):
        shares = self.env["crm.wallet.share"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("is_part", "=", False),
            ]
        )
        return {"wallet_count": len(shares), "wallet_left": sum(shares.mapped("left_to_win"))}

    def _check_of_standing(self):
        standing = self._standings(self.partner_id)
        return {
            "standing_revenue": standing.revenue,
            "standing_contribution": standing.contribution,
        }

    def _standings(self, partners):
        return self.env["crm.customer.standing"].search(
            [("partner_id", "in", partners.ids), ("company_id", "=", self.company_id.id)]
        )
