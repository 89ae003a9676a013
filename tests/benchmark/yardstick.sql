-- The bare statement that computes what a standing holds, written by hand and apart from the
-- product: four measures of each commercial customer, three quintiles, the ABC class.
--
-- Parameters: company, timezone, share_a, share_b; first_moment and end_moment of the window (UTC,
-- the end does not belong to it).
WITH by_contact AS (
    SELECT partner_id,
           SUM(CASE WHEN COALESCE(currency_rate, 0) IN (0, 1) THEN amount_untaxed
                    ELSE ROUND(amount_untaxed / currency_rate, 2) END)
               FILTER (WHERE date_order >= %(first_moment)s) AS revenue,
           COUNT(*) FILTER (WHERE date_order >= %(first_moment)s) AS order_count,
           MIN(date_order) AS first_moment,
           MAX(date_order) AS last_moment
      FROM sale_order
     WHERE company_id = %(company)s AND state = 'sale' AND date_order < %(end_moment)s
     GROUP BY partner_id
), customer AS (
    SELECT partner.commercial_partner_id AS partner_id,
           COALESCE(SUM(revenue), 0) AS revenue,
           SUM(order_count)::integer AS order_count,
           (MIN(first_moment) AT TIME ZONE 'UTC' AT TIME ZONE %(timezone)s)::date AS first_date,
           (MAX(last_moment) AT TIME ZONE 'UTC' AT TIME ZONE %(timezone)s)::date AS last_date
      FROM by_contact
      JOIN res_partner partner ON partner.id = by_contact.partner_id
     GROUP BY partner.commercial_partner_id
), ranked AS (
    SELECT *,
           order_count > 0 AS bought,
           COUNT(*) OVER (PARTITION BY order_count > 0) AS buyers,
           RANK() OVER (PARTITION BY order_count > 0 ORDER BY last_date) AS r_rank,
           RANK() OVER (PARTITION BY order_count > 0 ORDER BY order_count) AS f_rank,
           RANK() OVER (PARTITION BY order_count > 0 ORDER BY revenue) AS m_rank,
           SUM(GREATEST(revenue, 0)) OVER (
               ORDER BY revenue DESC, partner_id ROWS UNBOUNDED PRECEDING
           ) - GREATEST(revenue, 0) AS better,
           SUM(GREATEST(revenue, 0)) OVER () AS total
      FROM customer
)
SELECT partner_id, revenue, order_count, first_date, last_date,
       CASE WHEN bought THEN 1 + 5 * (r_rank - 1) / buyers ELSE 0 END AS r_score,
       CASE WHEN bought THEN 1 + 5 * (f_rank - 1) / buyers ELSE 0 END AS f_score,
       CASE WHEN bought THEN 1 + 5 * (m_rank - 1) / buyers ELSE 0 END AS m_score,
       CASE WHEN better < %(share_a)s * total THEN 'a'
            WHEN better < %(share_b)s * total THEN 'b'
            ELSE 'c' END AS abc_class
  FROM ranked
