"""Counts what is bought together in three statements, and writes only what differs."""

from datetime import timedelta

from odoo.tools import SQL

from ..logic.affinity import least_count, least_to_look_up

ONE_DAY = timedelta(days=1)
ITEM_COLUMNS = {"product": "product_id", "category": "categ_id"}


class Counting:
    """One count of the orders of some days, in tables that live as long as it does."""

    def __init__(self, affinity, first, last):
        self.affinity = affinity
        self.env = affinity.env
        self.first = first
        self.last = last

    def anew(self) -> int:
        """Count all of them, and return how many there are."""
        self._collect()
        baskets = self._number_of_baskets()
        least = least_count(self.affinity.min_support, baskets)
        self._count_pairs(least)
        self._write_items()
        self._delete_items()
        self._write_pairs(baskets)
        self._drop()
        return baskets

    def added(self, first_before) -> int:
        """Add them to those counted before, of days from ``first_before`` on; return how many."""
        self._collect()
        support, before = self.affinity.min_support, self.affinity.baskets
        baskets = before + self._number_of_baskets()
        least = least_count(support, baskets)
        self._count_pairs(1)
        self._add_items_before()
        look_up = least_to_look_up(least_count(support, before), least)
        self._add_pairs_before(first_before, look_up, least)
        self._write_items()
        self._write_pairs(baskets)
        self._drop()
        return baskets

    def _run(self, statement: str, **parts):
        self.env.cr.execute(SQL(statement, affinity=self.affinity.id, **parts))

    def _drop(self):
        self._run("DROP TABLE crm_new_basket, crm_new_item, crm_new_pair")

    def _baskets(self, first, last) -> SQL:
        """Return the SELECT of which item is in which basket, each once."""
        source = self.affinity._basket_source(first, last)
        if self.affinity.level == "product":
            return SQL("SELECT DISTINCT basket, item FROM (%s) source (basket, item)", source)
        return SQL(
            """
            SELECT DISTINCT source.basket, template.categ_id AS item
              FROM (%s) source (basket, product_id)
              JOIN product_product variant ON variant.id = source.product_id
              JOIN product_template template ON template.id = variant.product_tmpl_id
             WHERE template.categ_id IS NOT NULL
            """,
            source,
        )

    def _collect(self):
        """Collect what is in which basket, and in how many baskets each item is."""
        self._run(
            "CREATE TEMPORARY TABLE crm_new_basket ON COMMIT DROP AS %(baskets)s",
            baskets=self._baskets(self.first, self.last),
        )
        self._run(
            """
            CREATE TEMPORARY TABLE crm_new_item ON COMMIT DROP AS
            SELECT item, COUNT(*)::int AS baskets FROM crm_new_basket GROUP BY item
            """
        )
        self._run("ANALYZE crm_new_basket; ANALYZE crm_new_item")

    def _number_of_baskets(self) -> int:
        self.env.cr.execute("SELECT COUNT(DISTINCT basket) FROM crm_new_basket")
        return self.env.cr.fetchone()[0]

    def _count_pairs(self, least):
        """Count the pairs of what is often enough alone, as a pair is no more often than that."""
        self._run(
            """
            CREATE TEMPORARY TABLE crm_new_pair ON COMMIT DROP AS
            WITH kept AS (
                SELECT basket, item FROM crm_new_basket JOIN crm_new_item USING (item)
                 WHERE baskets >= %(least)s
            )
            SELECT one.item, other.item AS other, COUNT(*)::int AS together
              FROM kept one JOIN kept other ON other.basket = one.basket AND other.item > one.item
             GROUP BY one.item, other.item
            HAVING COUNT(*) >= %(least)s
            """,
            least=least,
        )

    def _add_items_before(self):
        self._run(
            """
            UPDATE crm_new_item new SET baskets = new.baskets + old.baskets
              FROM crm_affinity_item old
             WHERE old.affinity_id = %(affinity)s AND old.item_id = new.item
            """
        )

    def _add_pairs_before(self, first, look_up, least):
        """Add what pairs had before; look those up that were not frequent, and may be so now."""
        self._run(
            """
            CREATE TEMPORARY TABLE crm_rising_pair ON COMMIT DROP AS
            SELECT item, other FROM crm_new_pair new
             WHERE together >= %(look_up)s
               AND NOT EXISTS (SELECT FROM crm_affinity_pair old
                                WHERE old.affinity_id = %(affinity)s
                                  AND old.item_id = new.item AND old.other_item_id = new.other)
            """,
            look_up=look_up,
        )
        self._run(
            """
            WITH old AS (
                SELECT item_id AS item, other_item_id AS other, together FROM crm_affinity_pair
                 WHERE affinity_id = %(affinity)s AND item_id < other_item_id
                 UNION ALL %(looked_up)s
            )
            MERGE INTO crm_new_pair new USING old ON new.item = old.item AND new.other = old.other
             WHEN MATCHED THEN UPDATE SET together = new.together + old.together
             WHEN NOT MATCHED THEN INSERT VALUES (old.item, old.other, old.together)
            """,
            looked_up=self._looked_up(first),
        )
        self._run("DROP TABLE crm_rising_pair")
        self._run("DELETE FROM crm_new_pair WHERE together < %(least)s", least=least)

    def _looked_up(self, first) -> SQL:
        """Return the SELECT of how often the rising pairs are in the baskets before."""
        return SQL(
            """
            SELECT rising.item, rising.other, COUNT(*)::int
              FROM crm_rising_pair rising
              JOIN (SELECT basket, item FROM (%(baskets)s) every
                     WHERE item IN (SELECT item FROM crm_rising_pair
                                     UNION SELECT other FROM crm_rising_pair)) one
                ON one.item = rising.item
              JOIN (SELECT basket, item FROM (%(baskets)s) every
                     WHERE item IN (SELECT item FROM crm_rising_pair
                                     UNION SELECT other FROM crm_rising_pair)) other
                ON other.item = rising.other AND other.basket = one.basket
             GROUP BY rising.item, rising.other
            """,
            baskets=self._baskets(first, self.first - ONE_DAY),
        )

    def _write_items(self):
        self._run(
            """
            INSERT INTO crm_affinity_item AS old (affinity_id, company_id, item_id, baskets)
            SELECT %(affinity)s, %(company)s, item, baskets FROM crm_new_item
                ON CONFLICT (affinity_id, item_id) DO UPDATE SET baskets = EXCLUDED.baskets
             WHERE old.baskets != EXCLUDED.baskets
            """,
            company=self.affinity.company_id.id,
        )

    def _delete_items(self):
        self._run(
            """
            DELETE FROM crm_affinity_item old
             WHERE affinity_id = %(affinity)s
               AND NOT EXISTS (SELECT FROM crm_new_item new WHERE new.item = old.item_id)
            """
        )

    def _write_pairs(self, baskets):
        """Write both directions of each pair, and delete what is not frequent any more."""
        self._run(
            """
            DELETE FROM crm_affinity_pair old
             WHERE affinity_id = %(affinity)s
               AND NOT EXISTS (SELECT FROM crm_new_pair new
                                WHERE new.item = LEAST(old.item_id, old.other_item_id)
                                  AND new.other = GREATEST(old.item_id, old.other_item_id))
            """
        )
        self._run(
            """
            INSERT INTO crm_affinity_pair AS old (
                affinity_id, company_id, item_id, other_item_id, %(one)s, %(other)s,
                baskets, other_baskets, together, support, confidence, lift
            )
            SELECT %(affinity)s, %(company)s, pair.item, pair.other, pair.item, pair.other,
                   one.baskets, other.baskets, together,
                   ROUND(100.0 * together / %(baskets)s, 4),
                   ROUND(100.0 * together / one.baskets, 4),
                   ROUND(together::numeric * %(baskets)s / one.baskets / other.baskets, 4)
              FROM (SELECT item, other, together FROM crm_new_pair
                     UNION ALL SELECT other, item, together FROM crm_new_pair) pair
              JOIN crm_affinity_item one
                ON one.affinity_id = %(affinity)s AND one.item_id = pair.item
              JOIN crm_affinity_item other
                ON other.affinity_id = %(affinity)s AND other.item_id = pair.other
                ON CONFLICT (affinity_id, item_id, other_item_id) DO UPDATE
               SET baskets = EXCLUDED.baskets, other_baskets = EXCLUDED.other_baskets,
                   together = EXCLUDED.together, support = EXCLUDED.support,
                   confidence = EXCLUDED.confidence, lift = EXCLUDED.lift
             WHERE (old.baskets, old.other_baskets, old.together, old.support, old.lift)
                   IS DISTINCT FROM (EXCLUDED.baskets, EXCLUDED.other_baskets,
                                     EXCLUDED.together, EXCLUDED.support, EXCLUDED.lift)
            """,
            company=self.affinity.company_id.id,
            baskets=baskets,
            one=SQL.identifier(ITEM_COLUMNS[self.affinity.level]),
            other=SQL.identifier(f"other_{ITEM_COLUMNS[self.affinity.level]}"),
        )
