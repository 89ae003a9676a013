-- Fill a new database of Odoo with a company's customers, their orders and order lines.
--
-- psql variable `customers`: how many commercial customers. Each tenth is a firm with two contacts.
-- Ten orders per customer over the three years up to 2025-12-31, unevenly: the number of orders
-- falls with the square root of the customer's place, from some hundreds to five. Three lines each.
-- The same `customers` give the same rows: a hash of the row's number takes the place of chance.

\set ON_ERROR_STOP on
BEGIN;
SET LOCAL jit = off;
SET LOCAL maintenance_work_mem = '512MB';

-- Rows are right by construction, so that foreign keys need no check of each; only a superuser of
-- the server may leave the checks out, for others this takes longer.
SELECT set_config('session_replication_role', 'replica', TRUE)
  FROM pg_roles WHERE rolname = current_user AND rolsuper;

CREATE FUNCTION pg_temp.share(number bigint, subject integer) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT (hashint8extended(number, subject) & 2147483647) / 2147483648.0::double precision
$$;

-- Indices are built once, after the rows.
CREATE TEMP TABLE postponed ON COMMIT DROP AS
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
  FROM pg_index
 WHERE indrelid IN ('sale_order'::regclass, 'sale_order_line'::regclass)
   AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid);
SELECT format('DROP INDEX %s', name) FROM postponed \gexec

UPDATE res_partner SET tz = 'Asia/Bangkok'
 WHERE id = (SELECT partner_id FROM res_company ORDER BY id LIMIT 1);

CREATE TEMP TABLE company ON COMMIT DROP AS
SELECT company.id, company.currency_id, users.id AS user_id,
       (SELECT id FROM res_country WHERE code = 'TH') AS country_id,
       '2025-12-31 12:00:00'::timestamp AS written_at
  FROM res_company company, res_users users
 WHERE users.login = 'admin'
 ORDER BY company.id LIMIT 1;

-- Customers and the contacts of firms

CREATE TEMP TABLE customer ON COMMIT DROP AS
SELECT number, nextval('res_partner_id_seq')::integer AS id, number % 10 = 0 AS is_firm,
       CASE WHEN number % 10 = 0 THEN format('Firm %s', number)
            ELSE format('Customer %s', number) END AS name
  FROM generate_series(0, :customers - 1) number;

CREATE TEMP TABLE contact ON COMMIT DROP AS
SELECT customer.number, place, nextval('res_partner_id_seq')::integer AS id,
       customer.id AS parent_id, customer.name AS firm,
       format('Buyer %s of %s', place, customer.number) AS name
  FROM customer, generate_series(1, 2) place
 WHERE is_firm;

INSERT INTO res_partner (
    id, commercial_partner_id, parent_id, name, complete_name, commercial_company_name,
    is_company, type, active, partner_share, autopost_bills, customer_rank, supplier_rank,
    message_bounce, color, lang, phone, email, email_normalized, country_id, city, zip,
    create_uid, write_uid, create_date, write_date
)
SELECT partner.id, partner.commercial_id, partner.parent_id, partner.name, partner.complete_name,
       partner.firm, partner.is_firm, 'contact', TRUE, TRUE, 'ask', 1, 0,
       0, 0, 'en_US', '+66 2 ' || LPAD(partner.id::text, 7, '0'),
       format('partner%s@example.com', partner.id), format('partner%s@example.com', partner.id),
       company.country_id, 'Bangkok', '10110',
       company.user_id, company.user_id, company.written_at, company.written_at
  FROM company, (
        SELECT id, id AS commercial_id, NULL::integer AS parent_id, name, name AS complete_name,
               CASE WHEN is_firm THEN name END AS firm, is_firm
          FROM customer
         UNION ALL
        SELECT id, parent_id, parent_id, name, firm || ', ' || name, firm, FALSE
          FROM contact
       ) partner;

-- Orders, the oldest first; a firm buys itself or through its contacts in turn

CREATE TEMP TABLE buyer ON COMMIT DROP AS
SELECT number, 0 AS place, id FROM customer
 UNION ALL
SELECT number, place, id FROM contact
 UNION ALL
SELECT number, place, id FROM customer, generate_series(1, 2) place WHERE NOT is_firm;
CREATE INDEX ON buyer (number, place);
ANALYZE buyer;

CREATE TEMP TABLE purchase ON COMMIT DROP AS
SELECT nextval('sale_order_id_seq')::integer AS id, number,
       FLOOR(:customers * pg_temp.share(number, 1) ^ 2)::bigint * 7919 % :customers AS customer,
       (number % 3)::integer AS place,
       '2023-01-01'::timestamp
           + (number + pg_temp.share(number, 2)) / (10.0 * :customers) * 1095 * '1 day'::interval
           AS moment,
       ROUND((10 ^ (1 + 2.5 * pg_temp.share(number, 3)))::numeric, 2) AS amount
  FROM generate_series(0, 10 * :customers - 1) number;

INSERT INTO sale_order (
    id, company_id, partner_id, partner_invoice_id, partner_shipping_id, currency_id,
    currency_rate, user_id, name, state, invoice_status, date_order, amount_untaxed, amount_tax,
    amount_total, locked, require_signature, require_payment, prepayment_percent,
    create_uid, write_uid, create_date, write_date
)
SELECT purchase.id, company.id, buyer.id, buyer.id, buyer.id, company.currency_id,
       1, company.user_id, 'S' || LPAD(purchase.number::text, 8, '0'), 'sale', 'no',
       DATE_TRUNC('second', purchase.moment), purchase.amount, 0,
       purchase.amount, FALSE, FALSE, FALSE, 1,
       company.user_id, company.user_id, purchase.moment, company.written_at
  FROM purchase
  JOIN buyer ON buyer.number = purchase.customer AND buyer.place = purchase.place
 CROSS JOIN company
 ORDER BY purchase.id;

-- One product of which all orders are

CREATE TEMP TABLE product ON COMMIT DROP AS
SELECT nextval('product_template_id_seq')::integer AS template_id,
       nextval('product_product_id_seq')::integer AS id,
       (SELECT MIN(id) FROM uom_uom) AS uom_id,
       (SELECT MIN(id) FROM product_category) AS category_id;

INSERT INTO product_template (
    id, name, type, uom_id, categ_id, service_tracking, list_price, active, sale_ok
)
SELECT template_id, '{"en_US": "Goods"}', 'consu', uom_id, category_id, 'no', 1, TRUE, TRUE
  FROM product;

INSERT INTO product_product (id, product_tmpl_id, active)
SELECT id, template_id, TRUE FROM product;

INSERT INTO sale_order_line (
    order_id, sequence, company_id, currency_id, order_partner_id, salesman_id, product_id,
    product_uom_id, state, qty_delivered_method, invoice_status, name, product_uom_qty,
    price_unit, discount, price_subtotal, price_total, price_reduce_taxexcl,
    price_reduce_taxinc, qty_delivered, qty_invoiced, qty_to_invoice,
    untaxed_amount_invoiced, untaxed_amount_to_invoice, technical_price_unit, price_tax,
    customer_lead, create_uid, write_uid, create_date, write_date
)
SELECT orders.id, 10 * place, orders.company_id, orders.currency_id, orders.partner_id,
       orders.user_id, product.id, product.uom_id, 'sale', 'manual', 'no', 'Goods', 1,
       line.price, 0, line.price, line.price, line.price, line.price, 0, 0, 0,
       0, 0, line.price, 0, 0,
       orders.create_uid, orders.write_uid, orders.create_date, orders.write_date
  FROM sale_order orders
 CROSS JOIN product
 CROSS JOIN generate_series(1, 3) place
 CROSS JOIN LATERAL (
        SELECT CASE place
               WHEN 1 THEN ROUND(orders.amount_untaxed / 2, 2)
               WHEN 2 THEN ROUND(orders.amount_untaxed / 3, 2)
               ELSE orders.amount_untaxed - ROUND(orders.amount_untaxed / 2, 2)
                                          - ROUND(orders.amount_untaxed / 3, 2)
               END AS price
       ) line
 ORDER BY orders.id, place;

SELECT definition FROM postponed \gexec
COMMIT;
VACUUM ANALYZE;
