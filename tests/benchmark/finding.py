"""P6: finding a customer by each kind of key, to core's own search by name; run inside Odoo.

Each call looks for another customer, so that no answer lies in a cache: all terms of a kind are
looked for in turn, and the means are compared. ``AssertionError`` when the first hit is not the
customer who is meant.
"""

from measuring import Meter
from session import run_job

TIMES = 100  # calls of find_customer by each kind of key
CORE_TIMES = 20  # of core's search, which reads all contacts each time
LIMIT = 8
# Terms that find nothing: a name, and a phone number that nobody has.
UNKNOWN = [f"Xquz{chr(97 + n % 26)}{chr(97 + n // 26)} Zvo" for n in range(TIMES // 2)]
UNKNOWN += [f"099000{n:04}" for n in range(TIMES - len(UNKNOWN))]
SPREAD = "SELECT id, term FROM (%s) found ORDER BY HASHINT8(id), id LIMIT %s"
PERSON = "FROM res_partner WHERE customer_rank > 0 AND NOT is_company AND parent_id IS NULL"
UNIQUE = "AND (SELECT COUNT(*) FROM res_partner other WHERE other.name = res_partner.name) = 1"
LATIN = r"AND name ~ '^[A-Za-z]+ [A-Za-z]+$'"
THAI = r"AND name !~ '[A-Za-z]' AND name ~ '^\S+ \S+$'"
# kind of key: the customers who are meant, and what is typed to find them
TERMS = {
    "member number, with spaces": """
        SELECT partner_id AS id,
               SUBSTR(number, 1, 3) || ' ' || SUBSTR(number, 4, 3) || ' ' || SUBSTR(number, 7)
               AS term
          FROM crm_member_number WHERE state = 'active'
    """,
    "phone, national": f"SELECT id, REPLACE(phone, '+66 ', '0') AS term {PERSON}",
    "phone, international": f"SELECT id, phone_sanitized AS term {PERSON}",
    "phone, last seven digits": f"SELECT id, RIGHT(phone_sanitized, 7) AS term {PERSON}",
    "e-mail": f"SELECT id, UPPER(email) AS term {PERSON}",
    "name, words reversed": f"""
        SELECT id, SPLIT_PART(name, ' ', 2) || ' ' || SPLIT_PART(name, ' ', 1) AS term
          {PERSON} {LATIN} {UNIQUE}
    """,
    "name, Thai": f"SELECT id, name AS term {PERSON} {THAI} {UNIQUE}",
    "name, both words begun": f"""
        SELECT id, LEFT(SPLIT_PART(name, ' ', 1), 4) || ' ' || LEFT(SPLIT_PART(name, ' ', 2), 6)
               AS term
          {PERSON} {LATIN}
    """,
    "name, rare word": f"SELECT id, SPLIT_PART(name, ' ', 2) AS term {PERSON} {LATIN}",
    "name, common word": f"SELECT id, SPLIT_PART(name, ' ', 1) AS term {PERSON} {LATIN}",
    "name, common Thai word": f"SELECT id, SPLIT_PART(name, ' ', 1) AS term {PERSON} {THAI}",
    "name, two letters": f"SELECT id, LEFT(name, 2) AS term {PERSON} {LATIN}",
    "name, two Thai letters": f"SELECT id, LEFT(name, 2) AS term {PERSON} {THAI}",
    "order number": "SELECT partner_id AS id, name AS term FROM sale_order WHERE id % 100 = 0",
    "invoice number": """
        SELECT partner_id AS id, name AS term FROM account_move
         WHERE move_type = 'out_invoice' AND state = 'posted'
    """,
}
# Of these the first hit is the customer himself; of names, one who has the words.
EXACT = {
    "member number, with spaces": "number",
    "phone, national": "phone",
    "phone, international": "phone",
    "e-mail": "email",
    "order number": "order",
    "invoice number": "invoice",
}
# Of these he is among the hits.
NAMED = ("name, words reversed", "name, Thai", "phone, last seven digits")


class Finding:
    """The search for customers, as a user at the desk."""

    def __init__(self, env):
        self.env = env
        self.partners = env["res.partner"]
        self.meter = Meter(env.cr)

    def costs(self) -> dict:
        """Return the milliseconds of a call by kind of key: in SQL and whole, ours and core's."""
        return {kind: self._compare(kind, self._terms(kind)) for kind in [*TERMS, "nothing"]}

    def _terms(self, kind) -> list:
        """Return (id of who is meant, term) for a kind of key, spread over all customers."""
        if kind == "nothing":
            return [(None, term) for term in UNKNOWN]
        self.env.cr.execute(SPREAD % (TERMS[kind], TIMES))
        return self.env.cr.fetchall()

    def _compare(self, kind, terms) -> dict:
        for _id, term in terms[:2]:  # what a process does once is done before
            self._find(term)
            self._find_by_core(term)
        found = {}
        own = self._mean(self._find, terms, found)
        core = self._mean(self._find_by_core, terms[:CORE_TIMES], {})
        for meant, term in terms:
            self._check(kind, meant, term, found[term])
        return {"sql": own[0], "whole": own[1], "core_sql": core[0], "core": core[1]}

    def _mean(self, find, terms, found) -> tuple[float, float]:
        """Return the mean milliseconds of a call in the database and as a whole."""
        in_database = whole = 0
        for _id, term in terms:
            self.env.invalidate_all()

            def call(term=term):
                found[term] = find(term)

            before = self.meter.seconds_in_database()
            whole += self.meter.cost_of(call).seconds
            in_database += self.meter.seconds_in_database() - before
        return 1000 * in_database / len(terms), 1000 * whole / len(terms)

    def _find(self, term):
        return self.partners.find_customer(term, LIMIT)

    def _find_by_core(self, term):
        """Search as ``name_search`` does without the addon."""
        from odoo.addons.crm_relationship.models.res_partner_search import ResPartner

        domain = super(ResPartner, self.partners)._search_display_name("ilike", term)
        return self.partners.search_fetch(domain, ["display_name"], limit=LIMIT).mapped(
            "display_name"
        )

    def _check(self, kind, meant, term, hits):
        """Compare the first hit with the customer who is meant."""
        if kind == "nothing":
            assert not hits, f"{term} finds {hits}"
            return
        assert hits, f"{kind}: {term} finds nobody"
        first = hits[0]
        if kind in EXACT:
            assert (first["id"], first["match"]) == (meant, EXACT[kind]), f"{kind}: {term}: {first}"
        if kind in NAMED:
            assert meant in [hit["id"] for hit in hits], f"{kind}: {term}: {hits}"
        if kind.startswith("name"):
            contact = self.partners.browse(first["id"])
            searched = f"{contact.complete_name} {contact.email}".lower()
            assert all(word in searched for word in term.lower().split()), f"{term}: {first}"


def costs(session) -> dict:
    """Return the costs of finding for the administrator."""
    with session.environment(login="admin") as env:
        return Finding(env).costs()


if __name__ == "__main__":
    run_job(costs)
