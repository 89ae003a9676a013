from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


class CrmLoyaltyFloor(models.Model):
    """A tier that a manager gave by hand: for some days the customer has at least this one."""

    _name = "crm.loyalty.floor"
    _description = "Loyalty Tier by Hand"
    _order = "date_from desc, id desc"
    _rec_name = "tier_id"

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
    )
    ladder_id = fields.Many2one(
        comodel_name="crm.loyalty.ladder",
        required=True,
        ondelete="restrict",
        domain="[('state', '=', 'published'), ('is_over', '=', False)]",
    )
    company_id = fields.Many2one(related="ladder_id.company_id", store=True, precompute=True)
    tier_id = fields.Many2one(
        comodel_name="crm.loyalty.tier",
        required=True,
        ondelete="restrict",
        domain="[('ladder_id', '=', ladder_id)]",
    )
    date_from = fields.Date(string="From", readonly=True, help="The day on which it was given.")
    date_until = fields.Date(
        string="Until",
        required=True,
        help="The last day; then the tier by rule holds again.",
    )
    reason = fields.Char(required=True)
    user_id = fields.Many2one(
        comodel_name="res.users", string="By", readonly=True, ondelete="restrict"
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Give tiers from today on; the customers have them at once."""
        self.env["crm.loyalty.ladder"]._check_may_manage()
        floors = super().create([{**vals, "user_id": self.env.uid} for vals in vals_list])
        for floor in floors:
            floor._check_entries()
            holder = floor.ladder_id._holder_of(floor.partner_id)
            # sudo: nobody has the right to change what was given
            floor.sudo()._settle(
                {
                    "partner_id": holder.id,
                    "date_from": floor.company_id._business_today(),
                    "reason": floor.reason.strip(),
                }
            )
        for ladder, given in floors.grouped("ladder_id").items():
            ladder._evaluate(given.partner_id.ids)
        return floors

    def write(self, vals):  # pylint: disable=method-required-super
        """Refuse: who was given what, and why, is history."""
        raise UserError(self.env._("A tier by hand is not changed: end it, and give another one."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(self.env._("A tier by hand is not deleted: end it instead."))

    def action_give(self):
        """Close the form; the tier was given when it was saved."""
        return {"type": "ir.actions.act_window_close"}

    def _check_entries(self):
        self.partner_id.check_access("read")
        if self.ladder_id.company_id not in self.env.companies:
            raise AccessError(
                self.env._(
                    "Switch to %(company)s first.",
                    # sudo: only its name is told
                    company=self.ladder_id.sudo().company_id.display_name,
                )
            )
        if not self.ladder_id._may_give() or self.tier_id.ladder_id != self.ladder_id:
            raise ValidationError(
                self.env._("Choose a tier of the ladder, and a ladder that is in force.")
            )
        if self.date_until < self.ladder_id.company_id._business_today():
            raise ValidationError(self.env._("The tier must end today or later: take another day."))
        if not self.reason.strip():
            raise ValidationError(self.env._("Say why the customer gets this tier."))

    def _end(self):
        """Have the tiers that hold today end with yesterday."""
        for floor in self:
            yesterday = floor.company_id._business_today() - timedelta(days=1)
            if floor.date_until > yesterday:
                # sudo: nobody has the right to change what was given; the caller was checked
                floor.sudo()._settle({"date_until": yesterday})

    def _settle(self, values):
        """Write what the rules of this form allow; everything else is history."""
        return super().write(values)  # pylint: disable=super-method-mismatch
