from odoo import fields, models
from odoo.exceptions import UserError, ValidationError


class CrmMemberNumberReplacement(models.TransientModel):
    """Take a member number out of use, for a reason, and give the customer another one."""

    _name = "crm.member.number.replacement"
    _description = "Replace Member Number"

    number_id = fields.Many2one(
        comodel_name="crm.member.number", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="number_id.partner_id")
    kind = fields.Selection(
        selection=[("replaced", "Replace"), ("lost", "Report lost")],
        string="What Happened",
        default="replaced",
        required=True,
    )
    reason = fields.Char(required=True)
    issue_new = fields.Boolean(string="Give a New Number", default=True)
    new_number = fields.Char(help="Empty: the next number of the scheme.")

    def action_apply(self):
        """End the number and give the new one, both or nothing."""
        self.ensure_one()
        self.env["crm.member.number"].check_access("create")
        self.partner_id.check_access("read")
        number = self.number_id
        if number.state != "active":
            raise UserError(
                self.env._(
                    "%(number)s is not in use any more: open the customer again.",
                    number=number.display_name,
                )
            )
        if not self.reason.strip():
            raise ValidationError(self.env._("Say why the number goes out of use."))
        number._retire(self.kind, self.reason.strip())
        if self.kind == "replaced" or self.issue_new:
            self._give_new_number()
        return {"type": "ir.actions.act_window_close"}

    def _give_new_number(self):
        partner, scheme = self.partner_id, self.number_id.scheme_id
        if self.new_number and self.new_number.strip():
            self.env["crm.member.number"].create(
                {"number": self.new_number, "scheme_id": scheme.id, "partner_id": partner.id}
            )
        else:
            scheme._issue_to(partner)
        partner.invalidate_recordset(["member_number", "member_since"], flush=False)
