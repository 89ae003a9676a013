"""What the benefits of simulated members would cost."""

from odoo.tools import SQL

from ..logic.simulation import coupon_cost


class SimulatedBenefits:
    """Adds the cost of benefits to the amounts of each month and rank."""

    def __init__(self, simulation):
        self.simulation = simulation
        self.env = simulation.env
        self.ladder = simulation.ladder_id
        self.company = simulation.company_id
        self.tiers = self.ladder._tiers()
        self.remarks = []

    def _holder(self) -> SQL:
        """Return the column of who holds the tier that counts for a partner."""
        column = "commercial_partner_id" if self.ladder.scope == "company" else "id"
        return SQL.identifier("partner", column)

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
