from odoo import api, fields, models
from odoo.tools import SQL

SOURCES_AT_MOST = 4  # a row's id is that of its record times this, plus the number of its source


class CrmCustomerSatisfaction(models.Model):
    """How content customers said they were: in conversations, about their cases, elsewhere.

    Scores run from 1 to 5, as those of Odoo's ratings. A reader sees the scores of entries, cases
    and contacts that he may see.
    """

    _name = "crm.customer.satisfaction"
    _description = "Customer Satisfaction"
    _inherit = ["crm.customer.dimension"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    date = fields.Datetime(readonly=True)
    kind = fields.Selection(
        selection=[("interaction", "Interaction"), ("case", "Case"), ("rating", "Other Rating")],
        readonly=True,
    )
    score = fields.Float(readonly=True, aggregator="avg", help="From 1 (worst) to 5 (best).")
    channel_id = fields.Many2one(comodel_name="crm.contact.channel", readonly=True)
    user_id = fields.Many2one(comodel_name="res.users", string="Staff", readonly=True)
    value_grade_id = fields.Many2one(related="partner_id.value_grade_id")

    @property
    def _table_query(self) -> SQL:
        sources = [SQL("(%s)", source) for source in self._satisfaction_sources()]
        return SQL(" UNION ALL ").join(sources)

    @api.model
    def _satisfaction_sources(self) -> list[SQL]:
        """Hook: return a SELECT for each source of scores.

        Columns, in this order: ``id`` (four times the record's id plus a number of the source),
        ``partner_id``, ``date`` (UTC), ``kind``, ``score``, ``channel_id``, ``user_id``.
        """
        return [self._interaction_scores(), self._rating_scores()]

    @api.model
    def _interaction_scores(self) -> SQL:
        Interaction = self.env["crm.interaction"]
        Interaction.flush_model()
        query = Interaction._search([("satisfaction", ">", 0), ("correction_ids", "=", False)])
        return query.select(
            SQL("crm_interaction.id::bigint * %s AS id", SOURCES_AT_MOST),
            SQL("crm_interaction.partner_id AS partner_id"),
            SQL("crm_interaction.date AS date"),
            SQL("'interaction'::text AS kind"),
            SQL("crm_interaction.satisfaction::double precision AS score"),
            SQL("crm_interaction.channel_id AS channel_id"),
            SQL("crm_interaction.user_id AS user_id"),
        )

    @api.model
    def _rating_scores(self) -> SQL:
        for name in ("rating.rating", "crm.case", "res.partner", "res.users"):
            self.env[name].flush_model()
        return SQL(
            """
            SELECT rating.id::bigint * %(sources)s + 1 AS id,
                   rating.partner_id,
                   COALESCE(rating.rated_on, rating.write_date) AS date,
                   CASE rating.res_model WHEN 'crm.case' THEN 'case' ELSE 'rating' END AS kind,
                   rating.rating AS score,
                   NULL::integer AS channel_id,
                   staff.id AS user_id
              FROM rating_rating rating
              LEFT JOIN LATERAL (
                   SELECT id FROM res_users
                    WHERE res_users.partner_id = rating.rated_partner_id ORDER BY id LIMIT 1
                   ) staff ON TRUE
             WHERE rating.consumed AND rating.rating >= 1 AND rating.partner_id IS NOT NULL
               AND (rating.res_model <> 'crm.case' OR EXISTS (%(cases)s))
               AND EXISTS (%(contacts)s)
            """,
            sources=SOURCES_AT_MOST,
            cases=self._readable("crm.case", SQL("rating.res_id")),
            contacts=self._readable("res.partner", SQL("rating.partner_id")),
        )

    @api.model
    def _readable(self, model, record_id: SQL) -> SQL:
        """Return a SELECT that gives a row when the reader may see the record of an id."""
        query = self.env[model].with_context(active_test=False)._search([])
        query.add_where(SQL("%s = %s", SQL.identifier(query.table, "id"), record_id))
        return query.select(SQL("1"))
