from odoo import api, fields, models
from odoo.tools import SQL


class CrmCustomerFact(models.Model):
    """Facts of what it cost to serve a customer, by the rate in force on the day."""

    _inherit = "crm.customer.fact"

    @api.model
    def _service_sources(self) -> list[SQL]:
        return [
            self._interaction_facts(),
            self._case_facts(),
            self._picking_facts(
                "delivery",
                11,
                SQL(
                    """
                    JOIN stock_picking_type operation
                      ON operation.id = picking.picking_type_id AND operation.code = 'outgoing'
                    JOIN stock_location place
                      ON place.id = picking.location_dest_id AND place.usage = 'customer'
                    """
                ),
            ),
            self._picking_facts(
                "return",
                12,
                SQL(
                    """
                    JOIN stock_location place
                      ON place.id = picking.location_id AND place.usage = 'customer'
                    """
                ),
            ),
            self._order_line_facts(),
            self._late_payment_facts(),
            self._overdue_facts(),
        ]

    @api.model
    def _rates(self, kind) -> SQL:
        """Return the rates of a kind, each with the day on which the next one takes over."""
        return SQL(
            """
            (SELECT company_id, channel_id, date_from, COALESCE(amount, 0) AS amount,
                    COALESCE(minute_amount, 0) AS minute_amount,
                    COALESCE(yearly_rate, 0)::numeric AS yearly_rate,
                    LEAD(date_from, 1, 'infinity') OVER (
                        PARTITION BY company_id, channel_id ORDER BY date_from
                    ) AS date_end
               FROM crm_service_rate
              WHERE kind = %s)
            """,
            kind,
        )

    @api.model
    def _in_force(self, rate: SQL, company: SQL, day: SQL) -> SQL:
        return SQL(
            "%(rate)s.company_id = %(company)s"
            " AND %(day)s >= %(rate)s.date_from AND %(day)s < %(rate)s.date_end",
            rate=rate,
            company=company,
            day=day,
        )

    @api.model
    def _digits_of(self, company: SQL) -> SQL:
        return SQL(
            """
            (SELECT currency.decimal_places
               FROM res_company company
               JOIN res_currency currency ON currency.id = company.currency_id
              WHERE company.id = %s)
            """,
            company,
        )

    @api.model
    def _interaction_facts(self) -> SQL:
        """Return the contacts; of one that was corrected only the correction, of all the newest."""
        company = SQL("contact.company_id")
        day = self._day(SQL("contact.date"), company)
        return SQL(
            """
            SELECT %(fact_id)s AS id, contact.partner_id, contact.company_id, %(day)s AS date,
                   'interaction' AS kind,
                   -ROUND(COALESCE(own.amount, other.amount) + COALESCE(contact.duration, 0)
                          * COALESCE(own.minute_amount, other.minute_amount), %(digits)s) AS amount,
                   contact.subject AS document_name,
                   'crm.interaction' AS res_model, contact.id AS res_id
              FROM crm_interaction contact
              LEFT JOIN %(rates)s own
                ON own.channel_id = contact.channel_id AND %(own_in_force)s
              LEFT JOIN %(rates)s other
                ON other.channel_id IS NULL AND own.company_id IS NULL AND %(other_in_force)s
             WHERE contact.partner_id IS NOT NULL
               AND (COALESCE(own.amount, other.amount) <> 0
                    OR COALESCE(own.minute_amount, other.minute_amount) <> 0)
               AND NOT EXISTS (
                    SELECT FROM crm_interaction correction
                     WHERE correction.corrects_id = contact.id
                   )
            """,
            fact_id=self._fact_id(SQL("contact.id"), 9),
            day=day,
            rates=self._rates("interaction"),
            own_in_force=self._in_force(SQL("own"), company, day),
            other_in_force=self._in_force(SQL("other"), company, day),
            digits=self._digits_of(company),
        )

    @api.model
    def _case_facts(self) -> SQL:
        company = SQL("opened.company_id")
        day = self._day(SQL("opened.opened_date"), company)
        return SQL(
            """
            SELECT %(fact_id)s AS id, opened.partner_id, opened.company_id, %(day)s AS date,
                   'case' AS kind, -rate.amount AS amount, opened.name AS document_name,
                   'crm.case' AS res_model, opened.id AS res_id
              FROM crm_case opened
              JOIN %(rates)s rate ON %(in_force)s
             WHERE opened.partner_id IS NOT NULL AND rate.amount <> 0
            """,
            fact_id=self._fact_id(SQL("opened.id"), 10),
            day=day,
            rates=self._rates("case"),
            in_force=self._in_force(SQL("rate"), company, day),
        )

    @api.model
    def _picking_facts(self, kind, source_number, operation) -> SQL:
        company = SQL("picking.company_id")
        day = self._day(SQL("picking.date_done"), company)
        return SQL(
            """
            SELECT %(fact_id)s AS id, picking.partner_id, picking.company_id, %(day)s AS date,
                   %(kind)s AS kind, -rate.amount AS amount, picking.name AS document_name,
                   'stock.picking' AS res_model, picking.id AS res_id
              FROM stock_picking picking
              %(operation)s
              JOIN %(rates)s rate ON %(in_force)s
             WHERE picking.state = 'done' AND picking.partner_id IS NOT NULL AND rate.amount <> 0
            """,
            fact_id=self._fact_id(SQL("picking.id"), source_number),
            day=day,
            kind=kind,
            operation=operation,
            rates=self._rates(kind),
            in_force=self._in_force(SQL("rate"), company, day),
        )

    @api.model
    def _order_line_facts(self) -> SQL:
        """Return the lines of confirmed orders that somebody has to handle."""
        company = SQL("sale.company_id")
        day = self._day(SQL("sale.date_order"), company)
        return SQL(
            """
            SELECT %(fact_id)s AS id, sale.partner_id, sale.company_id, %(day)s AS date,
                   'order_line' AS kind, -rate.amount AS amount, sale.name AS document_name,
                   'sale.order' AS res_model, sale.id AS res_id
              FROM sale_order_line ordered
              JOIN sale_order sale ON sale.id = ordered.order_id
              JOIN %(rates)s rate ON %(in_force)s
             WHERE sale.state = 'sale' AND ordered.display_type IS NULL
               AND ordered.product_id IS NOT NULL AND ordered.is_downpayment IS NOT TRUE
               AND rate.amount <> 0 %(no_reward)s
            """,
            fact_id=self._fact_id(SQL("ordered.id"), 13),
            day=day,
            rates=self._rates("order_line"),
            in_force=self._in_force(SQL("rate"), company, day),
            no_reward=SQL("AND ordered.reward_id IS NULL") if self._knows_rewards() else SQL(),
        )

    @api.model
    def _late_payment_facts(self) -> SQL:
        """Return each payment that came late, on the day it came: what waiting for it has cost.

        A credit note is no payment, nor is a difference in exchange.
        """
        return SQL(
            """
            SELECT %(fact_id)s AS id, due.partner_id, due.company_id, paid.date,
                   'late_payment' AS kind, %(cost)s AS amount, due.move_name AS document_name,
                   'account.move' AS res_model, due.move_id AS res_id
              FROM account_partial_reconcile part
              JOIN account_move_line due ON due.id = part.debit_move_id
              JOIN account_move invoice ON invoice.id = due.move_id
              JOIN account_move_line paid ON paid.id = part.credit_move_id
              JOIN account_move payment ON payment.id = paid.move_id
              JOIN %(rates)s rate ON %(in_force)s
             WHERE invoice.state = 'posted' AND invoice.move_type IN ('out_invoice', 'out_receipt')
               AND due.display_type = 'payment_term' AND paid.date > due.date_maturity
               AND payment.move_type <> 'out_refund' AND rate.yearly_rate <> 0
               AND NOT EXISTS (
                    SELECT FROM account_partial_reconcile exchanged
                     WHERE exchanged.exchange_move_id = payment.id
                   )
            """,
            fact_id=self._fact_id(SQL("part.id"), 14),
            cost=self._late_payment_cost(SQL("part.amount"), SQL("paid.date")),
            rates=self._rates("late_payment"),
            in_force=self._in_force(SQL("rate"), SQL("due.company_id"), SQL("paid.date")),
        )

    @api.model
    def _overdue_facts(self) -> SQL:
        """Return what is still open and overdue: what waiting for it has cost up to today."""
        now = SQL("%s::timestamp", fields.Datetime.now())
        today = self._day(now, SQL("due.company_id"))
        return SQL(
            """
            SELECT %(fact_id)s AS id, due.partner_id, due.company_id, %(today)s AS date,
                   'late_payment' AS kind, %(cost)s AS amount, due.move_name AS document_name,
                   'account.move' AS res_model, due.move_id AS res_id
              FROM account_move_line due
              JOIN account_move invoice ON invoice.id = due.move_id
              JOIN %(rates)s rate ON %(in_force)s
             WHERE due.parent_state = 'posted' AND due.reconciled IS NOT TRUE
               AND due.display_type = 'payment_term' AND due.amount_residual > 0
               AND due.date_maturity < %(today)s AND rate.yearly_rate <> 0
               AND invoice.move_type IN ('out_invoice', 'out_receipt')
            """,
            fact_id=self._fact_id(SQL("due.id"), 15),
            today=today,
            cost=self._late_payment_cost(SQL("due.amount_residual"), today),
            rates=self._rates("late_payment"),
            in_force=self._in_force(SQL("rate"), SQL("due.company_id"), today),
        )

    @api.model
    def _late_payment_cost(self, amount: SQL, paid: SQL) -> SQL:
        """Return :func:`logic.contribution.late_payment_cost` of an amount, negative."""
        return SQL(
            "-ROUND(%s * (%s - due.date_maturity) * rate.yearly_rate / 365, %s)",
            amount,
            paid,
            self._digits_of(SQL("due.company_id")),
        )
