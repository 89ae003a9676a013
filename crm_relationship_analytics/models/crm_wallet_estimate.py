from math import isfinite

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmWalletEstimate(models.Model):
    """What a customer is thought to spend in a year, with whomever he buys, and how we know.

    Estimates are only added: of a customer, company and category the one of the latest day counts,
    and of that day the last that was entered. What he told is no amount of ours, so that whoever
    serves him enters and reads it.
    """

    _name = "crm.wallet.estimate"
    _description = "Wallet Estimate"
    _inherit = ["crm.append.only", "crm.customer.dimension"]
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        required=True, readonly=False, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    category_id = fields.Many2one(
        comodel_name="product.category",
        string="Product Category",
        index=True,
        ondelete="restrict",
        help="With all categories below it. Empty: everything that he could buy from us.",
    )
    amount = fields.Monetary(
        string="Yearly Spend",
        required=True,
        aggregator=None,
        help="Of twelve months, without taxes, with all suppliers together, ours included.",
    )
    date = fields.Date(
        string="As of",
        required=True,
        default=lambda self: self.env.company._business_today(),
        help="The day on which this was known.",
    )
    source = fields.Selection(
        selection=[
            ("customer", "Customer Said So"),
            ("survey", "Survey"),
            ("public", "Public Report"),
            ("industry", "Industry Figure"),
            ("staff", "Estimate by Staff"),
        ],
        default="staff",
        required=True,
    )
    confidence = fields.Selection(
        selection=[("low", "Low"), ("medium", "Medium"), ("high", "High")],
        default="medium",
        required=True,
        help="How sure we are. It is shown and can be filtered by; it does not change the amount.",
    )
    note = fields.Char(help="Where exactly it comes from, such as a page or a conversation.")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Entered by",
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )
    is_in_force = fields.Boolean(
        string="In Force",
        compute="_compute_is_in_force",
        help="No later estimate of the same customer and category has taken its place.",
    )

    _amount_range = models.Constraint(
        "CHECK (amount > 0 AND amount <= 1000000000000)",
        "The yearly spend lies above 0 and not above a million millions: correct the amount.",
    )
    _customer_index = models.Index("(partner_id, company_id, date DESC, id DESC)")

    @api.depends("partner_id", "company_id", "category_id", "date")
    def _compute_is_in_force(self):
        everything = self.search([("partner_id", "in", self.partner_id.ids)])
        newest = {estimate._subject(): estimate for estimate in reversed(everything)}
        for estimate in self:
            estimate.is_in_force = newest.get(estimate._subject()) == estimate._origin

    @api.constrains("date")
    def _check_date(self):
        for estimate in self:
            if estimate.date > estimate.company_id._business_today():
                raise ValidationError(
                    self.env._("An estimate is of today or earlier: correct its day.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Note the estimates for the firm that a contact belongs to, by whoever enters them."""
        partners = self.env["res.partner"]
        for vals in vals_list:
            partner = partners.browse(vals.get("partner_id"))
            self._check_is_number(vals.get("amount"))
            vals |= {"partner_id": partner.commercial_partner_id.id, "user_id": self.env.uid}
        return super().create(vals_list)

    @api.model
    def _check_is_number(self, amount):
        """Refuse what no currency can round, and the database would not be asked about."""
        if isinstance(amount, float) and not isfinite(amount):
            raise ValidationError(self.env._("The yearly spend is no number: correct it."))

    def _subject(self):
        """Return what an estimate is about; of the same subject, only the newest counts."""
        return self.partner_id, self.company_id, self.category_id
