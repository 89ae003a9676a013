-- Give persons a birth date, and one of twenty customers a twin: of each hundred there is one by
-- e-mail, phone, Tax ID, name and birth date, name and postcode. All else of a twin is his own.
-- The table `planted` tells who is whose twin, and by which rule.

UPDATE res_partner
   SET birthdate = DATE '1940-01-01' + (HASHINT8(id) & 2147483647) % 25000
 WHERE customer_rank > 0 AND NOT is_company;

CREATE TABLE planted AS
SELECT id, NEXTVAL('res_partner_id_seq')::integer AS twin_id,
       (ARRAY['email', 'phone', 'tax_id', 'name_birthdate', 'name_postcode'])[
           1 + (place / 20) % 5
       ] AS kind
  FROM (
        SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS place
          FROM res_partner
         WHERE customer_rank > 0 AND parent_id IS NULL
       ) customer
 WHERE place % 20 = 0;

INSERT INTO res_partner (
    id, commercial_partner_id, name, complete_name, commercial_company_name, is_company, type,
    active, partner_share, autopost_bills, customer_rank, supplier_rank, message_bounce, color,
    lang, phone, phone_sanitized, email, email_normalized, vat, birthdate, country_id, city, zip,
    create_uid, write_uid, create_date, write_date
)
SELECT planted.twin_id, planted.twin_id, own.name, own.name,
       CASE WHEN customer.is_company THEN own.name END, customer.is_company, 'contact',
       TRUE, TRUE, 'ask', 1, 0, 0, 0,
       'en_US', own.phone, own.phone, own.email, own.email, own.vat, own.birthdate,
       customer.country_id, 'Bangkok', own.zip,
       customer.create_uid, customer.write_uid, customer.create_date, customer.write_date
  FROM planted
  JOIN res_partner customer ON customer.id = planted.id
 CROSS JOIN LATERAL (
        SELECT CASE WHEN kind IN ('name_birthdate', 'name_postcode') THEN UPPER(customer.name)
                    ELSE FORMAT('Twin %s', planted.twin_id) END AS name,
               CASE WHEN kind = 'phone' THEN customer.phone_sanitized END AS phone,
               CASE WHEN kind = 'email' THEN customer.email_normalized END AS email,
               CASE WHEN kind = 'tax_id' THEN COALESCE(customer.vat, customer.id::text) END AS vat,
               CASE WHEN kind = 'name_birthdate' THEN customer.birthdate END AS birthdate,
               CASE WHEN kind = 'name_postcode' THEN customer.zip END AS zip
       ) own;

-- A private customer has his Tax ID only here; a firm has no birth date.
UPDATE res_partner SET vat = id::text
 WHERE vat IS NULL AND id IN (SELECT id FROM planted WHERE kind = 'tax_id');
DELETE FROM planted USING res_partner customer
 WHERE customer.id = planted.id AND kind = 'name_birthdate' AND customer.birthdate IS NULL;
