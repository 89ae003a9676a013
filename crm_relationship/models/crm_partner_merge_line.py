from odoo import fields, models


class CrmPartnerMergeLine(models.Model):
    """How many records of one kind moved when contacts were merged."""

    _name = "crm.partner.merge.line"
    _description = "Records of a Merged Contact"
    _inherit = ["crm.append.only"]
    _order = "merge_id, moved desc, id"
    _rec_name = "kind"

    merge_id = fields.Many2one(
        comodel_name="crm.partner.merge",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    kind = fields.Char(string="What", required=True, readonly=True)
    moved = fields.Integer(readonly=True, help="Records that lead to the survivor now.")
    folded = fields.Integer(
        readonly=True, help="Records that the survivor had already, and that became one with his."
    )
