-- The first day on which each customer was quoted and ordered, and the second on which he ordered.
WITH bought AS (
    SELECT DISTINCT partner.commercial_partner_id AS id,
           (orders.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS day
      FROM sale_order orders
      JOIN res_partner partner ON partner.id = orders.partner_id
     WHERE orders.state = 'sale' AND orders.company_id = %(company)s
), ranked AS (
    SELECT id, day, ROW_NUMBER() OVER (PARTITION BY id ORDER BY day) AS place FROM bought
), quoted AS (
    SELECT partner.commercial_partner_id AS id,
           MIN((LEAST(orders.date_order, orders.create_date)
                AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date) AS day
      FROM sale_order orders
      JOIN res_partner partner ON partner.id = orders.partner_id
     WHERE orders.company_id = %(company)s
     GROUP BY partner.commercial_partner_id
)
SELECT quoted.id, quoted.day AS quotation_date,
       MIN(ranked.day) FILTER (WHERE place = 1) AS order_date,
       MIN(ranked.day) FILTER (WHERE place = 2) AS repeat_date
  FROM quoted
  LEFT JOIN ranked ON ranked.id = quoted.id
 GROUP BY quoted.id, quoted.day
