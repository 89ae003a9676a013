-- Give customers a history: each customer three logged contacts and three messages on his orders, and
-- three customers much more. The table `subjects` tells who they are: one with 200 events, the one
-- with the most orders of his own, and one with 50,000 events.

CREATE TABLE subjects AS
WITH ordering AS (
    SELECT partner_id AS id, COUNT(*) AS orders,
           (SELECT COUNT(*) FROM account_move WHERE account_move.partner_id = sale_order.partner_id
               AND move_type = 'out_invoice' AND state = 'posted') AS invoices
      FROM sale_order
     GROUP BY partner_id
), ranked AS (
    SELECT *, ROW_NUMBER() OVER (ORDER BY orders DESC, id) AS place FROM ordering
)
SELECT id, orders, invoices,
       CASE place WHEN 1 THEN 'the largest customer' WHEN 1001 THEN '200 events'
                  ELSE '50,000 events' END AS name,
       CASE place WHEN 1 THEN 0 WHEN 1001 THEN 200 - orders - invoices - 6
                  ELSE 50000 - 10000 - 5000 - 6 END AS more
  FROM ranked
 WHERE place IN (1, 1001, 2001);

-- Orders and invoices of others become those of the customer with 50,000 events.
UPDATE sale_order SET partner_id = subjects.id
  FROM subjects
 WHERE subjects.name = '50,000 events'
   AND sale_order.id IN (
       SELECT id FROM sale_order
        WHERE partner_id NOT IN (SELECT id FROM subjects)
        ORDER BY HASHINT8(id), id
        LIMIT 10000 - (SELECT orders FROM subjects WHERE name = '50,000 events')
   );
UPDATE account_move SET partner_id = subjects.id, commercial_partner_id = subjects.id
  FROM subjects
 WHERE subjects.name = '50,000 events'
   AND account_move.id IN (
       SELECT id FROM account_move
        WHERE partner_id NOT IN (SELECT id FROM subjects)
          AND move_type = 'out_invoice' AND state = 'posted'
        ORDER BY HASHINT8(id), id
        LIMIT 5000 - (SELECT invoices FROM subjects WHERE name = '50,000 events')
   );

CREATE TEMP TABLE events AS
SELECT partner_id, place,
       '2023-01-01'::timestamp
       + (HASHINT8EXTENDED(partner_id, place::integer) & 2147483647) % 94608000
         * INTERVAL '1 second' AS date
  FROM (
        SELECT id AS partner_id, GENERATE_SERIES(1, 6) AS place
          FROM res_partner WHERE customer_rank > 0 AND parent_id IS NULL
         UNION ALL
        SELECT id, GENERATE_SERIES(7, 6 + more) FROM subjects
       ) wanted;

INSERT INTO crm_interaction (
    partner_id, company_id, channel_id, direction, date, user_id, subject, satisfaction,
    create_uid, write_uid, create_date, write_date
)
SELECT partner_id, company.id, channel.id, CASE place % 4 WHEN 1 THEN 'in' ELSE 'out' END, date,
       users.id, 'Contact ' || place, place % 6, users.id, users.id, date, date
  FROM events, (SELECT id FROM res_company ORDER BY id LIMIT 1) company,
       (SELECT id FROM crm_contact_channel ORDER BY id LIMIT 1) channel,
       (SELECT id FROM res_users WHERE login = 'admin') users
 WHERE place % 2 = 1;

INSERT INTO mail_message (
    model, res_id, author_id, message_type, subtype_id, date, subject, body,
    create_uid, write_uid, create_date, write_date
)
SELECT 'sale.order', (ordered.ids)[1 + place % CARDINALITY(ordered.ids)], partner_id, 'email',
       (SELECT res_id FROM ir_model_data WHERE module = 'mail' AND name = 'mt_comment'),
       date, 'Message ' || place, '<p>' || REPEAT('What he wrote. ', 40) || '</p>',
       1, 1, date, date
  FROM events
  JOIN (SELECT partner_id, (ARRAY_AGG(id ORDER BY id))[1:50] AS ids FROM sale_order GROUP BY partner_id)
       ordered USING (partner_id)
 WHERE place % 2 = 0;

ANALYZE crm_interaction;
ANALYZE mail_message;
ANALYZE sale_order;
ANALYZE account_move;
