-- What the ten sellers of a generated company have reached in 2025 and in December, by metric:
-- five statements written by hand and apart from the product, each after its name.
-- Parameters: company, best (grade); year, december, end (days); start, late, stop (in UTC).

------ revenue
SELECT user_id, SUM(amount_untaxed), SUM(amount_untaxed) FILTER (WHERE date_order >= %(late)s)
  FROM sale_order
 WHERE company_id = %(company)s AND state = 'sale'
   AND date_order >= %(start)s AND date_order < %(stop)s
 GROUP BY user_id

------ contribution
WITH credited AS (
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
    SELECT move.invoice_user_id AS user_id, line.date >= %(december)s AS is_late,
           SUM(-line.balance + ROUND(COALESCE(sold.purchase_price, 0) * line.quantity * CASE
               WHEN move.move_type = 'out_invoice' THEN -1
               WHEN sold.qty_delivered_method <> 'stock_move' THEN 1
               ELSE 1 - LEAST(
                        GREATEST(sold.qty_delivered - credited.invoiced + credited.credited, 0),
                        credited.credited
                    ) / credited.credited END, 2)) AS value
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
      LEFT JOIN sale_order_line_invoice_rel link ON link.invoice_line_id = line.id
      LEFT JOIN sale_order_line sold ON sold.id = link.order_line_id
      LEFT JOIN credited ON credited.order_line_id = sold.id
     WHERE line.company_id = %(company)s AND line.parent_state = 'posted'
       AND line.account_id IN (SELECT id FROM account_account WHERE account_type = 'income')
       AND line.date BETWEEN %(year)s AND %(end)s
     GROUP BY 1, 2
     UNION ALL
    SELECT orders.user_id, orders.date_order >= %(late)s, -0.35 * COUNT(*)
      FROM sale_order orders
      JOIN sale_order_line line ON line.order_id = orders.id
     WHERE orders.company_id = %(company)s AND orders.state = 'sale'
       AND orders.date_order >= %(start)s AND orders.date_order < %(stop)s
     GROUP BY 1, 2
     UNION ALL
    SELECT customer.user_id, done.date_done >= %(late)s, -6.5 * COUNT(*)
      FROM stock_picking done
      JOIN res_partner partner ON partner.id = done.partner_id
      JOIN res_partner customer ON customer.id = partner.commercial_partner_id
     WHERE done.company_id = %(company)s AND done.state = 'done'
       AND done.date_done >= %(start)s AND done.date_done < %(stop)s
     GROUP BY 1, 2
     UNION ALL
    SELECT customer.user_id, contact.date >= %(late)s, SUM(-1 - 0.1 * contact.duration)
      FROM crm_interaction contact
      JOIN res_partner customer ON customer.id = contact.partner_id
     WHERE contact.company_id = %(company)s
       AND contact.date >= %(start)s AND contact.date < %(stop)s
     GROUP BY 1, 2
     UNION ALL
    SELECT customer.user_id, opened.opened_date >= %(late)s, -25 * COUNT(*)
      FROM crm_case opened
      JOIN res_partner customer ON customer.id = opened.partner_id
     WHERE opened.company_id = %(company)s
       AND opened.opened_date >= %(start)s AND opened.opened_date < %(stop)s
     GROUP BY 1, 2
     UNION ALL
    SELECT move.invoice_user_id, paid.date >= %(december)s,
           SUM(-ROUND(part.amount * (paid.date - due.date_maturity) * 0.08 / 365, 2))
      FROM account_partial_reconcile part
      JOIN account_move_line due ON due.id = part.debit_move_id
      JOIN account_move move ON move.id = due.move_id
      JOIN account_move_line paid ON paid.id = part.credit_move_id
     WHERE due.company_id = %(company)s AND paid.date > due.date_maturity
       AND paid.date BETWEEN %(year)s AND %(end)s
     GROUP BY 1, 2
)
SELECT user_id, SUM(value), SUM(value) FILTER (WHERE is_late) FROM part GROUP BY user_id

------ new_customers
SELECT user_id, COUNT(*), COUNT(*) FILTER (WHERE date_order >= %(late)s)
  FROM (
        SELECT DISTINCT ON (partner.commercial_partner_id) orders.user_id, orders.date_order
          FROM sale_order orders
          JOIN res_partner partner ON partner.id = orders.partner_id
         WHERE orders.company_id = %(company)s AND orders.state = 'sale'
         ORDER BY partner.commercial_partner_id, (orders.date_order + INTERVAL '7 hours')::date,
                  orders.id
       ) first
 WHERE date_order >= %(start)s AND date_order < %(stop)s
 GROUP BY user_id

------ kept_customers
WITH newest AS (
    SELECT DISTINCT ON (partner_id) partner_id, to_grade_id
      FROM crm_value_grade_change
     WHERE company_id = %(company)s AND date <= %(end)s
     ORDER BY partner_id, date DESC, id DESC
), before AS (
    SELECT DISTINCT ON (partner_id) partner_id, to_grade_id
      FROM crm_value_grade_change
     WHERE company_id = %(company)s AND date < %(year)s
     ORDER BY partner_id, date DESC, id DESC
)
SELECT customer.user_id, COUNT(*), COUNT(*)
  FROM before
  JOIN newest USING (partner_id)
  JOIN res_partner customer ON customer.id = before.partner_id
 WHERE before.to_grade_id = %(best)s AND newest.to_grade_id = %(best)s
 GROUP BY customer.user_id

------ interactions
SELECT user_id, COUNT(*), COUNT(*) FILTER (WHERE date >= %(late)s)
  FROM crm_interaction
 WHERE company_id = %(company)s AND date >= %(start)s AND date < %(stop)s
 GROUP BY user_id
