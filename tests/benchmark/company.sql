-- Fill a new database of Odoo with a company's customers, their orders and order lines.
--
-- psql variable `customers`: how many commercial customers. Each tenth is a firm with two contacts.
-- Ten orders per customer over the three years up to 2025-12-31, unevenly: the number of orders
-- falls with the square root of the customer's place, from some hundreds to five. Three lines each.
-- Of each tenth order there is a posted invoice without lines, for its number. Six of ten persons
-- have a Thai name in Thai letters, three in Latin ones, one a name from elsewhere; given names are
-- few, as in life, and surnames many. Phones, e-mails and Tax IDs are as the ORM would store them.
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
 WHERE indrelid IN (
           'sale_order'::regclass, 'sale_order_line'::regclass, 'account_move'::regclass
       )
   AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid);
SELECT format('DROP INDEX %s', name) FROM postponed \gexec

UPDATE res_partner
   SET tz = 'Asia/Bangkok', country_id = (SELECT id FROM res_country WHERE code = 'TH')
 WHERE id = (SELECT partner_id FROM res_company ORDER BY id LIMIT 1);

CREATE TEMP TABLE company ON COMMIT DROP AS
SELECT company.id, company.currency_id, users.id AS user_id,
       (SELECT id FROM res_country WHERE code = 'TH') AS country_id,
       '2025-12-31 12:00:00'::timestamp AS written_at
  FROM res_company company, res_users users
 WHERE users.login = 'admin'
 ORDER BY company.id LIMIT 1;

-- Names: a given name and a surname, or what a firm is called, made of three syllables

CREATE TEMP TABLE given ON COMMIT DROP AS
SELECT place - 1 AS place, thai, latin, western
  FROM UNNEST(
       ARRAY['สมชาย', 'สมหญิง', 'ประเสริฐ', 'มาลี', 'วิชัย', 'สุดา', 'อนุชา', 'กัลยา', 'สมศักดิ์', 'รัตนา',
             'ณัฐพล', 'ศิริพร', 'กิตติพงษ์', 'พรทิพย์', 'ธนา', 'อรทัย', 'สุรชัย', 'วรรณา', 'บุญมี', 'ปราณี',
             'ทองดี', 'นภา', 'อำนาจ', 'พิมพ์ชนก', 'ชูเกียรติ', 'ชลธิชา', 'เกษม', 'จันทร์เพ็ญ', 'ไพโรจน์', 'ดวงใจ'],
       ARRAY['Somchai', 'Somying', 'Prasert', 'Malee', 'Wichai', 'Suda', 'Anucha', 'Kanlaya',
             'Somsak', 'Rattana', 'Nattapon', 'Siriporn', 'Kittipong', 'Porntip', 'Thana',
             'Orathai', 'Surachai', 'Wanna', 'Boonmee', 'Pranee', 'Thongdee', 'Napha', 'Amnat',
             'Pimchanok', 'Chukiat', 'Chonticha', 'Kasem', 'Chanpen', 'Phairot', 'Duangjai'],
       ARRAY['John', 'Mary', 'Li', 'Anna', 'Peter', 'Sophie', 'Mohamed', 'Wei', 'Hans', 'Yuki',
             'David', 'Laura', 'Jean', 'Emma', 'Paul', 'Julia', 'Rahul', 'Olga', 'Mark', 'Nina',
             'Ivan', 'Sara', 'Tom', 'Eva', 'Omar', 'Lucy', 'Kenji', 'Ines', 'Otto', 'Ruth']
       ) WITH ORDINALITY AS name (thai, latin, western, place);

CREATE TEMP TABLE syllable ON COMMIT DROP AS
SELECT place - 1 AS place, thai, latin
  FROM UNNEST(
       ARRAY['ศรี', 'สุข', 'วงศ์', 'ทอง', 'ชัย', 'รัตน์', 'เจริญ', 'บุญ', 'แก้ว', 'พันธุ์', 'ใจ', 'ธรรม',
             'สิทธิ์', 'เพชร', 'นคร', 'มงคล', 'กุล', 'ไทย', 'วัฒน์', 'เดช', 'จันทร์', 'อินทร์', 'โชติ', 'ภักดี'],
       ARRAY['sri', 'suk', 'wong', 'thong', 'chai', 'rat', 'charoen', 'bun', 'kaew', 'phan', 'jai',
             'tham', 'sit', 'phet', 'nakhon', 'mongkhon', 'kun', 'thai', 'wat', 'det', 'chan',
             'in', 'chot', 'phakdi']
       ) WITH ORDINALITY AS part (thai, latin, place);

-- Customers and the contacts of firms

CREATE TEMP TABLE customer ON COMMIT DROP AS
SELECT number, nextval('res_partner_id_seq')::integer AS id, number % 10 = 0 AS is_firm
  FROM generate_series(0, :customers - 1) number;

CREATE TEMP TABLE contact ON COMMIT DROP AS
SELECT customer.number, place, nextval('res_partner_id_seq')::integer AS id,
       customer.id AS parent_id
  FROM customer, generate_series(1, 2) place
 WHERE is_firm;

CREATE TEMP TABLE party ON COMMIT DROP AS
SELECT id, NULL::integer AS parent_id, is_firm FROM customer
 UNION ALL
SELECT id, parent_id, FALSE FROM contact;

CREATE TEMP TABLE named ON COMMIT DROP AS
SELECT party.id, party.parent_id, party.is_firm,
       CASE WHEN party.is_firm AND kind < 0.6 THEN format('บริษัท %s จำกัด', surname.thai)
            WHEN party.is_firm THEN format('%s Trading Co., Ltd.', INITCAP(surname.latin))
            WHEN kind < 0.6 THEN format('%s %s', given.thai, surname.thai)
            WHEN kind < 0.9 THEN format('%s %s', given.latin, INITCAP(surname.latin))
            ELSE format('%s %s', given.western, INITCAP(surname.latin)) END AS name,
       CASE WHEN party.is_firm THEN format('info@%s%s.example.com', surname.latin, party.id)
            ELSE LOWER(format('%s.%s%s@example.com', given.latin, surname.latin, party.id))
            END AS email
  FROM party
 CROSS JOIN LATERAL (SELECT pg_temp.share(party.id, 4) AS kind) chance
  JOIN given ON given.place = FLOOR(30 * pg_temp.share(party.id, 5) ^ 1.5)
 CROSS JOIN LATERAL (
        SELECT STRING_AGG(syllable.thai, '' ORDER BY turn) AS thai,
               STRING_AGG(syllable.latin, '' ORDER BY turn) AS latin
          FROM generate_series(6, 8) turn
          JOIN syllable ON syllable.place = FLOOR(24 * pg_temp.share(party.id, turn))
       ) surname;

INSERT INTO res_partner (
    id, commercial_partner_id, parent_id, name, complete_name, commercial_company_name,
    is_company, type, active, partner_share, autopost_bills, customer_rank, supplier_rank,
    message_bounce, color, lang, phone, phone_sanitized, email, email_normalized, vat,
    country_id, city, zip, create_uid, write_uid, create_date, write_date
)
SELECT named.id, COALESCE(firm.id, named.id), firm.id, named.name,
       CONCAT_WS(', ', firm.name, named.name),
       CASE WHEN named.is_firm THEN named.name ELSE firm.name END,
       named.is_firm, 'contact', TRUE, TRUE, 'ask', 1, 0,
       0, 0, 'en_US', phone.shown, TRANSLATE(phone.shown, ' ', ''), named.email, named.email,
       CASE WHEN named.is_firm OR firm.id IS NOT NULL
            THEN '0105' || LPAD(COALESCE(firm.id, named.id)::text, 9, '0') END,
       company.country_id, 'Bangkok', (10000 + 10 * FLOOR(900 * pg_temp.share(named.id, 9)))::text,
       company.user_id, company.user_id, company.written_at, company.written_at
  FROM company
 CROSS JOIN named
  LEFT JOIN named firm ON firm.id = named.parent_id
 CROSS JOIN LATERAL (
        -- a number of its own for each id, its digits stirred
        SELECT LPAD((named.id::bigint * 7919 % 10000000)::text, 7, '0') AS seven,
               LPAD((named.id::bigint * 7919 % 100000000)::text, 8, '0') AS eight
       ) digits
 CROSS JOIN LATERAL (
        SELECT CASE WHEN named.is_firm
                    THEN format('+66 2 %s %s', LEFT(seven, 3), RIGHT(seven, 4))
                    ELSE format('+66 8%s %s %s', LEFT(eight, 1), SUBSTR(eight, 2, 3),
                                RIGHT(eight, 4)) END AS shown
       ) phone
 ORDER BY named.id;

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

-- An invoice of each tenth order

INSERT INTO account_move (
    name, sequence_prefix, sequence_number, journal_id, company_id, currency_id, partner_id,
    commercial_partner_id, partner_shipping_id, move_type, state, payment_state, auto_post,
    posted_before, checked, date, invoice_date, invoice_date_due, invoice_origin,
    invoice_user_id, amount_untaxed, amount_tax, amount_total, amount_residual,
    amount_untaxed_signed, amount_total_signed, create_uid, write_uid, create_date, write_date
)
SELECT prefix || LPAD(sequence_number::text, 5, '0'), prefix, sequence_number, journal.id,
       company_id, currency_id, partner_id, commercial_partner_id, partner_id, 'out_invoice',
       'posted', 'paid', 'no', TRUE, TRUE, day, day, day, name, user_id,
       amount_untaxed, 0, amount_total, 0, amount_untaxed, amount_total,
       create_uid, write_uid, create_date, write_date
  FROM (
        SELECT orders.*, partner.commercial_partner_id, orders.date_order::date AS day,
               TO_CHAR(orders.date_order, '"INV/"YYYY"/"') AS prefix,
               ROW_NUMBER() OVER (
                   PARTITION BY DATE_PART('year', orders.date_order) ORDER BY orders.id
               ) AS sequence_number
          FROM sale_order orders
          JOIN res_partner partner ON partner.id = orders.partner_id
         WHERE orders.id % 10 = 0
       ) invoiced
 CROSS JOIN (SELECT MIN(id) AS id FROM account_journal WHERE type = 'sale') journal
 ORDER BY invoiced.id;

SELECT definition FROM postponed \gexec
COMMIT;
VACUUM ANALYZE;
