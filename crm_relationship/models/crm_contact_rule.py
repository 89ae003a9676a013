from odoo import api, fields, models, tools
from odoo.fields import Domain

from ..logic.contact_permission import Rule

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class CrmContactRule(models.Model):
    """When, and how often, customers are contacted without having asked for it.

    All rules that speak of a contact must let it pass.
    """

    _name = "crm.contact.rule"
    _description = "Contact Rule"
    _inherit = ["mail.thread", "crm.cached.rules"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        comodel_name="res.company", index="btree_not_null", help="Empty: every company."
    )
    channel_ids = fields.Many2many(
        comodel_name="crm.contact.channel", string="Channels", help="Empty: all of them."
    )
    purpose_ids = fields.Many2many(
        comodel_name="crm.contact.purpose", string="Purposes", help="Empty: all of them."
    )
    grade_ids = fields.Many2many(
        comodel_name="crm.value.grade", string="Value Grades", help="Empty: all customers."
    )
    hour_from = fields.Float(string="From", default=0.0, tracking=True)
    hour_to = fields.Float(string="To", default=24.0, tracking=True)
    monday = fields.Boolean(default=True)
    tuesday = fields.Boolean(default=True)
    wednesday = fields.Boolean(default=True)
    thursday = fields.Boolean(default=True)
    friday = fields.Boolean(default=True)
    saturday = fields.Boolean(default=True)
    sunday = fields.Boolean(default=True)
    cap = fields.Integer(
        string="At Most (Contacts)", tracking=True, help="In the period; 0: as often as you like."
    )
    cap_days = fields.Integer(string="In (Days)", default=30, tracking=True)
    gap_days = fields.Integer(
        string="Days Between", tracking=True, help="At least so many days after the last contact."
    )

    _hours_range = models.Constraint(
        "CHECK (hour_from >= 0 AND hour_from < hour_to AND hour_to <= 24)",
        "Hours run from 0 to 24, and the first comes before the last: correct them.",
    )
    _cap_range = models.Constraint(
        "CHECK (cap BETWEEN 0 AND 1000 AND cap_days BETWEEN 1 AND 366)",
        "A cap is 0 to 1,000 contacts in 1 to 366 days: correct it.",
    )
    _gap_range = models.Constraint(
        "CHECK (gap_days BETWEEN 0 AND 366)",
        "There are 0 to 366 days between two contacts: correct the number.",
    )
    _some_day = models.Constraint(
        "CHECK (monday OR tuesday OR wednesday OR thursday OR friday OR saturday OR sunday)",
        "Choose at least one day of the week.",
    )

    @api.model
    @tools.ormcache("company_id")
    def _rules_of(self, company_id) -> tuple[Rule, ...]:
        """Return the rules of a company as plain values."""
        # sudo: who contacts a customer is bound by rules that he need not be allowed to read
        rules = self.sudo().search(Domain("company_id", "in", (False, company_id)))
        return tuple(rule._as_plain() for rule in rules)

    def _as_plain(self) -> Rule:
        return Rule(
            channels=frozenset(self.channel_ids.ids),
            purposes=frozenset(self.purpose_ids.ids),
            grades=frozenset(self.grade_ids.ids),
            weekdays=frozenset(index for index, name in enumerate(WEEKDAYS) if self[name]),
            hour_from=self.hour_from,
            hour_to=self.hour_to,
            cap=self.cap,
            cap_days=self.cap_days,
            gap_days=self.gap_days,
        )
