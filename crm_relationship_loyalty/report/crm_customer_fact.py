from odoo import api, fields, models
from odoo.tools import SQL


class CrmCustomerFact(models.Model):
    """What the points of a customer cost, at the fair value of a point: what remains is owed.

    Points that he is given cost, those he spends or loses cost no longer: what is bought with them
    is a reward, with an amount of its own. Pending points, and those of programs without a value
    in the accounts, cost nothing.
    """

    _inherit = "crm.customer.fact"
    _depends = {
        "loyalty.card": ["partner_id"],
        "loyalty.history": [
            "card_id",
            "date",
            "description",
            "issued",
            "order_id",
            "order_model",
            "state",
            "used",
        ],
        "loyalty.program": ["company_id", "point_value"],
    }

    kind = fields.Selection(selection_add=[("points", "Points")])

    @api.model
    def _fact_sources(self) -> list[SQL]:
        return [*super()._fact_sources(), self._points_facts()]

    @api.model
    def _changed_customer_sources(self, since) -> list[SQL]:
        return [
            *super()._changed_customer_sources(since),
            SQL(
                """
                SELECT card.partner_id, NULL::integer
                  FROM loyalty_history entry
                  JOIN loyalty_card card ON card.id = entry.card_id
                 WHERE entry.write_date >= %s AND card.partner_id IS NOT NULL
                """,
                since,
            ),
        ]

    @api.model
    def _points_facts(self) -> SQL:
        """Return each entry of the ledger at the value of its points; it opens order or card."""
        return SQL(
            """
            SELECT %(fact_id)s AS id, card.partner_id, program.company_id, %(day)s AS date,
                   'points' AS kind,
                   -ROUND(
                       (entry.issued - entry.used)::numeric * program.point_value,
                       currency.decimal_places
                   ) AS amount,
                   entry.description AS document_name,
                   CASE WHEN %(has_order)s THEN 'sale.order' ELSE 'loyalty.card' END AS res_model,
                   CASE WHEN %(has_order)s THEN entry.order_id ELSE card.id END AS res_id
              FROM loyalty_history entry
              JOIN loyalty_card card ON card.id = entry.card_id
              JOIN loyalty_program program ON program.id = card.program_id
              JOIN res_company company ON company.id = program.company_id
              JOIN res_currency currency ON currency.id = company.currency_id
             WHERE entry.state = 'active' AND program.point_value > 0
               AND program.program_type NOT IN ('gift_card', 'ewallet')
               AND card.partner_id IS NOT NULL
            """,
            fact_id=self._fact_id(SQL("entry.id"), 16),
            day=self._day(SQL("entry.date"), SQL("program.company_id")),
            has_order=SQL("entry.order_model = 'sale.order' AND entry.order_id IS NOT NULL"),
        )
