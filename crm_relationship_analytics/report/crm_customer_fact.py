from odoo import api, fields, models
from odoo.tools import SQL

SERVICE_KINDS = ("interaction", "case", "delivery", "return", "order_line", "late_payment")
REWARD_KINDS = ("reward", "free_product")
CONTRIBUTION_KINDS = ("income", "cost", *REWARD_KINDS, "points", *SERVICE_KINDS)
# Booked as income, but money that was paid for something else or will be: no contribution.
PAID_KINDS = ("down_payment", "gift_card")
# These add up to what lies on the income accounts of a customer.
INCOME_KINDS = ("income", "reward", *PAID_KINDS)


class CrmCustomerFact(models.Model):
    """What a customer brings and costs, line by line: costs are negative.

    Income, down payments, gift cards and rewards are what is booked on accounts of the type Income
    on the accounting date, so that they tie to the books. The other facts are the cost of goods,
    dated as the invoice, and of services by the rate card, dated as they were done.
    """

    _inherit = "crm.customer.fact"
    _depends = {
        "account.move.line": [
            "account_id",
            "amount_residual",
            "balance",
            "company_id",
            "date",
            "date_maturity",
            "display_type",
            "is_downpayment",
            "move_name",
            "parent_state",
            "partner_id",
            "product_id",
            "product_uom_id",
            "quantity",
            "reconciled",
            "sale_line_ids",
        ],
        "account.account": ["account_type"],
        "account.partial.reconcile": ["amount", "credit_move_id", "debit_move_id"],
        "crm.case": ["company_id", "name", "opened_date", "partner_id"],
        "crm.interaction": [
            "channel_id",
            "company_id",
            "corrects_id",
            "date",
            "duration",
            "partner_id",
            "subject",
        ],
        "crm.service.rate": [
            "amount",
            "channel_id",
            "company_id",
            "date_from",
            "kind",
            "minute_amount",
            "yearly_rate",
        ],
        "product.product": ["standard_price"],
        "product.value": ["company_id", "date", "product_id", "value"],
        "sale.order.line": [
            "is_downpayment",
            "product_id",
            "product_uom_id",
            "purchase_price",
            "qty_delivered",
            "qty_delivered_method",
        ],
        "stock.picking": [
            "company_id",
            "date_done",
            "location_dest_id",
            "location_id",
            "name",
            "partner_id",
            "picking_type_id",
            "state",
        ],
    }

    kind = fields.Selection(
        selection_add=[
            ("income", "Income"),
            ("down_payment", "Down Payment"),
            ("gift_card", "Gift Card"),
            ("reward", "Reward"),
            ("free_product", "Free Product"),
            ("cost", "Cost of Goods"),
            ("interaction", "Interaction"),
            ("case", "Case"),
            ("delivery", "Delivery"),
            ("return", "Return"),
            ("order_line", "Order Line"),
            ("late_payment", "Late Payment"),
        ]
    )

    @api.model
    def _fact_sources(self) -> list[SQL]:
        return [*super()._fact_sources(), *self._income_sources(), *self._service_sources()]

    @api.model
    def _changed_customer_sources(self, since) -> list[SQL]:
        """Add what changes a contribution alone: entries, costs, and what a customer was served.

        OFFSET 0 has the few rows that were written found first, not those of a company.
        """
        return [
            *super()._changed_customer_sources(since),
            *(
                SQL(
                    "SELECT partner_id, company_id FROM %s"
                    " WHERE write_date >= %s AND partner_id IS NOT NULL",
                    SQL.identifier(table),
                    since,
                )
                for table in ("account_move_line", "crm_interaction", "crm_case", "stock_picking")
            ),
            SQL(
                """
                SELECT UNNEST(ARRAY[sold.order_partner_id, line.partner_id]), sold.company_id
                  FROM sale_order_line sold
                  LEFT JOIN sale_order_line_invoice_rel link ON link.order_line_id = sold.id
                  LEFT JOIN account_move_line line ON line.id = link.invoice_line_id
                 WHERE sold.write_date >= %s
                OFFSET 0
                """,
                since,
            ),
            SQL(
                """
                SELECT line.partner_id, line.company_id
                  FROM (
                        SELECT id FROM product_product WHERE write_date >= %(since)s
                         UNION
                        SELECT product_id FROM product_value WHERE write_date >= %(since)s
                       ) product
                  JOIN account_move_line line ON line.product_id = product.id
                 WHERE line.partner_id IS NOT NULL AND NOT EXISTS (
                        SELECT FROM sale_order_line_invoice_rel link
                         WHERE link.invoice_line_id = line.id
                       )
                OFFSET 0
                """,
                since=since,
            ),
        ]
