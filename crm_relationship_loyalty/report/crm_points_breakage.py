from odoo import api, fields, models
from odoo.tools import SQL


class CrmPointsBreakage(models.Model):
    """What became of points, by program and by the month in which they were given."""

    _name = "crm.points.breakage"
    _description = "Points Breakage"
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "loyalty.history": [
            "card_id",
            "program_id",
            "award_id",
            "kind",
            "state",
            "date",
            "points",
            "remaining",
            "expiration_date",
        ],
        "loyalty.program": ["company_id"],
        "res.company": ["business_timezone"],
    }

    program_id = fields.Many2one("loyalty.program", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Date(string="Given on", readonly=True)
    expiration_date = fields.Date(string="Last Day", readonly=True)
    issued = fields.Float(digits=(16, 2), readonly=True)
    redeemed = fields.Float(digits=(16, 2), readonly=True)
    expired = fields.Float(digits=(16, 2), readonly=True)
    open_points = fields.Float(string="Still Open", digits=(16, 2), readonly=True)
    matured = fields.Float(
        string="Past Their Last Day",
        digits=(16, 2),
        readonly=True,
        help="Points given whose last day is over, whatever became of them.",
    )
    breakage_rate = fields.Float(
        string="Breakage (%)",
        readonly=True,
        aggregator="avg",
        help="Of points whose last day is over, how many expired.",
    )

    @property
    def _table_query(self) -> SQL:
        return SQL("%s %s %s", self._select(), self._from(), self._where())

    @api.model
    def _select(self) -> SQL:
        return SQL(
            """
            SELECT award.id, award.program_id, program.company_id,
                   %(date)s AS date, award.expiration_date,
                   %(issued)s AS issued, COALESCE(taken.redeemed, 0) AS redeemed,
                   COALESCE(taken.expired, 0) AS expired, award.remaining AS open_points,
                   CASE WHEN %(is_over)s THEN %(issued)s ELSE 0 END AS matured,
                   CASE WHEN %(is_over)s AND award.points > 0
                        THEN 100 * COALESCE(taken.expired, 0) / award.points
                        END AS breakage_rate
            """,
            date=self._day_of(SQL("award.date AT TIME ZONE 'UTC'")),
            # points that came from another card were given there
            issued=SQL("CASE WHEN award.kind = 'transfer' THEN 0 ELSE award.points END"),
            is_over=SQL("award.expiration_date < %s", self._day_of(SQL("NOW()"))),
        )

    @api.model
    def _day_of(self, moment: SQL) -> SQL:
        """Return the day of a moment with time zone, where the program's company is."""
        return SQL(
            "(%s AT TIME ZONE COALESCE(company.business_timezone, %s))::date",
            moment,
            self.env.company.business_timezone,
        )

    @api.model
    def _from(self) -> SQL:
        return SQL(
            """
              FROM loyalty_history award
              JOIN loyalty_program program ON program.id = award.program_id
              LEFT JOIN res_company company ON company.id = program.company_id
              LEFT JOIN LATERAL (
                   SELECT SUM(used) FILTER (WHERE kind = 'expire')::numeric AS expired,
                          -SUM(points) FILTER (
                              WHERE kind = 'redeem' OR kind = 'reverse' AND points > 0
                          ) AS redeemed
                     FROM loyalty_history
                    WHERE award_id = award.id AND state = 'active'
                   ) taken ON TRUE
            """
        )

    @api.model
    def _where(self) -> SQL:
        return SQL("WHERE award.state = 'active' AND award.award_id IS NULL AND award.points > 0")

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Make the rate of a group from its points, not from the rates of its awards."""
        if aggregate_spec != "breakage_rate:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "100 * SUM(%s) / NULLIF(SUM(%s), 0)",
            self._field_to_sql(self._table, "expired", query),
            self._field_to_sql(self._table, "matured", query),
        )
