from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.modules.db import FunctionStatus
from odoo.tools import SQL, email_normalize

from ..logic import search_term
from ..logic.member_number import MAXIMUM_LENGTH, normalise

MOST_FOUND = 80
SURE_LENGTH = 5
# all that core searches by name, so that the document finds what core finds
DOCUMENT_FIELDS = ("complete_name", "email", "ref", "vat", "company_registry")
# keys that belong to nobody else, so that words are not searched as well
SURE_MATCHES = frozenset({"number", "phone", "email"})
# what a hit's display name is made of, and its warning
SHOWN_FIELDS = (
    "active",
    "commercial_company_name",
    "company_name",
    "complete_name",
    "is_company",
    "name",
    "parent_id",
    "type",
)


def search_document(registry, column) -> str:
    """Return the expression that a contact is searched by, in lower case; each word after a space.

    ``column``: a function that returns how a column is written. The index and the searches must
    have one and the same expression, or PostgreSQL does not use the index.
    """
    texts = [f"COALESCE({column(name)}, '')" for name in DOCUMENT_FIELDS]
    digits = f"REGEXP_REPLACE(COALESCE({column('phone')}, ''), '[^0-9]', '', 'g')"
    document = " || ' ' || ".join([*texts, digits])
    if registry.has_unaccent == FunctionStatus.INDEXABLE:
        document = registry.unaccent(document)
    return f"LOWER(' ' || {document})"


def search_index(registry) -> str:
    """Return the definition of the index on the search document; none without trigrams."""
    if not registry.has_trigram:
        return ""
    return f"USING gin (({search_document(registry, str)}) gin_trgm_ops)"


class ResPartner(models.Model):
    """One box that finds a customer by whatever is at hand."""

    _inherit = "res.partner"

    _search_document = models.Index(search_index)
    _phone_sanitized = models.Index("(phone_sanitized) WHERE phone_sanitized IS NOT NULL")
    _email_normalized = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")
    # as crm_member_scheme_barcode.py asks; without a list of pending rows, which each look-up reads
    _barcode_lookup = models.Index(
        "USING gin ((COALESCE(barcode, '{}')) jsonb_path_ops) WITH (fastupdate = off)"
    )

    @api.model
    @api.readonly
    def find_customer(self, term, limit=8):
        """Find customers by a member number, phone, e-mail, document or name; exact hits first.

        :param term: a member number (typed or scanned, of any state), a phone number in any form,
            an e-mail address, an order, invoice, case or lot number, or words of the name in any
            order
        :param limit: how many to return at most, 1 to 80
        :return: a list of ``{"id", "name", "member_number", "match", "warning"}``; ``match`` is one
            of number, phone, email, order, invoice, case, lot, name; ``warning`` a sentence or
            False
        :raise UserError: when the term is no text or the limit no number
        """
        if not isinstance(term, str) or isinstance(limit, bool) or not isinstance(limit, int):
            raise UserError(self.env._("Type what to look for as a text, and a limit as a number."))
        limit = max(1, min(limit, MOST_FOUND))
        cleaned = search_term.read(term)
        if not cleaned:
            return []
        hits = self._number_hits(cleaned) or self._exact_hits(cleaned, limit)
        partners = self._readable_hits(hits)[:limit]
        if not any(hits[partner.id][0] in SURE_MATCHES for partner in partners):
            partners |= self._search_words(cleaned, limit - len(partners), set(hits))
        numbers = partners._shown_numbers()
        return [
            {
                "id": partner.id,
                "name": partner.display_name,
                "member_number": numbers.get(partner.id, False),
                "match": hits.get(partner.id, ("name", False))[0],
                "warning": partner._finding_warning(*hits.get(partner.id, ("name", False))),
            }
            for partner in partners
        ]

    @api.model
    def _search_display_name(self, operator, value):
        cleaned = isinstance(value, str) and search_term.read(value)
        if operator != "ilike" or not cleaned:
            return super()._search_display_name(operator, value)
        hits = self._exact_hits(cleaned, MOST_FOUND)
        exact = Domain("id", "in", list(hits))
        if hits and len(cleaned.text) >= SURE_LENGTH:
            return exact
        if not search_term.has_long_word(cleaned.words):
            # core finds one or two letters within a word too; slowly, but it finds them
            return exact | super()._search_display_name(operator, cleaned.text)
        further = [name for name in self._rec_names_search if name not in DOCUMENT_FIELDS]
        found = (Domain(name, operator, cleaned.text) for name in further)
        return Domain.OR([exact, self._document_domain(cleaned), *found])

    @api.model
    def _readable_hits(self, hits):
        """Return the contacts of exact keys that the user may see, archived ones too, in order."""
        if not hits:
            return self.browse()
        everybody = self.with_context(active_test=False)
        found = everybody.search_fetch(Domain("id", "in", list(hits)), SHOWN_FIELDS)
        place = {partner_id: index for index, partner_id in enumerate(hits)}
        return found.sorted(lambda partner: place[partner.id])

    @api.model
    def _search_words(self, cleaned, limit, found):
        """Return contacts whose document has all words, those first whose name is closest.

        Of a word that thousands have, some are taken and compared: to sort all of them would take
        longer than core's search.
        """
        if limit <= 0 or not cleaned.words:
            return self.browse()
        self.flush_model([*DOCUMENT_FIELDS, "phone"])
        others = Domain("id", "not in", list(found)) if found else Domain.TRUE
        query = self._search(others & self._document_domain(cleaned), limit=MOST_FOUND)
        candidates = self._fetch_query(query, self._determine_fields_to_fetch(SHOWN_FIELDS))
        return candidates.sorted(lambda partner: partner._distance_of_name(cleaned))[:limit]

    def _distance_of_name(self, cleaned):
        """Return a key that sorts a contact by how much of his name was typed, then by name."""
        name = f" {(self.complete_name or '').lower()}"
        return (
            not name.startswith(f" {cleaned.words[0]}"),
            not all(f" {word}" in name for word in cleaned.words),
            not all(word in name for word in cleaned.words),
            name,
            self.id,
        )

    def _shown_numbers(self):
        """Return ``{contact's id: member number}`` as ``member_number`` shows it."""
        if not self:
            return {}
        self.env["crm.member.number"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (number.partner_id) number.partner_id, number.number
                  FROM crm_member_number number
                  JOIN crm_member_scheme scheme ON scheme.id = number.scheme_id
                 WHERE number.partner_id = ANY(%(partners)s)
                   AND number.state = 'active'
                   AND %(usable)s
                 ORDER BY number.partner_id, scheme.sequence, number.id DESC
                """,
                partners=self.ids,
                usable=self.env["crm.member.scheme"]._is_used_sql(
                    "scheme", SQL("%s", self.env.company.id)
                ),
            )
        )
        return dict(rows)

    @api.model
    def _document_domain(self, cleaned):
        """Return the domain of contacts that have all the words, or the digits as their phone."""
        domain = Domain.AND(
            self._document_like(pattern) for pattern in search_term.patterns(cleaned.words)
        )
        if cleaned.digits:
            domain |= self._document_like(f"%{cleaned.digits}%")
        return domain

    @api.model
    def _document_like(self, pattern):
        """Return the domain of contacts whose search document is like a lower-case pattern."""
        pattern = self.env.registry.unaccent_python(pattern)

        def to_sql(model, alias, query):
            def column(name):
                return f'"{alias}"."{name}"'

            document = search_document(model.env.registry, column)
            return SQL("%s LIKE %s", SQL(document.replace("%", "%%")), pattern)

        return Domain.custom(to_sql=to_sql)

    @api.model
    def _number_hits(self, cleaned):
        """Return ``{contact's id: ("number", its id)}`` when the term is a member number."""
        number = normalise(cleaned.text)
        if not number or len(number) > MAXIMUM_LENGTH:
            return {}
        self.env["crm.member.number"].flush_model(["number", "partner_id"])
        rows = self.env.execute_query(
            SQL("SELECT partner_id, id FROM crm_member_number WHERE number = %s", number)
        )
        return {partner_id: ("number", number_id) for partner_id, number_id in rows}

    @api.model
    def _exact_hits(self, cleaned, limit):
        """Return ``{contact's id: (match, warning's source)}`` of exact keys, the surest first."""
        sources = self._exact_sources(cleaned, limit)
        if not sources:
            return {}
        self._flush_keys()
        # The number on a paper is enough to tell whose it is, also to staff who may not read the
        # paper; whether the customer may be seen, the search for the contact decides.
        rows = self.env.execute_query(SQL(" UNION ALL ").join(sources))
        hits = {}
        for partner_id, match, source_id in sorted(rows, key=lambda row: row[1]):
            hits.setdefault(partner_id, (match[1:], source_id))
        return hits

    @api.model
    def _flush_keys(self):
        self.flush_model(["active", "phone_sanitized", "email_normalized"])
        self.env["crm.member.number"].flush_model(["number", "partner_id"])
        for model_name in ("sale.order", "account.move"):
            self.env[model_name].flush_model(["name", "partner_id", "company_id", "state"])
        self.env["crm.case"].flush_model(["name", "partner_id", "company_id"])

    @api.model
    def _exact_sources(self, cleaned, limit):
        """Hook: return SELECTs that find contacts by one exact key each, through an index.

        Columns: the contact's id; a digit that orders the matches and the match's name; the id of
        what was found.
        """
        sources = []
        number = normalise(cleaned.text)
        if number and len(number) <= MAXIMUM_LENGTH:
            sources.append(
                SQL(
                    "(SELECT partner_id, '0number', id FROM crm_member_number WHERE number = %s)",
                    number,
                )
            )
        if phone := cleaned.digits and self._international_phone(cleaned.text):
            sources.append(self._contact_source("1phone", "phone_sanitized", phone, limit))
        if email := "@" in cleaned.text and email_normalize(cleaned.text):
            sources.append(self._contact_source("2email", "email_normalized", email, limit))
        if any(char.isdigit() for char in cleaned.text):
            sources += self._document_sources([cleaned.text, cleaned.text.upper()], limit)
        return sources

    @api.model
    def _international_phone(self, text):
        """Return a phone number as contacts keep it, read as in the company's country, or False."""
        country = self.env.company.country_id
        phone = self._phone_format(number=text, country=country)
        if not phone and text.startswith("00"):
            phone = self._phone_format(number=f"+{text.removeprefix('00')}", country=country)
        return phone

    @api.model
    def _contact_source(self, match, column, value, limit) -> SQL:
        return SQL(
            "(SELECT id, %s, id FROM res_partner WHERE %s = %s AND active ORDER BY id LIMIT %s)",
            match,
            SQL.identifier(column),
            value,
            limit,
        )

    @api.model
    def _document_sources(self, names, limit):
        """Return SELECTs that find the customer of an order, invoice, case, lot, by its number."""
        values = {"names": names, "companies": self.env.companies.ids, "limit": limit}
        sources = [
            SQL(
                """
                (SELECT partner_id, '3order', id FROM sale_order
                  WHERE name = ANY(%(names)s) AND company_id = ANY(%(companies)s) LIMIT %(limit)s)
                """,
                **values,
            ),
            SQL(
                """
                (SELECT partner_id, '4invoice', id FROM account_move
                  WHERE name = ANY(%(names)s) AND company_id = ANY(%(companies)s)
                    AND move_type IN ('out_invoice', 'out_refund', 'out_receipt')
                    AND state = 'posted' AND partner_id IS NOT NULL LIMIT %(limit)s)
                """,
                **values,
            ),
            SQL(
                """
                (SELECT partner_id, '5case', id FROM crm_case
                  WHERE name = ANY(%(names)s) AND company_id = ANY(%(companies)s)
                    AND partner_id IS NOT NULL LIMIT %(limit)s)
                """,
                **values,
            ),
        ]
        if "stock.lot" in self.env:
            sources.append(
                SQL(
                    """
                    (SELECT DISTINCT picking.partner_id, '6lot', lot.id
                       FROM stock_lot lot
                       JOIN stock_move_line line ON line.lot_id = lot.id AND line.state = 'done'
                       JOIN stock_location place
                         ON place.id = line.location_dest_id AND place.usage = 'customer'
                       JOIN stock_picking picking ON picking.id = line.picking_id
                      WHERE lot.name = ANY(%(names)s) AND line.company_id = ANY(%(companies)s)
                        AND picking.partner_id IS NOT NULL LIMIT %(limit)s)
                    """,
                    **values,
                )
            )
        return sources

    def _finding_warning(self, match, source_id):
        """Return what one should know before one trusts that this is the customer, or False."""
        self.ensure_one()
        if match == "number":
            # sudo: the number was typed by the user; its state is what he must be told
            warning = self.env["crm.member.number"].sudo().browse(source_id)._warning()
            if warning:
                return warning
        if not self.active:
            return self.env._("This contact is archived.")
        return False
