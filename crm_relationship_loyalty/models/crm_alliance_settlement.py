from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

TYPED_FIELDS = {"alliance_id", "date_from", "date_until"}


class CrmAllianceSettlement(models.Model):
    """What a partner and we owe each other for a period, and the documents made of it."""

    _name = "crm.alliance.settlement"
    _description = "Settlement"
    _inherit = ["mail.thread"]
    _order = "date_until desc, id desc"
    _check_company_auto = True

    alliance_id = fields.Many2one(
        comodel_name="crm.alliance",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="alliance_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(related="alliance_id.partner_id", string="Partner Company")
    date_from = fields.Date(
        string="From", required=True, help="The first day, where the company is."
    )
    date_until = fields.Date(
        string="Until", required=True, help="The last day, where the company is."
    )
    state = fields.Selection(
        selection=[("draft", "Draft"), ("invoiced", "Invoiced"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    line_ids = fields.One2many(
        comodel_name="crm.alliance.settlement.line",
        inverse_name="settlement_id",
        string="Sources",
        readonly=True,
    )
    group_ids = fields.One2many(
        comodel_name="crm.alliance.settlement.group",
        inverse_name="settlement_id",
        string="By Offer",
        readonly=True,
    )
    line_count = fields.Integer(string="Source Count", readonly=True, copy=False)
    late_count = fields.Integer(
        string="Late",
        readonly=True,
        copy=False,
        help="So many sources are of an earlier period and came after it was settled.",
    )
    receivable = fields.Monetary(
        string="The Partner Owes Us", readonly=True, copy=False, help="Without taxes."
    )
    payable = fields.Monetary(
        string="We Owe the Partner", readonly=True, copy=False, help="Without taxes."
    )
    drawn = fields.Monetary(
        string="Drawn from the Prepayment", readonly=True, copy=False, help="Without taxes."
    )
    invoice_id = fields.Many2one(
        comodel_name="account.move",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    bill_id = fields.Many2one(
        comodel_name="account.move",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    _period_once = models.UniqueIndex(
        "(alliance_id, date_from, date_until) WHERE state != 'cancelled'",
        "This period is settled already: open that settlement.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_until >= date_from)", "The period ends before it begins: correct the dates."
    )

    @api.depends("alliance_id", "date_from", "date_until")
    def _compute_display_name(self):
        for settlement in self:
            first, last = (
                format_date(self.env, day) for day in (settlement.date_from, settlement.date_until)
            )
            settlement.display_name = f"{settlement.alliance_id.name}, {first} – {last}"

    @api.constrains("date_until")
    def _check_date_until(self):
        for settlement in self:
            if settlement.date_until > settlement.company_id._business_today():
                raise ValidationError(
                    self.env._("The period is not over: choose an earlier last day.")
                )

    @api.constrains("alliance_id", "date_from", "date_until")
    def _check_is_draft(self):
        if self.filtered("line_count"):
            raise ValidationError(
                self.env._("The sources of this period are collected: make another settlement.")
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_typed(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_typed(vals)
        return super().write(vals)

    def _check_typed(self, vals):
        """Refuse amounts, states and documents by hand: only the buttons write them."""
        by_hand = vals.keys() & self._fields.keys() - TYPED_FIELDS
        if not self.env.su and any(self._fields[name].readonly for name in by_hand):
            raise AccessError(
                self.env._("Settlements are worked out: collect their sources instead.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_invoiced(self):
        if self.filtered(lambda settlement: settlement.state != "draft"):
            raise UserError(
                self.env._("A settlement with documents is kept as evidence: cancel it instead.")
            )

    def action_collect(self):
        """Take all sources up to the last day that were not settled yet, anew if need be."""
        self._check_may_settle()
        for settlement in self.sudo():  # sudo: sources are of documents that he need not see
            settlement._check_draft()
            settlement._hold()
            settlement.with_company(settlement.company_id)._collect()
        return True

    def action_cancel(self):
        """Cancel the documents, too, and free the sources for another settlement."""
        self._check_may_settle()
        for settlement in self:
            moves = settlement.invoice_id | settlement.bill_id
            if "posted" in moves.mapped("state"):
                raise UserError(
                    self.env._("Its documents are posted: reset them to draft, or cancel them.")
                )
            settlement._hold()
            moves.filtered(lambda move: move.state == "draft").button_cancel()
            # sudo: only these methods write sources
            settlement.sudo().line_ids.is_settled = False
            settlement.sudo().state = "cancelled"
            settlement.flush_recordset()
            settlement.sudo().alliance_id._alert_low_balance()
        return True

    def action_view_lines(self):
        """Open the sources."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_loyalty.crm_alliance_settlement_line_action"
        )
        return action | {"domain": [("settlement_id", "=", self.id)]}

    def action_view_documents(self):
        """Open the invoice and the bill."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Documents"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": list(Domain("id", "in", (self.invoice_id | self.bill_id).ids)),
        }

    def _check_may_settle(self):
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group("account.group_account_invoice"):
            raise UserError(self.env._("Only who makes invoices settles with partners."))

    def _check_draft(self):
        if self.state != "draft":
            raise UserError(self.env._("%s is settled or cancelled already.", self.display_name))

    def _hold(self):
        """Have a second run of the alliance fail with a serialization error and be tried again."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE crm_alliance SET write_date = write_date WHERE id = %s",
                self.alliance_id.id,
            ),
            log_exceptions=False,
        )
