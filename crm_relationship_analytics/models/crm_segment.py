from random import randint

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

NEWEST_MOVEMENTS = 40


class CrmSegment(models.Model):
    """Customers who meet a rule; who they are is refreshed each night, and kept for each day."""

    _name = "crm.segment"
    _description = "Segment"
    _inherit = ["mail.thread", "crm.audience"]
    _order = "name, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    color = fields.Integer(default=lambda self: randint(1, 11))
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    audience = fields.Char(
        string="Rule",
        help="Who meets it is in the segment from the next refresh on; the past stays as it was.",
    )
    audience_count = fields.Integer(string="Matching Now")
    is_frozen = fields.Boolean(
        string="Frozen",
        tracking=True,
        copy=False,
        help="Its members stay as they are: nobody comes in, nobody goes out.",
    )
    refreshed_at = fields.Datetime(string="Last Refreshed", readonly=True, copy=False)
    problem = fields.Char(readonly=True, copy=False)
    member_count = fields.Integer(string="Members", compute="_compute_member_count")
    movement_ids = fields.Many2many(
        comodel_name="crm.segment.movement",
        string="Joined and Left Lately",
        compute="_compute_movement_ids",
    )

    def _compute_member_count(self):
        counts = dict(
            self.env["crm.segment.membership"]._read_group(
                [("segment_id", "in", self.ids), ("date_to", "=", False)],
                ["segment_id"],
                ["__count"],
            )
        )
        for segment in self:
            segment.member_count = counts.get(segment._origin, 0)

    def _compute_movement_ids(self):
        for segment in self:
            segment.movement_ids = self.env["crm.segment.movement"].search(
                [("segment_id", "=", segment._origin.id)], limit=NEWEST_MOVEMENTS
            )

    @api.constrains("audience")
    def _check_not_built_on_itself(self):
        for segment in self:
            for condition in segment._stored_domain().iter_conditions():
                named = condition.value if isinstance(condition.value, list | tuple | set) else ()
                if condition.field_expr == "segment_ids" and segment.id in {
                    condition.value if isinstance(condition.value, int) else None,
                    *named,
                }:
                    raise ValidationError(
                        self.env._(
                            "%(segment)s cannot be in its own rule: freeze it to keep its members"
                            " as they are.",
                            segment=segment.name,
                        )
                    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_history(self):
        # sudo: members count also where the user may not see them
        if (
            self.env["crm.segment.membership"]
            .sudo()
            .search_count([("segment_id", "in", self.ids)], limit=1)
        ):
            raise UserError(
                self.env._(
                    "A segment that has had members is kept as their history: archive it instead."
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        segments = super().create(vals_list)
        self._have_refreshed()
        return segments

    def write(self, vals):
        if "company_id" in vals:
            self._check_company_free(vals["company_id"])
        result = super().write(vals)
        if vals.keys() & {"audience", "is_frozen", "active"}:
            self.env["res.partner"].invalidate_model(["segment_ids"])
            self._have_refreshed()
        return result

    def action_refresh(self):
        """Let customers in and out now."""
        self.check_access("write")
        for segment in self:
            if segment.is_frozen:
                raise UserError(
                    self.env._(
                        "%(segment)s is frozen, so that its members stay as they are: take that"
                        " off first.",
                        segment=segment.name,
                    )
                )
            segment._locked()._evaluate()
        return True

    def action_view_members(self):
        """Open the customers who are in the segment."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Members of %(segment)s", segment=self.name),
            "res_model": "res.partner",
            "view_mode": "list,kanban,form",
            "domain": [("segment_ids", "in", self.ids)],
            "context": {"active_test": False},
        }

    def action_view_movements(self):
        """Open who came in and went out, month by month."""
        return self._opened("crm_segment_movement_action")

    def action_view_memberships(self):
        """Open who was in from when to when."""
        return self._opened("crm_segment_membership_action")

    def action_view_overlaps(self):
        """Open how many customers it shares with each other segment."""
        return self._opened("crm_segment_overlap_action")

    def _opened(self, action):
        self.ensure_one()
        found = self.env["ir.actions.act_window"]._for_xml_id(
            f"crm_relationship_analytics.{action}"
        )
        return found | {"domain": [("segment_id", "=", self.id)], "context": {}}

    def _check_company_free(self, company_id):
        moved = self.filtered(lambda segment: segment.company_id.id != company_id)
        # sudo: members count also where the user may not see them
        members = self.env["crm.segment.membership"].sudo()
        if members.search_count([("segment_id", "in", moved.ids)], limit=1):
            raise UserError(
                self.env._(
                    "The company of a segment that has had members is fixed: copy the segment."
                )
            )

    @api.model
    def _have_refreshed(self):
        """Have the job run soon, as who is in may not be what the rules say."""
        # sudo: whoever may change a segment has it refreshed
        self.env.ref("crm_relationship_analytics.ir_cron_refresh_segments").sudo()._trigger()
