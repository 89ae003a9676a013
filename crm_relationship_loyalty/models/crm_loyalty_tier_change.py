from odoo import api, fields, models

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS


class CrmLoyaltyTierChange(models.Model):
    """One move of a customer from one tier to another; rows are only added.

    Documents that are dated back, or changed later, do not alter what is noted: a correction is
    added, dated like the last entry, and the rest follows from there.
    """

    _name = "crm.loyalty.tier.change"
    _description = "Loyalty Tier Change"
    _inherit = ["crm.append.only", "crm.customer.dimension"]
    _order = "date desc, id desc"
    _log_access = False  # a rule has no author; of a tier by hand, `user_id` is

    partner_id = fields.Many2one(required=True, ondelete="restrict")
    ladder_id = fields.Many2one(
        comodel_name="crm.loyalty.ladder", required=True, ondelete="restrict"
    )
    company_id = fields.Many2one(comodel_name="res.company", required=True, ondelete="restrict")
    currency_id = fields.Many2one(related="company_id.currency_id")
    from_tier_id = fields.Many2one(comodel_name="crm.loyalty.tier", ondelete="restrict")
    to_tier_id = fields.Many2one(comodel_name="crm.loyalty.tier", ondelete="restrict")
    date = fields.Date(required=True, help="The first day of the new tier.")
    method = fields.Selection(
        selection=[
            ("upgrade", "Value reached"),
            ("downgrade", "Value not reached any more"),
            ("manual", "By hand"),
            ("correction", "Documents changed later"),
            ("replaced", "New rules"),
        ],
        required=True,
    )
    note = fields.Char(help="Of a tier by hand: why it was given, as it was typed.")
    reason = fields.Char(
        compute="_compute_reason", help="Why the customer moved, in the reader's language."
    )
    value = fields.Monetary(
        groups=AMOUNT_GROUPS, help="The qualifying value of that day, in its window."
    )
    is_entry = fields.Boolean(
        string="First Entry",
        help="The customer was never this high before: what greets him on a tier is due once.",
    )
    user_id = fields.Many2one(
        comodel_name="res.users", string="By", ondelete="restrict", help="Who gave it by hand."
    )
    res_model = fields.Char(string="Document Model")
    res_id = fields.Many2oneReference(string="Document", model_field="res_model", aggregator=None)

    _place_index = models.Index("(ladder_id, partner_id, date DESC, id DESC)")

    @api.depends("note", "method")
    @api.depends_context("lang")
    def _compute_reason(self):
        sentences = self._reasons()
        for change in self:
            change.reason = change.note or sentences.get(change.method, False)

    @api.model
    def _reasons(self):
        """Return ``{method: sentence}`` in the reader's language.

        They name no amount, as also those read them who must not see any.
        """
        return {
            "upgrade": self.env._("The value that the tier begins at was reached."),
            "downgrade": self.env._("The value that keeps the tier is not reached any more."),
            "manual": self.env._("The tier by hand has ended."),
            "correction": self.env._("Documents of days gone by were added or changed."),
            "replaced": self.env._("New rules took the place of the old ones."),
        }

    def action_open_document(self):
        """Open the document that moved the customer."""
        self.ensure_one()
        return self.res_id and self.env[self.res_model].browse(self.res_id).get_formview_action()
