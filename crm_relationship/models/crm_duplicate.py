import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date

from .crm_duplicate_statement import DuplicateStatement
from .res_partner import RELATIONSHIP_GROUP

_logger = logging.getLogger(__name__)

MANAGER_GROUP = "crm_relationship.group_relationship_manager"
RETRY = timedelta(minutes=1)
# What is shown of both contacts, and by what it is told that both have the same.
COMPARED_FIELDS = {
    "member_number": None,
    "email": "email_normalized",
    "phone": "phone_sanitized",
    "birthdate": "birthdate",
    "contact_address_inline": "contact_address_inline",
    "vat": "vat",
    "parent_id": "parent_id",
    "standing_order_count": None,
    "standing_last_date": None,
    "user_id": None,
    "create_date": None,
}


class CrmDuplicate(models.Model):
    """Two contacts who may be the same customer, and what somebody said about that.

    One row for each pair, written by one statement. Of a row, users write only the reason.
    """

    _name = "crm.duplicate"
    _description = "Possible Duplicate"
    _order = "score desc, id"
    _log_access = False

    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Customer", required=True, ondelete="cascade"
    )
    other_partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Same as",
        required=True,
        index=True,
        ondelete="cascade",
        help="The contact who was created later.",
    )
    score = fields.Integer(
        required=True,
        aggregator=None,
        help="The sum of the weights of the rules that hold for both, at most 100.",
    )
    kinds = fields.Char(required=True)
    reasons = fields.Char(string="Both Have the Same", compute="_compute_reasons")
    found_on = fields.Date(required=True)
    days_waiting = fields.Integer(string="Days", compute="_compute_days_waiting")
    state = fields.Selection(
        selection=[("open", "Open"), ("dismissed", "Not a Duplicate")],
        default="open",
        required=True,
    )
    dismissed_by_id = fields.Many2one(
        comodel_name="res.users", string="Dismissed by", ondelete="set null"
    )
    dismissed_at = fields.Datetime(string="Dismissed on")
    dismissal_reason = fields.Char(string="Reason")
    comparison = fields.Html(compute="_compute_comparison", sanitize=False)

    _pair_unique = models.Constraint(
        "UNIQUE (partner_id, other_partner_id)", "These two contacts are a pair already."
    )
    _pair_order = models.Constraint(
        "CHECK (partner_id < other_partner_id)", "Of a pair, the contact created first is named."
    )
    _open_index = models.Index("(score DESC, id) WHERE state = 'open'")

    @api.depends("kinds")
    @api.depends_context("lang")
    def _compute_reasons(self):
        labels = self.env["crm.duplicate.rule"]._labels()
        for duplicate in self:
            kinds = (duplicate.kinds or "").split(",")
            duplicate.reasons = ", ".join(labels.get(name, name) for name in kinds)

    @api.depends("found_on")
    def _compute_days_waiting(self):
        today = fields.Date.context_today(self)
        for duplicate in self:
            duplicate.days_waiting = (today - duplicate.found_on).days

    @api.depends("partner_id", "other_partner_id")
    @api.depends_context("lang", "tz", "company")
    def _compute_comparison(self):
        for duplicate in self:
            pair = duplicate.partner_id | duplicate.other_partner_id
            duplicate.comparison = self.env["ir.qweb"]._render(
                "crm_relationship.crm_duplicate_comparison",
                {"pair": pair, "rows": duplicate._compared(pair)},
            )

    @api.depends("partner_id.display_name", "other_partner_id.display_name")
    def _compute_display_name(self):
        for duplicate in self:
            duplicate.display_name = self.env._(
                "%(customer)s and %(other)s",
                customer=duplicate.partner_id.display_name,
                other=duplicate.other_partner_id.display_name,
            )

    def write(self, vals):
        if not self.env.su and vals.keys() - {"dismissal_reason"}:
            raise AccessError(
                self.env._(
                    "Of a possible duplicate only the reason can be written: use the buttons."
                )
            )
        return super().write(vals)

    def action_merge(self):
        """Open the form in which both contacts are merged."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("base.action_partner_merge")
        pair = self.partner_id | self.other_partner_id
        return action | {"context": {"active_model": "res.partner", "active_ids": pair.ids}}

    def action_dismiss(self):
        """Remember that these pairs are two customers each; they are not found again."""
        self._check_may_judge()
        # sudo: the state is written by this method only; the rights were checked
        self.filtered(lambda duplicate: duplicate.state == "open").sudo().write(
            {
                "state": "dismissed",
                "dismissed_by_id": self.env.uid,
                "dismissed_at": fields.Datetime.now(),
            }
        )
        return True

    def action_reopen(self):
        """Take a dismissal back: the pairs stay in the queue while a rule holds for them."""
        self._check_may_judge()
        # sudo: the state is written by this method only; the rights were checked
        self.sudo().write(
            {
                "state": "open",
                "dismissed_by_id": False,
                "dismissed_at": False,
                "dismissal_reason": False,
            }
        )
        return True

    def action_search_now(self):
        """Search for duplicates and say how many were found."""
        found = self.find_duplicates()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "New possible duplicates: %(new)s. No longer alike: %(gone)s.",
                    new=found["inserted"],
                    gone=found["deleted"],
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def find_duplicates(self):
        """Compare all contacts by the rules and bring the queue up to date.

        Returns ``{"inserted", "updated", "deleted"}``, the numbers of pairs written; a second call
        writes none. Raises AccessError for others than managers.
        """
        if not (self.env.su or self.env.user.has_group(MANAGER_GROUP)):
            raise AccessError(
                self.env._(
                    "Only a manager of customer relationships searches for duplicates: ask one, or"
                    " wait for the next night."
                )
            )
        return self._fill()

    @api.model
    def _cron_find_duplicates(self):
        """Fill the queue; where somebody is in the way, try again in a minute."""
        try:
            with self.env.cr.savepoint():
                self._fill()
        except (UserError, OperationalError) as error:
            _logger.info("Duplicates are searched again in a minute: %s", error)
            self._search_soon(fields.Datetime.now() + RETRY)

    @api.model
    def _search_soon(self, at=None):
        """Have the queue filled by the job, now or at a moment."""
        job = self.env.ref("crm_relationship.ir_cron_find_duplicates", raise_if_not_found=False)
        if job:
            # sudo: whoever imports contacts or changes a rule has the queue follow
            job.sudo()._trigger(at)

    @api.model
    def _fill(self) -> dict[str, int]:
        """Bring the queue up to date, and return how many pairs were written."""
        policy = self.env["crm.duplicate.policy"]._the_policy()
        policy._lock_for_search()
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL jit = off")
        statement = DuplicateStatement(self.env).fill(fields.Date.context_today(self))
        [(inserted, updated, deleted)] = self.env.execute_query(statement)
        self.invalidate_model(flush=False)
        policy.searched_at = self.env.cr.now()
        return {"inserted": inserted, "updated": updated, "deleted": deleted}

    def _check_may_judge(self):
        """Only users of customer relationships say who is who, of the contacts they may see."""
        if not self.env.user.has_group(RELATIONSHIP_GROUP):
            raise AccessError(
                self.env._("Only users of customer relationships judge duplicates: ask one.")
            )
        self.check_access("write")

    def _compared(self, pair) -> list[dict]:
        """Return the label, values and agreement of each field that one of both has."""
        described = pair.fields_get(COMPARED_FIELDS, ["string"])  # only those the user may read
        labels = {name: description["string"] for name, description in described.items()}
        labels["contact_address_inline"] = self.env._("Address")
        rows = []
        for name, compared_by in COMPARED_FIELDS.items():
            values = [self._shown(partner, name) for partner in pair if name in described]
            if any(values):
                keys = [compared_by and self._shown(partner, compared_by) for partner in pair]
                agree = bool(keys[0]) and keys[0].casefold() == keys[1].casefold()
                rows.append({"label": labels[name], "values": values, "agree": agree})
        return rows

    @api.model
    def _shown(self, partner, name) -> str:
        """Return the value of a field of a contact as a user reads it."""
        value = partner[name]
        if not value:
            return ""
        if isinstance(value, models.BaseModel):
            # sudo: as in any form, the name of what a readable contact refers to is shown
            return value.sudo().display_name
        if partner._fields[name].type in ("date", "datetime"):
            return format_date(self.env, value)
        return str(value)

    @api.model
    def _hand_over(self, src_partners, dst_partner):
        """Give the pairs of contacts that are merged to the survivor; core would delete them.

        What was said of one of them holds for the survivor: a dismissal goes before an open pair.
        Pairs among the merged themselves have served their purpose.
        """
        self.flush_model()
        merged = [*src_partners.ids, dst_partner.id]
        third = SQL(
            "CASE WHEN partner_id = ANY(%s) THEN other_partner_id ELSE partner_id END", merged
        )
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM crm_duplicate
                 WHERE id IN (
                       SELECT id
                         FROM (
                              SELECT id, third_id,
                                     ROW_NUMBER() OVER (
                                         PARTITION BY third_id
                                         ORDER BY state = 'dismissed' DESC, score DESC, id
                                     ) AS place
                                FROM (
                                     SELECT id, state, score, %(third)s AS third_id
                                       FROM crm_duplicate
                                      WHERE partner_id = ANY(%(merged)s)
                                         OR other_partner_id = ANY(%(merged)s)
                                     ) pair
                              ) ranked
                        WHERE place > 1 OR third_id = ANY(%(merged)s)
                       )
                """,
                third=third,
                merged=merged,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_duplicate
                   SET partner_id = LEAST(%(third)s, %(survivor)s),
                       other_partner_id = GREATEST(%(third)s, %(survivor)s)
                 WHERE partner_id = ANY(%(sources)s) OR other_partner_id = ANY(%(sources)s)
                """,
                third=third,
                survivor=dst_partner.id,
                sources=src_partners.ids,
            )
        )
        self.invalidate_model(flush=False)
