from odoo import api, fields, models


class CrmPartnerMerge(models.Model):
    """That a contact was merged into another, and what moved with him."""

    _name = "crm.partner.merge"
    _description = "Merged Contact"
    _inherit = ["crm.append.only"]
    _order = "id desc"
    _rec_name = "merged_name"

    survivor_id = fields.Many2one(
        comodel_name="res.partner",
        string="Merged Into",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    merged_name = fields.Char(string="Merged Contact", readonly=True)
    merged_numbers = fields.Char(string="Member Numbers", readonly=True)
    merged_id = fields.Integer(
        string="Former ID", readonly=True, aggregator=None, help="The contact's ID before."
    )
    line_ids = fields.One2many(
        comodel_name="crm.partner.merge.line", inverse_name="merge_id", string="What Moved"
    )
    moved_count = fields.Integer(string="Moved", compute="_compute_moved_count")

    @api.depends("line_ids.moved")
    def _compute_moved_count(self):
        moved = dict(
            self.env["crm.partner.merge.line"]._read_group(
                [("merge_id", "in", self.ids)], ["merge_id"], ["moved:sum"]
            )
        )
        for merge in self:
            merge.moved_count = moved.get(merge, 0)
