"""The statements that read what is known of one customer when offers are chosen for him."""

OWNED_SQL = """
    WITH contact AS (
        SELECT id FROM res_partner WHERE commercial_partner_id = %(customer)s
    ), ordered AS (
        SELECT line.id, line.product_id, sale_order.date_order,
               line.product_uom_qty * COALESCE(unit.factor, 1) AS quantity,
               line.reward_id IS NULL AND line.is_downpayment IS NOT TRUE AS is_chosen
          FROM sale_order_line line
          JOIN sale_order ON sale_order.id = line.order_id
          LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
         WHERE line.order_partner_id IN (SELECT id FROM contact)
           AND sale_order.state = 'sale' AND sale_order.company_id = %(company)s
           AND line.product_id IS NOT NULL AND line.display_type IS NULL
           AND line.product_uom_qty > 0
    ), returned AS (
        SELECT move.sale_line_id AS id, SUM(move.quantity * unit.factor) AS quantity
          FROM stock_move move
          JOIN stock_location source ON source.id = move.location_id
          JOIN uom_uom unit ON unit.id = move.product_uom
         WHERE move.sale_line_id IN (SELECT id FROM ordered)
           AND move.state = 'done' AND source.usage = 'customer'
         GROUP BY move.sale_line_id
    ), refunded AS (
        SELECT link.order_line_id AS id, SUM(line.quantity * COALESCE(unit.factor, 1)) AS quantity
          FROM sale_order_line_invoice_rel link
          JOIN account_move_line line ON line.id = link.invoice_line_id
          JOIN account_move move ON move.id = line.move_id
          LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
         WHERE link.order_line_id IN (SELECT id FROM ordered)
           AND move.state = 'posted' AND move.move_type = 'out_refund'
         GROUP BY link.order_line_id
    ), bought AS (
        SELECT ordered.product_id, ordered.date_order AS moment, ordered.is_chosen,
               ordered.quantity
               - GREATEST(COALESCE(returned.quantity, 0), COALESCE(refunded.quantity, 0))
               AS quantity
          FROM ordered
          LEFT JOIN returned ON returned.id = ordered.id
          LEFT JOIN refunded ON refunded.id = ordered.id
         UNION ALL
        SELECT line.product_id, move.invoice_date::timestamp, FALSE,
               line.quantity * CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END
          FROM account_move move
          JOIN account_move_line line ON line.move_id = move.id
         WHERE move.commercial_partner_id = %(customer)s AND move.company_id = %(company)s
           AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
           AND move.state = 'posted' AND line.product_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM sale_order_line_invoice_rel link
                            WHERE link.invoice_line_id = line.id)
    )
    SELECT bought.product_id, template.categ_id,
           SUM(bought.quantity) > 0 AS is_owned, MAX(bought.moment)
             FILTER (WHERE bought.is_chosen) AS moment
      FROM bought
      JOIN product_product product ON product.id = bought.product_id
      JOIN product_template template ON template.id = product.product_tmpl_id
     GROUP BY bought.product_id, template.categ_id
"""
PAST_SQL = """
    SELECT offer.id, offer.kind, COALESCE(offer.accepted_count, 0),
           CASE WHEN offer.id = ANY(%(agreed)s)
                THEN (SELECT COUNT(*) FROM crm_offer_presentation accepted
                       WHERE accepted.offer_id = offer.id AND accepted.state = 'accepted'
                         AND accepted.answered_on >= %(month)s)
                ELSE 0 END,
           COALESCE(past.accepted, 0), past.declined_on, past.shown_on, COALESCE(past.answered, 0),
           COALESCE(past.is_of_visit, FALSE),
           (SELECT value_grade_id FROM crm_customer_standing
             WHERE company_id = %(company)s AND partner_id = %(customer)s)
      FROM crm_alliance_offer offer
      LEFT JOIN (SELECT offer_id,
                        COUNT(*) FILTER (WHERE state = 'accepted') AS accepted,
                        COUNT(*) FILTER (WHERE state IN ('accepted', 'declined')) AS answered,
                        MAX(answered_on) FILTER (WHERE state = 'declined') AS declined_on,
                        MAX(date) AS shown_on,
                        BOOL_OR(partner_id = %(partner)s AND company_id = %(company)s
                                AND date >= %(day)s AND channel_id = %(in_person)s
                                AND interaction_id IS NOT NULL) AS is_of_visit
                   FROM crm_offer_presentation
                  WHERE partner_id IN (SELECT id FROM res_partner
                                        WHERE commercial_partner_id = %(customer)s)
                  GROUP BY offer_id) past ON past.offer_id = offer.id
     WHERE offer.id = ANY(%(offers)s) OR past.offer_id IS NOT NULL
"""
AFFINITY_SQL = """
    WITH bought (level, item, moment) AS (
        SELECT 'product', product, moment
          FROM UNNEST(%(products)s::int[], %(moments)s::timestamp[]) one (product, moment)
         UNION ALL
        SELECT 'category', category, MAX(moment)
          FROM UNNEST(%(categories)s::int[], %(moments)s::timestamp[]) one (category, moment)
         GROUP BY category
    ), wanted (level, item) AS (
        SELECT 'product', product FROM UNNEST(%(offered)s::int[]) product
         UNION ALL
        SELECT 'category', category FROM UNNEST(%(offered_categories)s::int[]) category
    ), found AS (
        SELECT affinity.level, pair.other_item_id AS item, SUM(pair.confidence) / 100 AS strength,
               (ARRAY_AGG(pair.id ORDER BY pair.confidence * pair.lift DESC, pair.id)
                    FILTER (WHERE pair.lift > 1))[1] AS best
          FROM crm_affinity affinity
          JOIN bought ON bought.level = affinity.level
           AND bought.moment >= %(today)s::date - MAKE_INTERVAL(months => affinity.months)
          JOIN wanted ON wanted.level = affinity.level
          JOIN crm_affinity_pair pair ON pair.affinity_id = affinity.id
           AND pair.item_id = bought.item AND pair.other_item_id = wanted.item
         WHERE affinity.company_id = %(company)s AND affinity.active
         GROUP BY affinity.level, pair.other_item_id
    )
    SELECT found.level, found.item, found.strength::float, pair.lift::float,
           COALESCE(template.name->>%(lang)s, template.name->>'en_US', category.name)
      FROM found
      LEFT JOIN crm_affinity_pair pair ON pair.id = found.best
      LEFT JOIN product_product product ON product.id = pair.product_id
      LEFT JOIN product_template template ON template.id = product.product_tmpl_id
      LEFT JOIN product_category category ON category.id = pair.categ_id
"""
STOCK_SQL = """
    WITH place AS MATERIALIZED (
        SELECT location.id
          FROM stock_location location
          JOIN stock_location root ON location.parent_path LIKE root.parent_path || '%%'
         WHERE root.id = (
               SELECT view_location_id FROM stock_warehouse
                WHERE company_id = %(company)s AND (id = %(warehouse)s OR active)
                ORDER BY id = %(warehouse)s DESC, sequence, id LIMIT 1)
    )
    SELECT product_id, NULL::timestamp AS moment, SUM(quantity - reserved_quantity) AS quantity
      FROM stock_quant
     WHERE product_id = ANY(%(products)s) AND location_id IN (SELECT id FROM place)
     GROUP BY product_id
     UNION ALL
    SELECT product_id, date, SUM(product_qty)
      FROM stock_move
     WHERE product_id = ANY(%(products)s)
       AND state IN ('waiting', 'confirmed', 'assigned', 'partially_available')
       AND location_id NOT IN (SELECT id FROM place)
       AND COALESCE(location_final_id, location_dest_id) IN (SELECT id FROM place)
     GROUP BY product_id, date
     ORDER BY 2, 1
"""
