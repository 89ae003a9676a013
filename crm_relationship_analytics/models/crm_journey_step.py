from odoo import api, fields, models
from odoo.tools import SQL

from ..logic.journey import CONTACT, LEAD, MEMBER, ORDER, PAYMENT, QUOTATION, REPEAT, STAGES, TIER

STEPS_AT_MOST = 8  # a row's id is that of its journey times this, plus the place of its stage


class CrmJourneyStep(models.Model):
    """The stages of all journeys, one row each: who came that far, and who goes on.

    A customer is at the door of a stage when he has reached the one that leads to it: of the lead,
    the first contact; of the quotation, the lead; of the order, the quotation; of payment, repeat,
    member and tier, the order. At the door he has *reached* the stage, is *waiting*, or has
    *dropped*: all his leads and quotations came to nothing. A lead or quotation that he bought
    without is *skipped*. Who is not at the door has no row; tiers need loyalty.
    """

    _name = "crm.journey.step"
    _description = "Journey Step"
    _inherit = ["crm.customer.dimension"]
    _auto = False
    _order = "stage, date desc, id desc"
    _rec_name = "stage"
    _depends = {"crm.customer.journey": ["stage", "state", "contact_date"]}

    journey_id = fields.Many2one(comodel_name="crm.customer.journey", readonly=True)
    lead_id = fields.Many2one(comodel_name="crm.lead", string="First Lead", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    source_id = fields.Many2one(comodel_name="utm.source", readonly=True)
    medium_id = fields.Many2one(comodel_name="utm.medium", readonly=True)
    campaign_id = fields.Many2one(comodel_name="utm.campaign", readonly=True)
    start_date = fields.Date(string="Started on", readonly=True, help="The day of first contact.")
    stage = fields.Selection(
        selection=lambda self: self.env["crm.customer.journey"]._selection_stage(), readonly=True
    )
    state = fields.Selection(
        selection=[
            ("reached", "Reached"),
            ("waiting", "Waiting"),
            ("dropped", "Dropped"),
            ("skipped", "Skipped"),
        ],
        readonly=True,
    )
    date = fields.Date(string="Reached on", readonly=True)
    days = fields.Integer(
        string="Average Days",
        readonly=True,
        aggregator="avg",
        help="Since the latest of the stages before it that was reached by then.",
    )
    median_days = fields.Integer(
        readonly=True,
        aggregator="avg",
        help="As many took longer as took less.",
    )
    reached = fields.Integer(readonly=True)
    waiting = fields.Integer(readonly=True)
    dropped = fields.Integer(readonly=True)
    conversion = fields.Float(
        readonly=True,
        aggregator="avg",
        help="How many of those at the door of the stage have reached it.",
    )

    @property
    def _table_query(self) -> SQL:
        stages = zip(range(STEPS_AT_MOST), STAGES, self._states(), strict=True)
        return SQL(
            """
            SELECT journey.id::bigint * %(steps)s + step.place AS id,
                   journey.id AS journey_id, journey.partner_id, journey.lead_id,
                   journey.company_id, journey.source_id, journey.medium_id, journey.campaign_id,
                   journey.contact_date AS start_date,
                   step.stage, step.state, step.date, step.days, step.days AS median_days,
                   (step.state = 'reached')::integer AS reached,
                   (step.state = 'waiting')::integer AS waiting,
                   (step.state = 'dropped')::integer AS dropped,
                   CASE WHEN step.state <> 'skipped'
                        THEN (step.state = 'reached')::integer::double precision
                    END AS conversion
              FROM crm_customer_journey journey
             CROSS JOIN LATERAL (VALUES %(stages)s) step (place, stage, date, days, state)
             WHERE step.state IS NOT NULL
            """,
            steps=STEPS_AT_MOST,
            stages=SQL(", ").join(self._step(*stage) for stage in stages),
        )

    @api.model
    def _step(self, place, stage, state) -> SQL:
        name = stage[2:]
        days = SQL("0") if stage == CONTACT else SQL.identifier("journey", f"{name}_days")
        date = SQL.identifier("journey", f"{name}_date")
        return SQL("(%s, %s, %s, %s, %s)", place, stage, date, days, state)

    @api.model
    def _states(self) -> list[SQL]:
        """Return of each stage what has become of it; NULL when the customer is not at its door."""
        lost = SQL("CASE journey.state WHEN 'lost' THEN 'dropped' ELSE 'waiting' END")
        has_tiers = SQL("TRUE") if "crm.loyalty.tier.change" in self.env else SQL("FALSE")
        doors = {
            CONTACT: SQL("NULL"),
            LEAD: SQL(
                "CASE WHEN quotation_date IS NULL AND order_date IS NULL THEN 'waiting'"
                " ELSE 'skipped' END"
            ),
            QUOTATION: SQL(
                "CASE WHEN order_date IS NOT NULL THEN 'skipped'"
                " WHEN lead_date IS NOT NULL THEN %s END",
                lost,
            ),
            ORDER: SQL("CASE WHEN quotation_date IS NOT NULL THEN %s END", lost),
            PAYMENT: SQL("CASE WHEN order_date IS NOT NULL THEN 'waiting' END"),
            REPEAT: SQL("CASE WHEN order_date IS NOT NULL THEN 'waiting' END"),
            MEMBER: SQL("CASE WHEN order_date IS NOT NULL THEN 'waiting' END"),
            TIER: SQL("CASE WHEN %s AND order_date IS NOT NULL THEN 'waiting' END", has_tiers),
        }
        return [
            SQL("CASE WHEN %s IS NULL THEN %s ELSE 'reached' END", self._date_of(stage), door)
            for stage, door in doors.items()
        ]

    @api.model
    def _date_of(self, stage) -> SQL:
        return SQL.identifier("journey", f"{stage[2:]}_date")

    def _read_group_select(self, aggregate_spec, query) -> SQL:
        """Give the median of the days, which is no aggregate that fields may have."""
        if aggregate_spec == "median_days:avg":
            return SQL(
                "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY %s)",
                self._field_to_sql(self._table, "median_days", query),
            )
        return super()._read_group_select(aggregate_spec, query)

    def action_open_subject(self):
        """Open the customer of this step, or the lead of a prospect."""
        self.ensure_one()
        return self.journey_id.action_open_subject()
