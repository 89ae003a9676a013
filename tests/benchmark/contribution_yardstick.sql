-- The bare statement that computes what a standing holds with contributions, written by hand and
-- apart from the product: beside the columns of yardstick.sql, which is put in braces below, three
-- parts of the contribution, their sum, and its class. There are no rewards and points.
--
-- Its parameters, and first_day and last_day of the window.
WITH ordered AS (
    {yardstick}
), credited AS (
    SELECT link.order_line_id,
           SUM(line.quantity) FILTER (WHERE move.move_type = 'out_invoice') AS invoiced,
           SUM(line.quantity) FILTER (WHERE move.move_type = 'out_refund') AS credited
      FROM sale_order_line_invoice_rel link
      JOIN account_move_line line ON line.id = link.invoice_line_id
      JOIN account_move move ON move.id = line.move_id
     WHERE line.parent_state = 'posted' AND EXISTS (
            SELECT FROM sale_order_line_invoice_rel credit_link
              JOIN account_move_line credit_line ON credit_line.id = credit_link.invoice_line_id
              JOIN account_move credit ON credit.id = credit_line.move_id
             WHERE credit_link.order_line_id = link.order_line_id
               AND credit.move_type = 'out_refund'
           )
     GROUP BY link.order_line_id
), part AS (
    SELECT line.partner_id, SUM(-line.balance) AS net_revenue,
           SUM(ROUND(sold.purchase_price * line.quantity * CASE
               WHEN move.move_type = 'out_invoice' THEN -1
               WHEN sold.qty_delivered_method <> 'stock_move' THEN 1
               ELSE 1 - LEAST(
                        GREATEST(sold.qty_delivered - credited.invoiced + credited.credited, 0),
                        credited.credited
                    ) / credited.credited END, 2)) AS goods_cost,
           0 AS service_cost
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
      LEFT JOIN sale_order_line_invoice_rel link ON link.invoice_line_id = line.id
      LEFT JOIN sale_order_line sold ON sold.id = link.order_line_id
      LEFT JOIN credited ON credited.order_line_id = sold.id
     WHERE line.company_id = %(company)s AND line.parent_state = 'posted'
       AND line.account_id IN (SELECT id FROM account_account WHERE account_type = 'income')
       AND line.date BETWEEN %(first_day)s AND %(last_day)s
     GROUP BY line.partner_id
     UNION ALL
    SELECT orders.partner_id, 0, 0, -0.35 * COUNT(*)
      FROM sale_order orders
      JOIN sale_order_line line ON line.order_id = orders.id
     WHERE orders.company_id = %(company)s AND orders.state = 'sale'
       AND orders.date_order >= %(first_moment)s AND orders.date_order < %(end_moment)s
     GROUP BY orders.partner_id
     UNION ALL
    SELECT partner_id, 0, 0, -6.5 * COUNT(*)
      FROM stock_picking
     WHERE company_id = %(company)s AND state = 'done'
       AND date_done >= %(first_moment)s AND date_done < %(end_moment)s
     GROUP BY partner_id
     UNION ALL
    SELECT partner_id, 0, 0, SUM(-1 - 0.1 * duration)
      FROM crm_interaction
     WHERE company_id = %(company)s AND date >= %(first_moment)s AND date < %(end_moment)s
     GROUP BY partner_id
     UNION ALL
    SELECT partner_id, 0, 0, -25 * COUNT(*)
      FROM crm_case
     WHERE company_id = %(company)s
       AND opened_date >= %(first_moment)s AND opened_date < %(end_moment)s
     GROUP BY partner_id
     UNION ALL
    SELECT due.partner_id, 0, 0,
           SUM(-ROUND(part.amount * (paid.date - due.date_maturity) * 0.08 / 365, 2))
      FROM account_partial_reconcile part
      JOIN account_move_line due ON due.id = part.debit_move_id
      JOIN account_move_line paid ON paid.id = part.credit_move_id
     WHERE due.company_id = %(company)s AND paid.date > due.date_maturity
       AND paid.date BETWEEN %(first_day)s AND %(last_day)s
     GROUP BY due.partner_id
), contributed AS (
    SELECT partner.commercial_partner_id AS partner_id, SUM(net_revenue) AS net_revenue,
           SUM(COALESCE(goods_cost, 0)) AS goods_cost, SUM(service_cost) AS service_cost
      FROM part
      JOIN res_partner partner ON partner.id = part.partner_id
     GROUP BY partner.commercial_partner_id
), summed AS (
    SELECT partner_id, COALESCE(revenue, 0) AS revenue, COALESCE(order_count, 0) AS order_count,
           first_date, last_date, COALESCE(r_score, 0) AS r_score, COALESCE(f_score, 0) AS f_score,
           COALESCE(m_score, 0) AS m_score, COALESCE(abc_class, 'c') AS abc_class,
           COALESCE(net_revenue, 0) AS net_revenue,
           COALESCE(goods_cost, 0) AS goods_cost, COALESCE(service_cost, 0) AS service_cost,
           COALESCE(net_revenue + goods_cost + service_cost, 0) AS contribution
      FROM ordered
      FULL JOIN contributed USING (partner_id)
), walked AS (
    SELECT *, SUM(GREATEST(contribution, 0)) OVER (
                  ORDER BY contribution DESC, partner_id ROWS UNBOUNDED PRECEDING
              ) - GREATEST(contribution, 0) AS more,
           SUM(GREATEST(contribution, 0)) OVER () AS all_of_it
      FROM summed
)
SELECT partner_id, revenue, order_count, first_date, last_date, r_score, f_score, m_score,
       abc_class, net_revenue, goods_cost, service_cost, contribution,
       CASE WHEN contribution < 0 THEN 'negative'
            WHEN more < %(share_a)s * all_of_it THEN 'a'
            WHEN more < %(share_b)s * all_of_it THEN 'b'
            ELSE 'c' END AS contribution_class
  FROM walked
