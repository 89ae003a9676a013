from odoo import api, models
from odoo.tools import SQL

CUSTOMER_MOVES = ("out_invoice", "out_receipt", "out_refund", "entry")
INVOICES = ("out_invoice", "out_receipt", "out_refund")
PAYMENT_PROGRAMS = ("gift_card", "ewallet")


class CrmCustomerFact(models.Model):
    """Facts of the lines that are booked on income accounts: what they bring, what they cost."""

    _inherit = "crm.customer.fact"

    @api.model
    def _income_sources(self) -> list[SQL]:
        """Return the facts of posted lines on income accounts; each line is in one of the kinds."""
        sources = [
            self._booked_facts("income", 3, self._sold()),
            self._booked_facts("down_payment", 4, SQL("line.is_downpayment")),
            self._cost_facts("cost", 8, self._sold()),
        ]
        if self._knows_rewards():
            sources += [
                self._booked_facts("gift_card", 5, self._means_of_payment()),
                self._booked_facts("reward", 6, self._given_as_reward()),
                self._cost_facts("free_product", 7, self._given_as_reward()),
            ]
        return sources

    @api.model
    def _knows_rewards(self):
        """Tell whether the module is installed by which order lines come from rewards."""
        return "reward_id" in self.env["sale.order.line"]._fields

    @api.model
    def _booked_facts(self, kind, source_number, condition) -> SQL:
        return SQL(
            """
            SELECT %(fact_id)s AS id, line.partner_id, line.company_id, line.date,
                   %(kind)s AS kind, -line.balance AS amount, line.move_name AS document_name,
                   'account.move' AS res_model, line.move_id AS res_id
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
             WHERE line.parent_state = 'posted' AND line.balance <> 0
               AND move.move_type IN %(move_types)s AND line.account_id = ANY(%(accounts)s)
               AND %(condition)s
            """,
            fact_id=self._fact_id(SQL("line.id"), source_number),
            kind=kind,
            move_types=CUSTOMER_MOVES,
            accounts=self._income_accounts(),
            condition=condition,
        )

    @api.model
    def _cost_facts(self, kind, source_number, condition) -> SQL:
        """Return what the goods on invoices have cost; a credit note brings the cost back.

        The cost of the order line goes first, in the order's currency and the line's unit, then
        that of the product. It is rounded once for each line.
        """
        return SQL(
            """
            SELECT %(fact_id)s AS id, line.partner_id, line.company_id, line.date,
                   %(kind)s AS kind,
                   ROUND(
                       CASE move.move_type WHEN 'out_refund' THEN %(share_returned)s ELSE -1 END
                       * line.quantity * unit.factor
                       * CASE WHEN sold.id IS NULL
                              THEN %(product_cost)s / goods_unit.factor
                              ELSE sold.purchase_price / sold_unit.factor
                                   / COALESCE(NULLIF(sale.currency_rate, 0), 1)
                          END,
                       currency.decimal_places
                   ) AS amount,
                   line.move_name AS document_name,
                   'account.move' AS res_model, line.move_id AS res_id
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
              JOIN res_currency currency ON currency.id = line.company_currency_id
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template goods ON goods.id = product.product_tmpl_id
              JOIN uom_uom goods_unit ON goods_unit.id = goods.uom_id
              JOIN uom_uom unit ON unit.id = COALESCE(line.product_uom_id, goods.uom_id)
              LEFT JOIN sale_order_line_invoice_rel link
                ON link.invoice_line_id = line.id AND NOT EXISTS (
                        SELECT FROM sale_order_line_invoice_rel other
                         WHERE other.invoice_line_id = link.invoice_line_id
                           AND other.order_line_id < link.order_line_id
                   )
              LEFT JOIN sale_order_line sold ON sold.id = link.order_line_id
              LEFT JOIN uom_uom sold_unit ON sold_unit.id = sold.product_uom_id
              LEFT JOIN sale_order sale ON sale.id = sold.order_id
             WHERE line.parent_state = 'posted' AND line.display_type = 'product'
               AND line.quantity <> 0 AND move.move_type IN %(move_types)s
               AND line.account_id = ANY(%(accounts)s)
               AND CASE WHEN sold.id IS NULL THEN %(product_cost)s ELSE sold.purchase_price END <> 0
               AND %(condition)s
            """,
            fact_id=self._fact_id(SQL("line.id"), source_number),
            kind=kind,
            share_returned=self._share_returned(),
            product_cost=self._product_cost(),
            move_types=INVOICES,
            accounts=self._income_accounts(),
            condition=condition,
        )

    @api.model
    def _share_returned(self) -> SQL:
        """Return :func:`logic.contribution.share_returned` of the order line ``sold``.

        Who delivers otherwise than from stock, or sells without an order, brings all back.
        """
        return SQL(
            """
            CASE WHEN sold.qty_delivered_method = 'stock_move' THEN (
                 SELECT CASE WHEN credited > 0
                             THEN 1 - LEAST(
                                  GREATEST(sold.qty_delivered - (invoiced - credited), 0), credited
                                  ) / credited
                             ELSE 1
                         END
                   FROM (
                         SELECT COALESCE(SUM(so_far.quantity * so_far_unit.factor) FILTER (
                                    WHERE so_far_move.move_type <> 'out_refund'
                                ), 0) / sold_unit.factor AS invoiced,
                                COALESCE(SUM(so_far.quantity * so_far_unit.factor) FILTER (
                                    WHERE so_far_move.move_type = 'out_refund'
                                ), 0) / sold_unit.factor AS credited
                           FROM sale_order_line_invoice_rel so_far_link
                           JOIN account_move_line so_far ON so_far.id = so_far_link.invoice_line_id
                           JOIN account_move so_far_move ON so_far_move.id = so_far.move_id
                           JOIN uom_uom so_far_unit ON so_far_unit.id = so_far.product_uom_id
                          WHERE so_far_link.order_line_id = sold.id
                            AND so_far.parent_state = 'posted'
                        ) quantities
                 ) ELSE 1 END
            """
        )

    @api.model
    def _product_cost(self) -> SQL:
        """Return what one unit of the product cost on the day of the invoice.

        Its history is that of a standard price, as core reads it: the latest value up to the end
        of the day, else the first one. Other methods keep no such history: the cost of today.
        """
        of_history = SQL(
            """
            SELECT history.value FROM product_value history
             WHERE history.product_id = product.id AND history.company_id = line.company_id
               AND history.move_id IS NULL AND history.lot_id IS NULL
            """
        )
        day = self._day(SQL("history.date"), SQL("history.company_id"))
        return SQL(
            """
            COALESCE(
                CASE WHEN COALESCE(
                         (SELECT category.property_cost_method ->> line.company_id::text
                            FROM product_category category WHERE category.id = goods.categ_id),
                         (SELECT company.cost_method FROM res_company company
                           WHERE company.id = line.company_id)
                     ) = 'standard'
                     THEN COALESCE(
                         (%(of_history)s AND %(day)s <= line.date
                           ORDER BY history.date DESC, history.id DESC LIMIT 1),
                         (%(of_history)s ORDER BY history.date, history.id LIMIT 1)
                     )
                 END,
                (product.standard_price ->> line.company_id::text)::numeric,
                0
            )
            """,
            of_history=of_history,
            day=day,
        )

    @api.model
    def _income_accounts(self) -> SQL:
        return SQL("ARRAY(SELECT id FROM account_account WHERE account_type = 'income')")

    @api.model
    def _sold(self) -> SQL:
        sold = SQL("line.is_downpayment IS NOT TRUE")
        if not self._knows_rewards():
            return sold
        return SQL(
            "%s AND NOT %s AND NOT %s", sold, self._is_card_sold(), self._from_reward(SQL("TRUE"))
        )

    @api.model
    def _means_of_payment(self) -> SQL:
        """Return the condition of a gift card or eWallet that was sold, or paid with."""
        paid_with = self._from_reward(SQL("program.program_type IN %s", PAYMENT_PROGRAMS))
        return SQL(
            "line.is_downpayment IS NOT TRUE AND (%s OR %s)", self._is_card_sold(), paid_with
        )

    @api.model
    def _given_as_reward(self) -> SQL:
        return SQL(
            "line.is_downpayment IS NOT TRUE AND NOT %s AND %s",
            self._is_card_sold(),
            self._from_reward(SQL("program.program_type NOT IN %s", PAYMENT_PROGRAMS)),
        )

    @api.model
    def _is_card_sold(self) -> SQL:
        """Return the condition that the product is one that a gift card or eWallet is sold as."""
        return SQL(
            """
            COALESCE(line.product_id = ANY(ARRAY(
                SELECT card.product_product_id
                  FROM loyalty_rule_product_product_rel card
                  JOIN loyalty_rule rule ON rule.id = card.loyalty_rule_id
                  JOIN loyalty_program program ON program.id = rule.program_id
                 WHERE program.program_type IN %s
            )), FALSE)
            """,
            PAYMENT_PROGRAMS,
        )

    @api.model
    def _from_reward(self, program: SQL) -> SQL:
        """Return the condition that the order line is a reward of such a program."""
        return SQL(
            """
            EXISTS (
                SELECT FROM sale_order_line_invoice_rel given_link
                  JOIN sale_order_line given ON given.id = given_link.order_line_id
                  JOIN loyalty_reward reward ON reward.id = given.reward_id
                  JOIN loyalty_program program ON program.id = reward.program_id
                 WHERE given_link.invoice_line_id = line.id AND %s
            )
            """,
            program,
        )
