"""What the queries of supply and demand have in common: months, goods and places of a company."""

from odoo.tools import SQL

from ..logic.demand import MONTHS_AHEAD, Month, months_from

OPEN_STATES = ("waiting", "confirmed", "partially_available", "assigned")


class MonthTerms:
    """The months from a day on, and the days of a company.

    The month after the last one is all that comes later.
    """

    def __init__(self, company, first_day):
        self.env = company.env
        self.company = company
        self.policy = self.env["crm.value.policy"]._of_company(company)
        self.rules = self.policy._demand_rules()
        self.today = first_day
        self.months: list[Month] = months_from(first_day)

    def _months(self) -> SQL:
        """Return the months, and after them all that comes later."""
        rows = [(m.number, m.first, m.start, m.end, m.days) for m in self.months]
        last = self.months[-1].end
        rows.append((MONTHS_AHEAD, last, last, "infinity", 0))
        return SQL(
            "SELECT * FROM (VALUES %s) AS month (number, first_day, start_day, end_day, days)",
            SQL(", ").join(SQL("(%s, %s::date, %s::date, %s::date, %s)", *row) for row in rows),
        )

    def _in_month(self, day: SQL) -> SQL:
        """Return the condition that a day is in a month; what is late counts today."""
        late = SQL("GREATEST(%s, %s)", day, self.today)
        return SQL("%s >= month.start_day AND %s < month.end_day", late, late)

    def _day(self, moment: SQL) -> SQL:
        return self.env["crm.customer.fact"]._day(moment, SQL("%s", self.company.id))


class SupplyTerms(MonthTerms):
    """The goods of a company that are kept in stock, as of today; of some products or of all."""

    def __init__(self, company, product_ids=None):
        super().__init__(company, company._business_today())
        self.product_ids = product_ids

    def _goods(self) -> SQL:
        return SQL(
            """
            SELECT product.id, own_unit.factor
              FROM product_product product
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN uom_uom own_unit ON own_unit.id = template.uom_id
             WHERE template.is_storable AND template.type = 'consu' AND product.active %s
            """,
            self._of_products(SQL("product.id")),
        )

    def _of_products(self, column: SQL) -> SQL:
        if self.product_ids is None:
            return SQL()
        return SQL("AND %s = ANY(%s)", column, list(self.product_ids))

    def _our_locations(self) -> SQL:
        return SQL(
            """
            SELECT id FROM stock_location
             WHERE usage IN ('internal', 'transit') AND company_id = %s
            """,
            self.company.id,
        )
