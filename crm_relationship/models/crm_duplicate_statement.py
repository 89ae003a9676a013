"""The SQL that finds contacts with the same keys: among all of them, and those like one typed."""

from odoo.tools import SQL

FIRM_COLUMNS = ("commercial_partner_id", "parent_id")
# Names the columns, also where no rule is active.
NO_PAIR = SQL(
    """
    SELECT 0 AS partner_id, 0 AS other_partner_id, NULL::varchar AS kind, 0 AS weight,
           FALSE AS is_of_the_firm
     WHERE FALSE
    """
)


def listed(parts) -> SQL:
    return SQL(", ").join(parts)


def every(conditions) -> SQL:
    return SQL("(%s)", SQL(" AND ").join(conditions))


class DuplicateStatement:
    """Builds the statements for a policy.

    Contacts are grouped by each key, and only within the small groups that share a key pairs are
    made: the work grows with the contacts and with the pairs found, never with contacts squared.
    """

    def __init__(self, env):
        self.threshold, self.maximum_shared, weights = env["crm.duplicate.policy"]._settings()
        self.rules = env["crm.duplicate.rule"]
        keys = self._keys("contact")
        self.weights = {kind: weight for kind, weight in weights.items() if kind in keys}

    def fill(self, today) -> SQL:
        """Return the statement that brings the queue up to date.

        Its one row counts the pairs inserted, updated and deleted. Open pairs that nothing speaks
        for any more go; dismissed ones are left as they are.
        """
        return SQL(
            """
            WITH contact AS MATERIALIZED (%(contacts)s),
                 pair AS (%(pairs)s),
                 found AS MATERIALIZED (%(found)s),
                 deleted AS (
                    DELETE FROM crm_duplicate duplicate
                     WHERE duplicate.state = 'open'
                       AND NOT EXISTS (SELECT FROM found WHERE %(same_pair)s)
                 RETURNING 1),
                 updated AS (
                    UPDATE crm_duplicate duplicate
                       SET score = found.score, kinds = found.kinds
                      FROM found
                     WHERE %(same_pair)s
                       AND duplicate.state = 'open'
                       AND (duplicate.score, duplicate.kinds)
                           IS DISTINCT FROM (found.score, found.kinds)
                 RETURNING 1),
                 inserted AS (
                    INSERT INTO crm_duplicate (
                           partner_id, other_partner_id, score, kinds, state, found_on)
                    SELECT partner_id, other_partner_id, score, kinds, 'open', %(today)s
                      FROM found
                     WHERE NOT EXISTS (SELECT FROM crm_duplicate duplicate WHERE %(same_pair)s)
                     ORDER BY partner_id, other_partner_id
                        ON CONFLICT (partner_id, other_partner_id) DO NOTHING
                 RETURNING 1)
            SELECT (SELECT COUNT(*) FROM inserted),
                   (SELECT COUNT(*) FROM updated),
                   (SELECT COUNT(*) FROM deleted)
            """,
            contacts=self._contacts(),
            pairs=SQL(" UNION ALL ").join([NO_PAIR, *map(self._pairs, self.weights)]),
            found=self._found(),
            same_pair=SQL(
                "duplicate.partner_id = found.partner_id"
                " AND duplicate.other_partner_id = found.other_partner_id"
            ),
            today=today,
        )

    def like(self, typed: SQL, typed_kinds, partner_id: int | None) -> SQL:
        """Return the query for contacts like the one row ``typed``: (id, kinds that agree).

        ``typed_kinds``: those of which at least one must agree; each is looked up by its index.
        ``partner_id``: the contact that is edited, neither he nor those who he is not are found.
        """
        typed_keys = self._keys("typed")
        agreeing = listed(
            SQL(
                "CASE WHEN %s THEN %s END",
                every(
                    [
                        self._agree(key, typed_keys[kind]),
                        *([self._not_of_one_firm("contact", "typed")] * key.is_of_the_firm),
                    ]
                ),
                kind,
            )
            for kind, key in self._keys("contact").items()
            if kind in self.weights
        )
        return SQL(
            """
            SELECT likeness.id, likeness.kinds
              FROM (
                   SELECT contact.id, ARRAY_REMOVE(ARRAY[%(agreeing)s]::varchar[], NULL) AS kinds
                     FROM res_partner contact, (%(typed)s) typed
                    WHERE contact.id IN (%(candidates)s)
                      AND %(not_related)s
                      AND NOT EXISTS (
                          SELECT FROM crm_duplicate duplicate
                           WHERE duplicate.state = 'dismissed'
                             AND duplicate.partner_id = LEAST(contact.id, %(partner)s)
                             AND duplicate.other_partner_id = GREATEST(contact.id, %(partner)s))
                   ) likeness
             WHERE likeness.kinds && %(typed_kinds)s::varchar[]
            """,
            agreeing=agreeing,
            typed=typed,
            candidates=SQL(" UNION ALL ").join(
                self._candidates(typed, kind, partner_id) for kind in typed_kinds
            ),
            not_related=self._not_related("contact", "typed"),
            partner=partner_id or 0,
            typed_kinds=list(typed_kinds),
        )

    def field_names(self) -> list[str]:
        """Return the stored fields of a contact that the keys are made of."""
        keys = self._keys("contact")
        return sorted({name for kind in self.weights for name in keys[kind].field_names})

    def _keys(self, alias):
        return self.rules._keys(alias)

    def _contacts(self) -> SQL:
        columns = ("id", *FIRM_COLUMNS, *self.field_names())
        return SQL(
            "SELECT %s FROM res_partner contact WHERE %s",
            listed(map(SQL.identifier, columns)),
            self._is_customer(),
        )

    def _is_customer(self) -> SQL:
        """Tell who is compared: no archived contacts, no addresses, neither we nor our users."""
        return SQL(
            "contact.active AND contact.type = 'contact' AND contact.partner_share IS NOT FALSE"
            " AND NOT EXISTS (SELECT FROM res_company WHERE res_company.partner_id = contact.id)"
        )

    def _pairs(self, kind) -> SQL:
        """Pair the contacts who share a key; a key that many share says nothing."""
        key = self._keys("contact")[kind]
        return SQL(
            """
            SELECT one.id, other.id, %(kind)s, %(weight)s, %(is_of_the_firm)s
              FROM (
                   SELECT ARRAY_AGG(contact.id) AS ids
                     FROM contact
                    WHERE %(known)s
                    GROUP BY %(parts)s
                   HAVING COUNT(*) BETWEEN 2 AND %(maximum)s
                   ) shared,
                   UNNEST(shared.ids) one(id),
                   UNNEST(shared.ids) other(id)
             WHERE one.id < other.id
            """,
            kind=kind,
            weight=self.weights[kind],
            is_of_the_firm=key.is_of_the_firm,
            known=every(SQL("%s IS NOT NULL", part) for part in key.parts),
            parts=listed(key.parts),
            maximum=self.maximum_shared,
        )

    def _found(self) -> SQL:
        return SQL(
            """
            SELECT pair.partner_id, pair.other_partner_id,
                   LEAST(SUM(pair.weight), 100)::integer AS score,
                   STRING_AGG(pair.kind, ',' ORDER BY pair.weight DESC, pair.kind) AS kinds
              FROM pair
              JOIN contact one ON one.id = pair.partner_id
              JOIN contact other ON other.id = pair.other_partner_id
             WHERE %(not_related)s AND (NOT pair.is_of_the_firm OR %(not_of_one_firm)s)
             GROUP BY pair.partner_id, pair.other_partner_id
            HAVING SUM(pair.weight) >= %(threshold)s
            """,
            not_related=self._not_related("one", "other"),
            not_of_one_firm=self._not_of_one_firm("one", "other"),
            threshold=self.threshold,
        )

    def _candidates(self, typed, kind, partner_id) -> SQL:
        """Look the few contacts with a typed key up; none where too many have it."""
        key, typed_key = self._keys("contact")[kind], self._keys("typed")[kind]
        return SQL(
            """
            SELECT UNNEST(shared.ids)
              FROM (
                   SELECT ARRAY_AGG(few.id) AS ids
                     FROM (
                          SELECT contact.id
                            FROM res_partner contact, (%(typed)s) typed
                           WHERE %(agree)s AND %(is_customer)s AND contact.id <> %(partner)s
                           LIMIT %(maximum)s
                          ) few
                   HAVING COUNT(*) < %(maximum)s
                   ) shared
            """,
            typed=typed,
            agree=self._agree(key, typed_key),
            is_customer=self._is_customer(),
            partner=partner_id or 0,
            maximum=self.maximum_shared,
        )

    @staticmethod
    def _agree(key, other_key) -> SQL:
        return every(
            SQL("%s = %s", part, other)
            for part, other in zip(key.parts, other_key.parts, strict=True)
        )

    @staticmethod
    def _not_related(one: str, other: str) -> SQL:
        """Tell that neither contact belongs to the other: these are never merged."""
        return SQL(
            "(%(one)s.parent_id = %(other)s.id OR %(other)s.parent_id = %(one)s.id) IS NOT TRUE",
            one=SQL.identifier(one),
            other=SQL.identifier(other),
        )

    @staticmethod
    def _not_of_one_firm(one: str, other: str) -> SQL:
        return SQL(
            "(%(one)s.commercial_partner_id = %(other)s.commercial_partner_id"
            " OR %(one)s.parent_id = %(other)s.parent_id) IS NOT TRUE",
            one=SQL.identifier(one),
            other=SQL.identifier(other),
        )
