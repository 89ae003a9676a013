from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .common import RelationshipCommon


@tagged("post_install", "-at_install")
class TestFindCustomer(RelationshipCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.th")
        cls.somchai = cls._customer(
            "Somchai Jaideeprasert",
            phone="+66 89 111 2233",
            email="Somchai.J@Example.com",
            country_id=cls.env.ref("base.th").id,
            ref="REF-4711",
        )
        cls.somchai.member_number = "M00000018"
        cls.thai = cls._customer("สมศักดิ์ รักษ์ไทยแท้", phone="02 987 6543")
        cls.order = cls._order(cls.somchai, 100.0)
        cls.invoice = cls._invoice(cls.thai, 100.0)
        cls.case = cls.env["crm.case"].create({"partner_id": cls.thai.id, "subject": "Broken"})

    def _find(self, term, **values):
        return self.env["res.partner"].find_customer(term, **values)

    def _first(self, term):
        found = self._find(term)
        return (found[0]["id"], found[0]["match"]) if found else None

    def test_each_key_finds_its_customer(self):
        keys = {
            "M00000018": (self.somchai, "number"),
            " m-0000 0018\n": (self.somchai, "number"),
            "M๐๐๐๐๐๐๑๘": (self.somchai, "number"),
            "089-111 2233": (self.somchai, "phone"),
            "+66891112233": (self.somchai, "phone"),
            "0066 89 111 2233": (self.somchai, "phone"),
            "somchai.j@EXAMPLE.com ": (self.somchai, "email"),
            "Somchai <somchai.j@example.com>": (self.somchai, "email"),
            "029876543": (self.thai, "phone"),
            self.order.name: (self.somchai, "order"),
            self.order.name.lower(): (self.somchai, "order"),
            self.invoice.name: (self.thai, "invoice"),
            self.case.name: (self.thai, "case"),
            self.case.name.lower(): (self.thai, "case"),
            "Somchai Jaideeprasert": (self.somchai, "name"),
            "jaideeprasert, SOMCHAI": (self.somchai, "name"),
            "deepras": (self.somchai, "name"),
            "รักษ์ไทยแท้ สมศักดิ์": (self.thai, "name"),
            "ศักดิ์ ไทยแท้": (self.thai, "name"),
            "ref-4711": (self.somchai, "name"),
            "1112233": (self.somchai, "name"),
        }
        for term, (partner, match) in keys.items():
            with self.subTest(term=term):
                self.assertEqual(self._first(term), (partner.id, match))

    def test_result_says_who_it_is(self):
        self.assertEqual(
            self._find("M00000018"),
            [
                {
                    "id": self.somchai.id,
                    "name": "Somchai Jaideeprasert",
                    "member_number": "M00000018",
                    "match": "number",
                    "warning": False,
                }
            ],
        )

    def test_exact_hits_come_before_names(self):
        named = self._customer(f"{self.order.name} is in my name")
        found = self._find(self.order.name)
        self.assertEqual([one["id"] for one in found], [self.somchai.id, named.id])

    def test_names_that_begin_with_the_word_come_first(self):
        later = self._customer("Aaa Jaideeprasert")
        first = self._customer("Jaideeprasert Anan")
        found = [one["id"] for one in self._find("jaideeprasert")]
        self.assertEqual(found, [first.id, later.id, self.somchai.id])

    def test_all_of_a_family_with_one_phone_are_found(self):
        wife = self._customer("Malee", phone="089 111 2233", country_id=self.env.ref("base.th").id)
        found = self._find("0891112233")
        self.assertEqual([one["id"] for one in found], [self.somchai.id, wife.id])

    def test_archived_customer_is_found_by_his_number_with_a_warning(self):
        self.somchai.active = False
        self.assertEqual(self._find("M00000018")[0]["warning"], "This contact is archived.")
        self.assertFalse(self._find("Jaideeprasert"))

    def test_limit(self):
        self.env["res.partner"].create([{"name": f"Quokka {i}"} for i in range(12)])
        self.assertEqual(len(self._find("quokka")), 8)
        self.assertEqual(len(self._find("quokka", limit=3)), 3)
        self.assertEqual(len(self._find("quokka", limit=0)), 1)
        self.assertEqual(len(self._find("quokka", limit=10**9)), 12)

    def test_bad_input_finds_nothing_or_says_why(self):
        for term in ("", "  ", "\u200b", "\x00", "\ud800", "x" * 10_000, "M00000017", "+" * 20):
            with self.subTest(term=term[:10]):
                self.assertEqual(self._find(term), [])
        for term in ("%", "_", "\\", "'", '"', "<script>", "😀", "a\x00b", "(((", "M'; DROP"):
            with self.subTest(term=term):
                self.assertIsInstance(self._find(term), list)
                self.env["res.partner"].name_search(term)
        for term in (None, 7, ["x"], {"a": 1}):
            with self.assertRaisesRegex(UserError, "Type what to look for"):
                self._find(term)
        with self.assertRaisesRegex(UserError, "limit as a number"):
            self._find("x", limit="8")

    def test_wildcards_are_letters(self):
        percent = self._customer("Hundred%Sure Ltd")
        self.assertEqual(self._first("hundred%sure"), (percent.id, "name"))
        self.assertFalse(self._find("hund%sure"))
        self.assertFalse(self._find("hundred_sure"))

    def test_another_company_s_customers_and_papers_are_not_found(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "crm_relationship.group_relationship_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        Partner = self.env["res.partner"].with_user(stranger).with_company(other)
        self.assertFalse(Partner.find_customer(self.order.name))
        self.somchai.company_id = self.company
        for term in ("M00000018", "0891112233", "Jaideeprasert", "somchai.j@example.com"):
            with self.subTest(term=term):
                self.assertFalse(Partner.find_customer(term))
                self.assertFalse(Partner.name_search(term))

    def test_every_form_finds_by_every_key(self):
        for term in ("m 0000-0018", "089 111 2233", "somchai.j@example.com", self.order.name):
            with self.subTest(term=term):
                found = self.env["res.partner"].name_search(term)
                self.assertEqual([partner_id for partner_id, _name in found], self.somchai.ids)
        for term in ("jaideeprasert somchai", "deepras", "ref-4711", "ศักดิ์ ไทยแท้"):
            with self.subTest(term=term):
                self.assertEqual(len(self.env["res.partner"].name_search(term)), 1)

    def test_core_s_name_search_finds_what_it_found(self):
        self._customer("Bo", vat="VAT-77-88", company_registry="REG-9")
        for term in ("Bo", "bo", "at-77", "eg-9", "Jai", "ai"):
            with self.subTest(term=term):
                names = {
                    name for _id, name in self.env["res.partner"].name_search(term, limit=None)
                }
                core = self.env["res.partner"].search(
                    [
                        "|",
                        "|",
                        ("complete_name", "ilike", term),
                        ("vat", "ilike", term),
                        ("company_registry", "ilike", term),
                    ]
                )
                self.assertLessEqual(set(core.mapped("display_name")), names)

    def test_the_index_is_used(self):
        self.env["res.partner"].create([{"name": f"Nobody {i}"} for i in range(2000)])
        self.env.flush_all()
        self.env.cr.execute("ANALYZE res_partner")
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("SET LOCAL enable_indexscan = off")
        query = self.env["res.partner"]._search(
            self.env["res.partner"]._search_display_name("ilike", "jaideeprasert"), order="id"
        )
        lines = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        plan = "\n".join(line for (line,) in lines)
        self.assertIn("res_partner_search_document", plan)

    def test_finding_takes_a_fixed_number_of_queries(self):
        self.env["res.partner"].create([{"name": f"Quokka {i}"} for i in range(12)])
        self.env.flush_all()
        self._find("quokka")
        counts = []
        for limit in (1, 8):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._find("quokka", limit=limit)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1], 6)
