"""Customers are found by Thai words whatever the locale of the database.

With the locale C, PostgreSQL takes no Thai letter for a letter, so that the trigram index holds
none: the search is slow there, and still right.
"""

import psycopg2
from psycopg2 import sql

from odoo.sql_db import connection_info_for
from odoo.tests import TransactionCase, tagged
from odoo.tests.common import get_db_name

from odoo.addons.crm_relationship.logic import search_term
from odoo.addons.crm_relationship.models.res_partner_search import (
    DOCUMENT_FIELDS,
    search_document,
    search_index,
)

NAMES = ("สมชาย ใจดี", "สมศักดิ์ รักษ์ไทย", "Somchai Jaidee", "มาลี สุขสันต์")
FOUND = {"สมชาย": 1, "ดี ชาย": 1, "รักษ์ไทย สม": 1, "สุข": 1, "JAIDEE somch": 1, "สม": 2, "xyz": 0}


@tagged("post_install", "-at_install")
class TestSearchLocale(TransactionCase):
    def _connect(self, name):
        _name, info = connection_info_for(name)
        connection = psycopg2.connect(**info)
        connection.autocommit = True
        self.addCleanup(connection.close)
        return connection.cursor()

    def _database(self, locale):
        name = f"{get_db_name()}_{locale.replace('.', '_').lower()}"
        server = self._connect("postgres")
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        server.execute(drop)
        server.execute(
            sql.SQL(
                "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE {}"
            ).format(sql.Identifier(name), sql.Literal(locale))
        )
        self.addCleanup(server.execute, drop)
        return self._connect(name)

    def _counts(self, locale):
        """Return how many names each term finds, and what the index knows of a Thai word."""
        cursor = self._database(locale)
        columns = ", ".join(f"{name} varchar" for name in (*DOCUMENT_FIELDS, "phone"))
        cursor.execute("CREATE EXTENSION pg_trgm")
        cursor.execute(f"CREATE TABLE contact ({columns})")
        cursor.execute(f"CREATE INDEX ON contact {search_index(self.env.registry)}")
        for name in NAMES:
            cursor.execute("INSERT INTO contact (complete_name) VALUES (%s)", [name])
        cursor.execute("SET enable_seqscan = off")
        document = search_document(self.env.registry, str)
        counts = {}
        for term in FOUND:
            patterns = search_term.patterns(search_term.read(term).words)
            cursor.execute(
                f"SELECT COUNT(*) FROM contact WHERE {document} LIKE ALL (%s)", [patterns]
            )
            counts[term] = cursor.fetchone()[0]
        cursor.execute("SELECT CARDINALITY(SHOW_TRGM('สมชาย'))")
        return counts, cursor.fetchone()[0]

    def test_with_a_locale_that_knows_thai_the_index_has_its_letters(self):
        counts, trigrams = self._counts("C.UTF-8")
        self.assertEqual(counts, FOUND)
        self.assertGreater(trigrams, 3)

    def test_with_the_locale_c_the_same_is_found_without_the_index(self):
        counts, trigrams = self._counts("C")
        self.assertEqual(counts, FOUND)
        self.assertEqual(trigrams, 0)
