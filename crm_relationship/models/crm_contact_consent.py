from odoo import fields, models


class CrmContactConsent(models.Model):
    """What a customer agreed or objected to, by channel and purpose; rows are only added."""

    _name = "crm.contact.consent"
    _description = "Contact Consent"
    _inherit = ["crm.append.only", "crm.customer.dimension"]
    _order = "date desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        required=True, readonly=False, index=False, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="restrict",
        help="To whom the consent was given.",
    )
    channel_id = fields.Many2one(
        comodel_name="crm.contact.channel", required=True, ondelete="restrict"
    )
    purpose_id = fields.Many2one(
        comodel_name="crm.contact.purpose", required=True, ondelete="restrict"
    )
    state = fields.Selection(
        selection=[("granted", "Granted"), ("denied", "Denied"), ("withdrawn", "Withdrawn")],
        required=True,
    )
    lawful_basis = fields.Selection(
        selection=lambda self: self.env["crm.contact.purpose"]._selection_lawful_basis(),
        compute="_compute_lawful_basis",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    wording_version = fields.Char(help="Which text the customer agreed to.")
    source = fields.Selection(
        selection=[
            ("person", "Told to Staff"),
            ("paper", "On Paper"),
            ("portal", "His Own Page"),
            ("unsubscribe", "Unsubscribe Link"),
            ("blacklist", "Blacklist"),
            ("merge", "Merged Contacts"),
            ("import", "Import"),
        ],
        required=True,
        default="person",
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    valid_until = fields.Date(help="The last day on which the consent holds; empty: no end.")
    evidence = fields.Binary(attachment=True, help="Such as the signed form.")
    evidence_name = fields.Char(string="File Name")
    guardian_name = fields.Char(
        string="Guardian", help="Who agreed for a minor: a parent or whoever has the custody."
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Noted By",
        default=lambda self: self.env.user,
        ondelete="restrict",
    )

    _partner_index = models.Index(
        "(partner_id, channel_id, purpose_id, company_id, date DESC, id DESC)"
    )

    def _compute_lawful_basis(self):
        for consent in self:
            consent.lawful_basis = consent.purpose_id.lawful_basis
