from contextlib import nullcontext
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

EARLIEST = fields.Datetime.to_datetime("1970-01-01")
SLOW_CLOCK = timedelta(minutes=5)  # of the machine that a moment was typed on
EXTERNAL_REF_INDEX = "crm_interaction_external_ref_unique"
# Where an entry belongs may become known after it was locked; what was said may not change.
FIELDS_NEVER_LOCKED = frozenset({"case_id", "lead_id"})
FIELDS_CORRECTED = (
    "partner_id",
    "lead_id",
    "company_id",
    "channel_id",
    "direction",
    "date",
    "user_id",
    "subject",
    "note",
    "outcome_id",
    "duration",
    "satisfaction",
    "sentiment",
    "purpose_id",
    "campaign_id",
    "case_id",
    "res_model",
    "res_id",
)


class CrmInteraction(models.Model):
    """One contact with a customer or a prospect, in or out, on one channel.

    An entry can be changed for some days after its date; then a correction is an entry of its own.
    """

    _name = "crm.interaction"
    _description = "Interaction"
    _inherit = ["crm.customer.dimension"]
    _order = "date desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        readonly=False, index=False, ondelete="restrict", check_company=True
    )
    lead_id = fields.Many2one(
        comodel_name="crm.lead",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        help="Of a prospect who is no contact yet; he keeps his log when he becomes one.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    channel_id = fields.Many2one(
        comodel_name="crm.contact.channel", required=True, ondelete="restrict"
    )
    direction = fields.Selection(
        selection=[("in", "In"), ("out", "Out")],
        required=True,
        default="in",
        help="In: the customer turned to us. Out: we turned to him.",
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Staff",
        index="btree_not_null",
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Who spoke with the customer.",
    )
    subject = fields.Char()
    note = fields.Text(string="What Was Said")
    outcome_id = fields.Many2one(comodel_name="crm.interaction.outcome", ondelete="restrict")
    duration = fields.Integer(string="Duration (Minutes)")
    satisfaction = fields.Integer(
        aggregator="avg", help="How content the customer was, from 1 to 5; 0 when nobody asked."
    )
    sentiment = fields.Selection(
        selection=[("positive", "Positive"), ("neutral", "Neutral"), ("negative", "Negative")]
    )
    purpose_id = fields.Many2one(
        comodel_name="crm.contact.purpose",
        ondelete="restrict",
        help="Of a contact that the customer did not ask for; the contact rules count it.",
    )
    campaign_id = fields.Many2one(
        comodel_name="utm.campaign", index="btree_not_null", ondelete="set null"
    )
    case_id = fields.Many2one(
        comodel_name="crm.case", index="btree_not_null", ondelete="set null", check_company=True
    )
    external_ref = fields.Char(
        string="External Reference",
        copy=False,
        help="The key of the entry where it was imported from; it comes in once.",
    )
    res_model = fields.Char(string="Document Model", copy=False)
    res_id = fields.Many2oneReference(
        string="Document ID", model_field="res_model", copy=False, aggregator=None
    )
    corrects_id = fields.Many2one(
        comodel_name="crm.interaction", copy=False, readonly=True, ondelete="restrict"
    )
    correction_ids = fields.One2many(
        comodel_name="crm.interaction", inverse_name="corrects_id", string="Corrected By"
    )
    is_locked = fields.Boolean(compute="_compute_is_locked")
    value_grade_id = fields.Many2one(related="partner_id.value_grade_id")

    _customer_known = models.Constraint(
        "CHECK (partner_id IS NOT NULL OR lead_id IS NOT NULL)",
        "Say who it was: choose a customer or a lead.",
    )
    _duration_range = models.Constraint(
        "CHECK (duration BETWEEN 0 AND 1440)",
        "A contact lasts between 0 minutes and a day (1,440 minutes): correct the duration.",
    )
    _satisfaction_range = models.Constraint(
        "CHECK (satisfaction BETWEEN 0 AND 5)",
        "Satisfaction is a number from 1 to 5: correct it, or leave it empty.",
    )
    _partner_date_index = models.Index("(partner_id, date DESC, id DESC)")
    _external_ref_unique = models.UniqueIndex(
        "(company_id, channel_id, external_ref) WHERE external_ref IS NOT NULL",
        "This interaction was imported already: its external reference is known on this channel.",
    )
    _corrects_unique = models.UniqueIndex(
        "(corrects_id) WHERE corrects_id IS NOT NULL",
        "This entry was corrected already: correct the correction.",
    )

    @api.depends("channel_id", "subject", "direction")
    def _compute_display_name(self):
        directions = dict(self._fields["direction"]._description_selection(self.env))
        for interaction in self:
            what = interaction.subject or directions.get(interaction.direction, "")
            channel = interaction.channel_id.display_name
            interaction.display_name = f"{channel}: {what}" if channel else what

    @api.depends("date", "company_id.interaction_lock_days")
    def _compute_is_locked(self):
        """Lock from the moment of the contact, or of the entry, if its date was moved on since."""
        now = fields.Datetime.now()
        for interaction in self:
            days = timedelta(days=interaction.company_id.interaction_lock_days)
            moments = filter(None, (interaction._origin.date, interaction.create_date))
            earliest = min(moments, default=now)
            interaction.is_locked = earliest + days < now

    @api.constrains("date")
    def _check_date(self):
        latest = fields.Datetime.now() + SLOW_CLOCK
        for interaction in self:
            if not EARLIEST <= interaction.date <= latest:
                raise ValidationError(
                    self.env._(
                        "%(date)s cannot be the moment of a contact, as it lies in the future or"
                        " too long ago: correct the date.",
                        date=fields.Datetime.to_string(interaction.date),
                    )
                )

    @api.constrains("res_model", "res_id")
    def _check_document(self):
        for interaction in self.filtered(lambda one: one.res_model or one.res_id):
            model = interaction.res_model or ""
            is_known = model in self.env and self.env[model]._auto
            if not is_known or not self.env[model].browse(interaction.res_id).exists():
                raise ValidationError(
                    self.env._(
                        "There is no document %(model)s %(number)s: name one that exists, or none.",
                        model=model,
                        number=interaction.res_id or "",
                    )
                )

    @api.onchange("lead_id")
    def _onchange_lead_id(self):
        self.partner_id = self.partner_id or self.lead_id.partner_id

    @api.model_create_multi
    def create(self, vals_list):
        """Log contacts; for one that was imported before, the entry that exists is returned."""
        keys = [self._external_key(vals) for vals in vals_list]
        entry_by_key = self._entries_of({key for key in keys if key})
        new = {}
        for position, (key, vals) in enumerate(zip(keys, vals_list, strict=True)):
            if key not in entry_by_key:
                new.setdefault(key or position, vals)
        values = [self._with_customer_of_lead(vals) for vals in new.values()]
        try:
            with self.env.cr.savepoint() if any(keys) else nullcontext():
                created = super().create(values)
        except UniqueViolation as error:
            if error.diag.constraint_name != EXTERNAL_REF_INDEX:
                raise
            # somebody imports the same at this moment: once more, and his entry is found
            raise ConcurrencyError(error.pgerror) from error
        entry_by_key.update(zip(new, created, strict=True))
        return self.concat(*(entry_by_key[key or position] for position, key in enumerate(keys)))

    def write(self, vals):
        changed = vals.keys() - FIELDS_NEVER_LOCKED
        for interaction in self:
            becomes_known = changed == {"partner_id"} and not interaction.partner_id
            if changed and interaction.is_locked and not becomes_known:
                interaction._refuse_as_locked()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_locked(self):
        for interaction in self:
            if interaction.is_locked:
                interaction._refuse_as_locked()

    def _refuse_as_locked(self):
        raise UserError(
            self.env._(
                "This entry is older than %(days)s days and locked, so that the log can be relied"
                " on: press Correct to add an entry that puts it right.",
                days=self.company_id.interaction_lock_days,
            )
        )

    @api.model
    def _external_key(self, vals):
        """Return what an imported entry is known by: company, channel, reference; else None."""
        reference = (vals.get("external_ref") or "").strip()
        company_id = vals.get("company_id") or self.env.company.id
        return (company_id, vals.get("channel_id"), reference) if reference else None

    @api.model
    def _entries_of(self, keys):
        """Return ``{key: entry}`` of those keys that were imported before."""
        if not keys:
            return {}
        companies, channels, references = map(list, zip(*keys, strict=True))
        found = self.search_fetch(
            Domain("company_id", "in", companies)
            & Domain("channel_id", "in", channels)
            & Domain("external_ref", "in", references),
            ["company_id", "channel_id", "external_ref"],
        )
        return {(one.company_id.id, one.channel_id.id, one.external_ref): one for one in found}

    @api.model
    def _with_customer_of_lead(self, vals):
        """Return the values with the customer of the lead, and a reference without blanks."""
        vals = {**vals, "external_ref": (vals.get("external_ref") or "").strip() or False}
        if vals.get("lead_id") and not vals.get("partner_id"):
            # sudo: who logs the call of a prospect need not be allowed to open his lead
            vals["partner_id"] = self.env["crm.lead"].sudo().browse(vals["lead_id"]).partner_id.id
        return vals

    def action_correct(self):
        """Open the form of a new entry that puts this one right."""
        self.ensure_one()
        if self.correction_ids:
            raise UserError(self.env._("This entry was corrected already: correct the correction."))
        context = {f"default_{name}": self._prepared_value(name) for name in FIELDS_CORRECTED}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correction"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {**context, "default_corrects_id": self.id},
        }

    def action_open_document(self):
        """Open the document that the contact was about."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).get_formview_action()

    def _prepared_value(self, name):
        return self._fields[name].convert_to_write(self[name], self)

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        column = super()._field_to_sql(alias, field_expr, query)
        if field_expr == "satisfaction":
            return SQL("NULLIF(%s, 0)", column)  # an average of what was answered
        return column
