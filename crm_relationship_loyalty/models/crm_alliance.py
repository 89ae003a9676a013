from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

RUNNING = "running"


class CrmAlliance(models.Model):
    """An agreement with a partner company: who does what for whose customers, and who pays whom."""

    _name = "crm.alliance"
    _description = "Alliance"
    _inherit = ["mail.thread", "crm.cached.rules"]
    _order = "state, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Partner Company",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('is_company', '=', True)]",
        tracking=True,
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("running", "Running"),
            ("suspended", "Suspended"),
            ("ended", "Ended"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    date_from = fields.Date(string="From", tracking=True, help="Empty: from the start on.")
    date_until = fields.Date(
        string="Until", tracking=True, help="The last day. Empty: until it is ended."
    )
    role = fields.Selection(
        selection=[
            ("offers", "Offers only"),
            ("accrual", "Customers earn our points there"),
            ("redemption", "Customers spend our points there"),
            ("both", "Customers earn and spend our points there"),
        ],
        string="What We Do Together",
        default="offers",
        required=True,
        tracking=True,
    )
    program_id = fields.Many2one(
        comodel_name="loyalty.program",
        string="Points Program",
        check_company=True,
        ondelete="restrict",
        domain="[('program_type', '=', 'loyalty')]",
        tracking=True,
        help="Whose points customers earn or spend at the partner's.",
    )
    commission_earned = fields.Float(
        string="Commission We Earn (%)",
        digits=(5, 2),
        tracking=True,
        help="Of what customers pay us for the partner's goods by an accepted offer, without taxes:"
        " the partner owes it to us.",
    )
    commission_paid = fields.Float(
        string="Commission We Pay (%)",
        digits=(5, 2),
        tracking=True,
        help="Of what customers pay us for our goods by an offer that the partner brought, without"
        " taxes: we owe it to him.",
    )
    fee_earned = fields.Monetary(
        string="Fee We Earn",
        tracking=True,
        help="For each customer who accepts an offer that leads him to the partner: a link, a"
        " personal code, a sample of his.",
    )
    point_price = fields.Float(
        string="Price of a Point",
        digits=(16, 6),
        tracking=True,
        help="What the partner owes us for each point that customers earn at his place.",
    )
    point_reimbursement = fields.Float(
        string="Reimbursement of a Point",
        digits=(16, 6),
        tracking=True,
        help="What we owe the partner for each point that customers spend at his place.",
    )
    purpose_id = fields.Many2one(
        comodel_name="crm.contact.purpose",
        string="Consent to Share",
        ondelete="restrict",
        tracking=True,
        help="Who has agreed to this purpose is told to the partner by name; of others he gets a"
        " personal code only.",
    )
    offer_ids = fields.One2many(comodel_name="crm.alliance.offer", inverse_name="alliance_id")
    offer_count = fields.Integer(string="Offers", compute="_compute_offer_count")

    _name_company_unique = models.UniqueIndex(
        "(company_id, LOWER(name)) WHERE active", "An alliance of this name is there already."
    )
    _commission_range = models.Constraint(
        "CHECK (commission_earned BETWEEN 0 AND 100 AND commission_paid BETWEEN 0 AND 100)",
        "A commission is 0 to 100 percent: correct it.",
    )
    _price_positive = models.Constraint(
        "CHECK (fee_earned >= 0 AND point_price >= 0 AND point_reimbursement >= 0)",
        "Fees and prices of points are 0 or more: correct the amount.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_until >= date_from)", "The alliance ends before it begins: correct the dates."
    )

    def _compute_offer_count(self):
        groups = self.env["crm.alliance.offer"]._read_group(
            [("alliance_id", "in", self.ids)], ["alliance_id"], ["__count"]
        )
        counts = dict(groups)
        for alliance in self:
            alliance.offer_count = counts.get(alliance, 0)

    @api.constrains("partner_id", "company_id")
    def _check_partner(self):
        for alliance in self:
            if alliance.partner_id.commercial_partner_id == alliance.company_id.partner_id:
                raise ValidationError(
                    self.env._("An alliance is with another company: choose its contact.")
                )

    @api.constrains("role", "program_id", "state")
    def _check_program(self):
        for alliance in self.filtered(lambda one: one.state == RUNNING):
            alliance._check_can_run()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if self.filtered(lambda alliance: alliance.state != "draft"):
            raise UserError(
                self.env._("An alliance that was started is kept as evidence: archive it instead.")
            )

    def action_start(self):
        """Start alliances, or have them go on after they were suspended."""
        self.check_access("write")
        for alliance in self:
            if alliance.state == "ended":
                raise UserError(
                    self.env._("%(alliance)s has ended: copy it.", alliance=alliance.name)
                )
            alliance._check_can_run()
        self.state = RUNNING
        return True

    def action_suspend(self):
        """Make no offers of these alliances until they are started again."""
        self.check_access("write")
        self.filtered(lambda alliance: alliance.state == RUNNING).state = "suspended"
        return True

    def action_end(self):
        """End alliances for good; what is open is still settled."""
        self.check_access("write")
        self.state = "ended"
        return True

    def action_view_offers(self):
        """Open the offers made with this partner."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_loyalty.crm_alliance_offer_action"
        )
        return action | {
            "domain": [("alliance_id", "=", self.id)],
            "context": {"default_alliance_id": self.id},
        }

    def _check_can_run(self):
        self.ensure_one()
        if self.role != "offers" and not self.program_id:
            raise UserError(
                self.env._("%(alliance)s needs a program whose points count.", alliance=self.name)
            )
        if self.purpose_id and not self.purpose_id.needs_consent:
            raise UserError(
                self.env._(
                    "%(purpose)s asks for no consent: choose a purpose that customers agree to.",
                    purpose=self.purpose_id.name,
                )
            )

    def _is_in_force(self):
        """Tell whether offers of this alliance are made today; without one they are our own."""
        if not self:
            return True
        today = self.company_id._business_today()
        return (
            self.state == RUNNING
            and (not self.date_from or self.date_from <= today)
            and (not self.date_until or today <= self.date_until)
        )
