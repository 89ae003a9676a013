-- The figures of each plan by a statement apart from the product: of how many contacted and held
-- out, who bought how often and for how much on the day of his touch and the thirty after it.
SELECT plan_id,
       COUNT(*) FILTER (WHERE NOT held_out) AS contacted,
       COUNT(*) FILTER (WHERE held_out) AS held_out,
       COUNT(*) FILTER (WHERE NOT held_out AND orders > 0) AS buyers,
       COUNT(*) FILTER (WHERE held_out AND orders > 0) AS buyers_held_out,
       SUM(orders) FILTER (WHERE NOT held_out) AS order_count,
       COALESCE(SUM(revenue) FILTER (WHERE NOT held_out), 0) AS revenue
  FROM (
        SELECT touch.plan_id, touch.partner_id, touch.state = 'held_out' AS held_out,
               COUNT(ordered.partner_id) AS orders, SUM(ordered.amount_untaxed) AS revenue
          FROM (
                SELECT *, (date_planned AT TIME ZONE 'UTC' AT TIME ZONE %(timezone)s)::date AS day
                  FROM crm_touch
                OFFSET 0
               ) touch
          LEFT JOIN (
                SELECT person.commercial_partner_id AS partner_id, sale.amount_untaxed,
                       (sale.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(timezone)s)::date AS day
                  FROM sale_order sale
                  JOIN res_partner person ON person.id = sale.partner_id
                 WHERE sale.state = 'sale' AND sale.company_id = %(company)s
                OFFSET 0
               ) ordered
            ON ordered.partner_id = touch.partner_id
           AND ordered.day BETWEEN touch.day AND touch.day + 30
         GROUP BY touch.plan_id, touch.partner_id, touch.state = 'held_out'
       ) customer
 GROUP BY plan_id
