"""What simulated members bought, what it cost, and what their benefits would cost."""

from collections import defaultdict

from odoo import fields
from odoo.tools import SQL

from ..logic.simulation import coupon_cost


class SimulatedCosts:
    """Amounts by month and rank, read from the documents by a few statements.

    They ask the table `crm_simulated_holding` for who held which rank when: on the day of the
    document, in the company's currency.
    """

    def __init__(self, simulation):
        self.simulation = simulation
        self.env = simulation.env
        self.ladder = simulation.ladder_id
        self.company = simulation.company_id
        self.tiers = self.ladder._tiers()
        self.has_margins = "purchase_price" in self.env["sale.order.line"]._fields
        self.cost_basis = "order" if self.has_margins else "product"
        self.remarks = []

    def amounts_by_month(self, tally):
        """Return ``{(month, rank): {name: amount}}``, rank 0 for what was bought without a tier."""
        self._stage_sales()
        amounts = defaultdict(dict)
        for month, rank, revenue, cost in self.env.execute_query(
            SQL(
                "SELECT month, tier_rank, SUM(revenue), SUM(cost) FROM crm_simulated_sale"
                " GROUP BY month, tier_rank"
            )
        ):
            amounts[month, rank] |= {"revenue": revenue, "delivered_cost": cost}
        self._add_points(amounts)
        self._add_prices(amounts)
        self._add_coupons(amounts, tally)
        return amounts

    def revenue_of_customers(self) -> SQL:
        """Return the SELECT of each holder's net invoiced revenue, of twelve months and of all."""
        return SQL(
            """
            SELECT %(holder)s AS partner_id,
                   SUM(move.amount_untaxed_signed) FILTER (
                       WHERE COALESCE(move.invoice_date, move.date) > %(year)s
                   ) AS year,
                   SUM(move.amount_untaxed_signed) FILTER (
                       WHERE COALESCE(move.invoice_date, move.date) >= %(first)s
                   ) AS period
              FROM account_move move
              JOIN res_partner partner ON partner.id = move.partner_id
             WHERE %(posted)s AND COALESCE(move.invoice_date, move.date) BETWEEN %(since)s
                   AND %(last)s
             GROUP BY 1
            """,
            holder=self._holder(),
            year=(year := fields.Date.subtract(self.simulation.date_to, months=12)),
            first=self.simulation.date_from,
            since=min(year, self.simulation.date_from),
            posted=self._posted(),
            last=self.simulation.date_to,
        )

    def _holder(self) -> SQL:
        """Return the column of who holds the tier that counts for a partner."""
        column = "commercial_partner_id" if self.ladder.scope == "company" else "id"
        return SQL.identifier("partner", column)

    def _posted(self) -> SQL:
        return SQL(
            """
            move.state = 'posted' AND move.company_id = %s
            AND move.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
            """,
            self.company.id,
        )

    def _stage_sales(self):
        """Keep the lines of invoices and credit notes, each with the rank of its day.

        The cost is that of the order line, in the order's currency and unit, where orders have one;
        or else the product's cost today. Reduced quantities are those of the product's unit.
        """
        quantity = SQL(
            "sold.sign * line.quantity * COALESCE(unit.factor / NULLIF(own.factor, 0), 1)::numeric"
        )
        today = SQL("COALESCE((product.standard_price->>%s)::numeric, 0)", str(self.company.id))
        cost, orders = SQL("%s * %s", quantity, today), SQL()
        if self.has_margins:
            cost = SQL("COALESCE(sold.sign * line.quantity * ordered.cost, %s)", cost)
            orders = self._order_costs()
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE crm_simulated_sale ON COMMIT DROP AS
                SELECT DATE_TRUNC('month', sold.day)::date AS month, sold.tier_rank, sold.sign,
                       line.product_id, %(quantity)s AS quantity, -line.balance AS revenue,
                       %(cost)s AS cost
                  FROM (
                        SELECT move.id, COALESCE(move.invoice_date, move.date) AS day,
                               CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END AS sign,
                               COALESCE(held.tier_rank, 0) AS tier_rank
                          FROM account_move move
                          JOIN res_partner partner ON partner.id = move.partner_id
                          LEFT JOIN crm_simulated_holding held
                            ON held.partner_id = %(holder)s
                           AND COALESCE(move.invoice_date, move.date)
                               BETWEEN held.first AND held.last
                         WHERE %(posted)s AND COALESCE(move.invoice_date, move.date)
                               BETWEEN %(first)s AND %(last)s
                       ) sold
                  JOIN account_move_line line
                    ON line.move_id = sold.id AND line.display_type = 'product'
                  LEFT JOIN product_product product ON product.id = line.product_id
                  LEFT JOIN product_template template ON template.id = product.product_tmpl_id
                  LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
                  LEFT JOIN uom_uom own ON own.id = template.uom_id
                  %(orders)s
                """,
                quantity=quantity,
                cost=cost,
                holder=self._holder(),
                posted=self._posted(),
                first=self.simulation.date_from,
                last=self.simulation.date_to,
                orders=orders,
            )
        )
        self.env.cr.execute("ANALYZE crm_simulated_sale")

    def _order_costs(self) -> SQL:
        """Return the join of what one of an invoice line cost on its order line."""
        return SQL(
            """
            LEFT JOIN LATERAL (
                SELECT AVG(
                           (bought.purchase_price / COALESCE(NULLIF(sale.currency_rate, 0), 1))
                           ::numeric * COALESCE(unit.factor / NULLIF(asked.factor, 0), 1)::numeric
                       ) AS cost
                  FROM sale_order_line_invoice_rel link
                  JOIN sale_order_line bought ON bought.id = link.order_line_id
                  JOIN sale_order sale ON sale.id = bought.order_id
                  LEFT JOIN uom_uom asked ON asked.id = bought.product_uom_id
                 WHERE link.invoice_line_id = line.id
            ) ordered ON TRUE
            """
        )

    def _add_points(self, amounts):
        """Add what orders earned without any tier, times the multiplier less one.

        What they really earned is divided by the multiplier of the tier that the customer held on
        the day of the order.
        """
        programs = self._multiplied_programs()
        values = {program.id: program.point_value for program in programs}
        for month, rank, program_id, points in self.env.execute_query(self._points(programs)):
            extra = float(points) * (self.tiers[rank - 1].points_multiplier - 1)
            line = amounts[month, rank]
            line["extra_points"] = line.get("extra_points", 0.0) + extra
            line["points_cost"] = line.get("points_cost", 0.0) + extra * values[program_id]

    def _multiplied_programs(self):
        """Return the programs that this ladder multiplies, or the one whose place it takes."""
        ladders = list(self.env["crm.loyalty.ladder"]._versions(self.ladder.id))
        programs = self.env["loyalty.program"].search(
            [
                ("ladder_id", "in", ladders),
                ("company_id", "in", [self.company.id, False]),
            ]
        )
        for program in programs.filtered(lambda one: not one.point_value):
            self.remarks.append(
                self.env._(
                    "The points of %(program)s have no fair value: its extra points cost nothing"
                    " here.",
                    program=program.name,
                )
            )
        return programs

    def _points(self, programs) -> SQL:
        Fact = self.env["crm.customer.fact"]
        company = SQL("%s", self.company.id)
        return SQL(
            """
            SELECT DATE_TRUNC('month', earned.day)::date, held.tier_rank, card.program_id,
                   SUM(earned.points / COALESCE(tier.points_multiplier, 1)::numeric)
              FROM (
                    SELECT row.card_id, sale.company_id,
                           CASE row.kind WHEN 'earn' THEN row.issued ELSE -row.used END::numeric
                           AS points,
                           COALESCE(%(order_day)s, %(row_day)s) AS day
                      FROM loyalty_history row
                      LEFT JOIN sale_order sale
                        ON row.order_model = 'sale.order' AND sale.id = row.order_id
                     WHERE row.state = 'active' AND row.kind IN ('earn', 'reverse')
                       AND row.order_id IS NOT NULL
                   ) earned
              JOIN loyalty_card card ON card.id = earned.card_id
              JOIN res_partner partner ON partner.id = card.partner_id
              JOIN crm_simulated_holding held
                ON held.partner_id = %(holder)s AND earned.day BETWEEN held.first AND held.last
              LEFT JOIN LATERAL (
                    SELECT to_tier_id FROM crm_loyalty_tier_change
                     WHERE ladder_id = ANY(%(ladders)s) AND partner_id = held.partner_id
                       AND date <= earned.day
                     ORDER BY date DESC, id DESC LIMIT 1
                   ) before ON TRUE
              LEFT JOIN crm_loyalty_tier tier ON tier.id = before.to_tier_id
             WHERE card.program_id = ANY(%(programs)s)
               AND COALESCE(earned.company_id, %(company)s) = %(company)s
               AND earned.day BETWEEN %(first)s AND %(last)s
             GROUP BY 1, 2, 3
            """,
            order_day=Fact._day(SQL("sale.date_order"), company),
            row_day=Fact._day(SQL("row.date"), company),
            holder=self._holder(),
            ladders=list(self.env["crm.loyalty.ladder"]._versions(self.ladder.id)),
            programs=programs.ids,
            company=company,
            first=self.simulation.date_from,
            last=self.simulation.date_to,
        )

    def _add_prices(self, amounts):
        """Add, line by line, what was invoiced above the net price of the tier's price list."""
        prices = [
            (rank, product_id, price)
            for rank, tier in enumerate(self.tiers, start=1)
            if (pricelist := tier._price_list())
            for product_id, price in self._net_prices(pricelist, self._products_of(rank))
        ]
        if not prices:
            return
        ranks, products, nets = map(list, zip(*prices, strict=True))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT month, tier_rank,
                       SUM(sign * GREATEST(0, sign * (revenue - quantity * price.net)))
                  FROM crm_simulated_sale
                  JOIN UNNEST(%s::int[], %s::int[], %s::numeric[])
                       price (tier_rank, product_id, net) USING (tier_rank, product_id)
                 GROUP BY month, tier_rank
                """,
                ranks,
                products,
                nets,
            )
        )
        for month, rank, cost in rows:
            amounts[month, rank]["price_cost"] = cost

    def _products_of(self, rank):
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT product_id FROM crm_simulated_sale"
                " WHERE tier_rank = %s AND product_id IS NOT NULL",
                rank,
            )
        )
        return self.env["product.product"].browse(product_id for (product_id,) in rows)

    def _net_prices(self, pricelist, products):
        """Yield the price without taxes of each product that a price list has a rule for."""
        currency = self.company.currency_id
        found = pricelist._compute_price_rule(products, 1.0, currency=currency)
        for product in products:
            price, rule = found[product.id]
            if rule:
                taxes = product.taxes_id._filter_taxes_by_company(self.company)
                if any(taxes.mapped("price_include")):
                    price = taxes.compute_all(price, currency, product=product)["total_excluded"]
                yield product.id, price

    def _add_coupons(self, amounts, tally):
        """Add what coupons on entering and on birthdays take off, all of them used."""
        birthdays = dict(self._birthdays())
        averages = self._average_orders()
        for rank, tier in enumerate(self.tiers, start=1):
            entry, birthday = tier._coupon("entry"), tier._coupon("birthday")
            for month, _end in tally.months:
                line, average = amounts[month, rank], averages.get(rank, 0.0)
                entries = tally.counts[month, rank].entries
                line["birthday_count"] = birthdays.get((month, rank), 0)
                line["entry_cost"] = coupon_cost(entry, entries, average)
                line["birthday_cost"] = coupon_cost(birthday, line["birthday_count"], average)

    def _birthdays(self):
        """Yield ``(month, rank), members' birthdays``; 29 February is the 28th in other years."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DATE_TRUNC('month', birthday.date)::date, held.tier_rank, COUNT(*)
                  FROM crm_simulated_holding held
                  JOIN res_partner partner ON partner.id = held.partner_id
                 CROSS JOIN GENERATE_SERIES(%s, %s) year
                 CROSS JOIN LATERAL (
                        SELECT (partner.birthdate + MAKE_INTERVAL(
                            years => year - EXTRACT(YEAR FROM partner.birthdate)::int
                        ))::date AS date
                       ) birthday
                 WHERE birthday.date BETWEEN held.first AND held.last
                   AND partner.birthdate < birthday.date
                 GROUP BY 1, 2
                """,
                self.simulation.date_from.year,
                self.simulation.date_to.year,
            )
        )
        for month, rank, count in rows:
            yield (month, rank), count

    def _average_orders(self):
        """Return ``{rank: worth of an order}`` of what members ordered, without taxes."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT held.tier_rank, AVG(ordered.amount)
                  FROM (%(orders)s) ordered
                  JOIN res_partner partner ON partner.id = ordered.partner_id
                  JOIN crm_simulated_holding held
                    ON held.partner_id = %(holder)s
                   AND ordered.date BETWEEN held.first AND held.last
                 WHERE ordered.company_id = %(company)s AND ordered.amount > 0
                 GROUP BY held.tier_rank
                """,
                orders=self.env["crm.customer.fact"]._order_facts(),
                holder=self._holder(),
                company=self.company.id,
            )
        )
        return {rank: float(amount) for rank, amount in rows}
