-- Give a generated company what contributions are made of: an invoice of every order with a line
-- for each of its lines, costs, some credit notes, late payments, deliveries, contacts and cases.
--
-- The addon for analytics is installed. The same company gives the same rows.

\set ON_ERROR_STOP on
BEGIN;
SET LOCAL jit = off;
SET LOCAL maintenance_work_mem = '512MB';
SELECT set_config('session_replication_role', 'replica', TRUE)
  FROM pg_roles WHERE rolname = current_user AND rolsuper;

CREATE TEMP TABLE book ON COMMIT DROP AS
SELECT company.id AS company_id, company.currency_id, users.id AS user_id,
       '2025-12-31 12:00:00'::timestamp AS written_at,
       (SELECT MIN(id) FROM account_journal WHERE type = 'sale') AS sale_journal_id,
       (SELECT MIN(id) FROM account_journal WHERE type = 'bank') AS bank_journal_id,
       (SELECT MIN(id) FROM account_account WHERE account_type = 'income') AS income_id,
       (SELECT MIN(id) FROM account_account WHERE account_type = 'asset_receivable')
           AS receivable_id
  FROM res_company company, res_users users
 WHERE users.login = 'admin'
 ORDER BY company.id LIMIT 1;

CREATE TEMP TABLE postponed ON COMMIT DROP AS
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
  FROM pg_index
 WHERE indrelid IN (
           'account_move'::regclass, 'account_move_line'::regclass,
           'sale_order_line_invoice_rel'::regclass, 'stock_picking'::regclass
       )
   AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid);
SELECT format('DROP INDEX %s', name) FROM postponed \gexec

-- A piece costs four to nine tenths of its price; of each second order goods leave the stock.

UPDATE sale_order_line
   SET purchase_price = ROUND(price_unit * (0.4 + id % 6 / 10.0), 2),
       qty_delivered_method = CASE WHEN order_id % 2 = 0 THEN 'stock_move' ELSE 'manual' END,
       qty_delivered = CASE WHEN order_id % 4 = 0 THEN 1 ELSE 0 END;

INSERT INTO crm_service_rate (
    company_id, kind, channel_id, date_from, amount, minute_amount, yearly_rate
)
SELECT company_id, kind, NULL, '2020-01-01'::date, amount, minute_amount, yearly_rate
  FROM book,
       (VALUES ('interaction', 1.00, 0.10, 0.0), ('case', 25.00, 0, 0), ('delivery', 6.50, 0, 0),
               ('return', 9.00, 0, 0), ('order_line', 0.35, 0, 0), ('late_payment', 0, 0, 0.08)
       ) rate (kind, amount, minute_amount, yearly_rate);

-- Invoices, credit notes of the first line of each hundredth order, payments of each fifth

CREATE TEMP TABLE billed ON COMMIT DROP AS
SELECT nextval('account_move_id_seq')::integer AS id, orders.id AS order_id, orders.name,
       orders.partner_id, partner.commercial_partner_id, part.move_type,
       orders.date_order::date + part.days AS day
  FROM sale_order orders
  JOIN res_partner partner ON partner.id = orders.partner_id
  JOIN (VALUES ('out_invoice', 0, 1), ('out_refund', 10, 100), ('entry', 20, 5)
       ) part (move_type, days, each) ON orders.id % part.each = 0;
CREATE INDEX ON billed (order_id);
ANALYZE billed;

INSERT INTO account_move (
    id, name, journal_id, company_id, currency_id, partner_id, commercial_partner_id, move_type,
    state, payment_state, auto_post, posted_before, checked, date, invoice_date,
    create_uid, write_uid, create_date, write_date
)
SELECT id, 'B' || id, CASE move_type WHEN 'entry' THEN bank_journal_id ELSE sale_journal_id END,
       company_id, currency_id, partner_id, commercial_partner_id, move_type, 'posted', 'paid',
       'no', TRUE, TRUE, day, day, user_id, user_id, written_at, written_at
  FROM billed, book
 ORDER BY id;

CREATE TEMP TABLE goods_line ON COMMIT DROP AS
SELECT nextval('account_move_line_id_seq')::integer AS id, billed.id AS move_id, sold.id AS sold_id,
       billed.commercial_partner_id, billed.move_type, billed.day, sold.product_id,
       sold.product_uom_id, sold.price_subtotal
  FROM billed
  JOIN sale_order_line sold ON sold.order_id = billed.order_id
 WHERE billed.move_type <> 'entry' AND (billed.move_type = 'out_invoice' OR sold.sequence = 10);

INSERT INTO account_move_line (
    id, move_id, move_name, parent_state, journal_id, company_id, company_currency_id,
    currency_id, account_id, partner_id, display_type, product_id, product_uom_id, quantity,
    balance, debit, credit, amount_currency, amount_residual, date, name,
    create_uid, write_uid, create_date, write_date
)
SELECT id, move_id, 'B' || move_id, 'posted', sale_journal_id, company_id, currency_id,
       currency_id, income_id, commercial_partner_id, 'product', product_id, product_uom_id, 1,
       side * price_subtotal, GREATEST(side, 0) * price_subtotal, GREATEST(-side, 0) * price_subtotal,
       side * price_subtotal, 0, day, 'Goods', user_id, user_id, written_at, written_at
  FROM goods_line, book,
       LATERAL (SELECT CASE move_type WHEN 'out_refund' THEN 1 ELSE -1 END AS side) sides
 ORDER BY id;

INSERT INTO sale_order_line_invoice_rel (invoice_line_id, order_line_id)
SELECT id, sold_id FROM goods_line ORDER BY id;

CREATE TEMP TABLE due_line ON COMMIT DROP AS
SELECT nextval('account_move_line_id_seq')::integer AS id, billed.id AS move_id, billed.order_id,
       billed.commercial_partner_id, billed.move_type, billed.day, orders.amount_untaxed AS amount
  FROM billed
  JOIN sale_order orders ON orders.id = billed.order_id
 WHERE billed.move_type <> 'out_refund';
CREATE INDEX ON due_line (order_id);

INSERT INTO account_move_line (
    id, move_id, move_name, parent_state, journal_id, company_id, company_currency_id,
    currency_id, account_id, partner_id, display_type, quantity, balance, debit, credit,
    amount_currency, amount_residual, reconciled, date, date_maturity, name,
    create_uid, write_uid, create_date, write_date
)
SELECT id, move_id, 'B' || move_id, 'posted', sale_journal_id, company_id,
       currency_id, currency_id, receivable_id, commercial_partner_id, 'payment_term', 1,
       side * amount, GREATEST(side, 0) * amount, GREATEST(-side, 0) * amount, side * amount, 0,
       TRUE, day, day, 'Due', user_id, user_id, written_at, written_at
  FROM due_line, book,
       LATERAL (SELECT CASE move_type WHEN 'entry' THEN -1 ELSE 1 END AS side) sides
 ORDER BY id;

INSERT INTO account_partial_reconcile (
    debit_move_id, credit_move_id, company_id, amount, debit_amount_currency,
    credit_amount_currency, max_date, create_uid, write_uid, create_date, write_date
)
SELECT invoice.id, payment.id, company_id, invoice.amount, invoice.amount, invoice.amount,
       payment.day, user_id, user_id, written_at, written_at
  FROM due_line invoice
  JOIN due_line payment ON payment.order_id = invoice.order_id AND payment.move_type = 'entry'
 CROSS JOIN book
 WHERE invoice.move_type = 'out_invoice'
 ORDER BY invoice.id;

-- Deliveries of each second order, two contacts a customer, a case of each tenth

INSERT INTO stock_picking (
    name, state, move_type, partner_id, company_id, picking_type_id, location_id,
    location_dest_id, date_done, scheduled_date, create_uid, write_uid, create_date, write_date
)
SELECT 'P' || orders.id, 'done', 'direct', orders.partner_id, book.company_id, operation.id,
       operation.default_location_src_id, place.id, orders.date_order + '1 day'::interval,
       orders.date_order, book.user_id, book.user_id, written_at, written_at
  FROM sale_order orders, book,
       (SELECT * FROM stock_picking_type WHERE code = 'outgoing' ORDER BY id LIMIT 1) operation,
       (SELECT * FROM stock_location WHERE usage = 'customer' ORDER BY id LIMIT 1) place
 WHERE orders.id % 2 = 0
 ORDER BY orders.id;

INSERT INTO crm_interaction (
    partner_id, company_id, channel_id, direction, date, duration, subject, user_id,
    create_uid, write_uid, create_date, write_date
)
SELECT partner.id, book.company_id, (SELECT MIN(id) FROM crm_contact_channel), 'in',
       '2025-03-01 05:00:00'::timestamp + place * '60 days'::interval, partner.id % 20, 'Question',
       book.user_id, book.user_id, book.user_id, written_at, written_at
  FROM res_partner partner, book, generate_series(1, 2) place
 WHERE partner.customer_rank > 0 AND partner.parent_id IS NULL
 ORDER BY partner.id;

INSERT INTO crm_case (
    name, subject, kind, severity, partner_id, company_id, stage_id, opened_date,
    create_uid, write_uid, create_date, write_date
)
SELECT 'C' || partner.id, 'Complaint', 'complaint', '1', partner.id, book.company_id,
       (SELECT MIN(id) FROM crm_case_stage), '2025-05-01 05:00:00'::timestamp,
       book.user_id, book.user_id, written_at, written_at
  FROM res_partner partner, book
 WHERE partner.customer_rank > 0 AND partner.parent_id IS NULL AND partner.id % 10 = 0
 ORDER BY partner.id;

SELECT definition FROM postponed \gexec
COMMIT;
VACUUM ANALYZE;
