import base64
import io
from datetime import date

from openpyxl import Workbook, load_workbook

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools.misc import file_open

from .common import RelationshipCommon

FIELDS = ["name", "member_number", "email", "birthdate", "gender"]
OPTIONS = {
    "has_headers": True,
    "keep_good_rows": True,
    "quoting": '"',
    "separator": ",",
    "encoding": "utf-8",
    "date_format": "%d/%m/%Y",
    "datetime_format": "",
    "float_thousand_separator": ",",
    "float_decimal_separator": ".",
    "advanced": True,
    "skip": 0,
    "limit": 2000,
}
HEADER = "Name,Member Number,Email,Birthdate,Gender\n"


@tagged("post_install", "-at_install")
class TestImport(RelationshipCommon):
    def _file(self, content, kind="text/csv", name="customers.csv"):
        return self.env["base_import.import"].create(
            {"res_model": "res.partner", "file": content, "file_type": kind, "file_name": name}
        )

    def _import(self, content, names=FIELDS, dryrun=False, **options):
        """Import the rows of a CSV file, given as text or bytes; return wizard and result."""
        if isinstance(content, str):
            content = (HEADER + content).encode()
        wizard = self._file(content)
        result = wizard.execute_import(
            names, [name.lower() for name in names], {**OPTIONS, **options}, dryrun
        )
        self.env.invalidate_all()
        return wizard, result

    def _names(self, *names):
        return self.env["res.partner"].search([("name", "in", names)]).mapped("name")

    def _reasons(self, result):
        return {row["row"]: row["reason"] for row in result["refused"]["rows"]}

    def test_each_bad_row_is_refused_with_its_reason_and_the_good_ones_come_in(self):
        taken = self._customer("Owner", member_number="M00000034")
        _wizard, result = self._import(
            "Good,M00000018,good@example.com,31/12/1990,Female\n"
            "Mistyped,M00000027,,,\n"
            "Taken,M00000034,,,\n"
            "Twice,m 0000-0018,,,\n"
            "Foreign,X00000018,,,\n"
            "Short,M0018,,,\n"
            "Future,,,31/12/2999,\n"
            "No Day,,,31/02/2020,\n"
            "Ancient,,,01/01/0202,\n"
            'Two Mails,,"a@example.com, b@example.com",,\n'
            "Wrong Choice,,,,Unknown\n"
            "Also Good,Ｍ๐๐๐๐００26,,,Male\n"
        )
        self.assertEqual(len(result["ids"]), 2)
        self.assertFalse(result["messages"])
        self.assertEqual(result["refused"]["count"], 10)
        expected = {
            3: "would have to end with 6",
            4: f"in use already, by {taken.name}",
            5: "in use already",
            6: "must begin with M",
            7: "must have 9 characters",
            8: "cannot lie in the future",
            9: "31/02/2020",
            10: "01/01/0202",
            11: "several e-mail addresses",
            12: "Unknown",
        }
        reasons = self._reasons(result)
        self.assertEqual(set(reasons), set(expected))
        for row, part in expected.items():
            with self.subTest(row=row):
                self.assertIn(part, reasons[row])
        good, also_good = self.env["res.partner"].browse(result["ids"])
        self.assertEqual((good.member_number, good.gender), ("M00000018", "female"))
        self.assertEqual(good.birthdate, date(1990, 12, 31))
        self.assertEqual(also_good.member_number, "M00000026")
        self.assertFalse(self._names("Mistyped", "Taken", "Two Mails", "Wrong Choice", "No Day"))

    def test_refused_rows_come_back_as_a_file_to_mend(self):
        wizard, result = self._import(
            "Good,M00000018,,,\n=1+1,M00000027,a@example.com,,\nAlso Good,,,,\n"
        )
        self.assertEqual(len(result["ids"]), 2)
        rows = list(
            load_workbook(io.BytesIO(base64.b64decode(wizard.refused_file))).active.iter_rows()
        )
        self.assertEqual(len(rows), 2)
        self.assertEqual([cell.value for cell in rows[0]][:2], ["Name", "Member Number"])
        self.assertEqual([cell.value for cell in rows[1]][:2], ["=1+1", "M00000027"])
        self.assertEqual(rows[1][0].data_type, "s")
        self.assertIn("would have to end with 6", rows[1][5].value)

    def test_another_user_does_not_get_the_refused_rows(self):
        wizard, _result = self._import("Bad,M00000027,,,\n")
        other = new_test_user(self.env, "other", "base.group_user,base.group_partner_manager")
        with self.assertRaises(AccessError):
            wizard.with_user(other).read(["refused_file"])

    def test_trying_out_writes_nothing(self):
        _wizard, result = self._import("Good,M00000018,,,\nBad,M00000027,,,\n", dryrun=True)
        self.assertEqual(set(self._reasons(result)), {3})
        self.assertFalse(self._names("Good", "Bad"))
        self.assertFalse(self.env["crm.member.number"].search([("number", "=", "M00000018")]))

    def test_without_the_choice_core_s_all_or_nothing_holds(self):
        _wizard, result = self._import(
            "Good,M00000018,,,\nBad,M00000027,,,\n", keep_good_rows=False
        )
        self.assertFalse(result["ids"])
        self.assertIn("would have to end with 6", result["messages"][-1]["message"])
        self.assertNotIn("refused", result)

    def test_same_file_again_doubles_nothing(self):
        rows = "One,M00000018,,,\nTwo,M00000026,,,\n"
        self._import(rows)
        _wizard, result = self._import(rows)
        self.assertFalse(result["ids"])
        self.assertEqual(result["refused"]["count"], 2)
        for reason in self._reasons(result).values():
            self.assertIn("in use already", reason)
        self.assertEqual(len(self._names("One", "Two")), 2)

    def test_existing_customers_are_updated_by_their_external_id(self):
        names = ["id", "name", "member_number"]
        first = b"External ID,Name,Member Number\nold_1,One,M00000018\nold_2,Two,M00000026\n"
        again = b"External ID,Name,Member Number\nold_1,First,M00000018\nold_2,Second,M00000027\n"
        _wizard, created = self._import(first, names)
        _wizard, result = self._import(again, names)
        self.assertEqual(result["ids"], created["ids"][:1])
        one, two = self.env["res.partner"].browse(created["ids"])
        self.assertEqual((one.name, one.member_number), ("First", "M00000018"))
        self.assertEqual((two.name, two.member_number), ("Two", "M00000026"))

    def test_dates_of_the_buddhist_era_are_turned(self):
        _wizard, result = self._import(
            "New Year,,,31/12/2568,\nLeap,,,29/02/2567,\nThai,,,๐๑/๐๕/๒๕๓๓,\n"
        )
        days = self.env["res.partner"].browse(result["ids"]).mapped("birthdate")
        self.assertEqual(days, [date(2025, 12, 31), date(2024, 2, 29), date(1990, 5, 1)])

    def test_files_of_thai_offices_are_read(self):
        content = (HEADER + "สมชาย ใจดี,M00000018,,,\n").encode
        for encoding in ("utf-8-sig", "cp874"):
            with self.subTest(encoding=encoding), self.cr.savepoint() as savepoint:
                wizard = self._file(content(encoding))
                options = {**OPTIONS, "encoding": "", "separator": ""}
                preview = wizard.parse_preview(options)
                self.assertEqual(preview["preview"][0][0], "สมชาย ใจดี")
                result = wizard.execute_import(
                    FIELDS, [], {**OPTIONS, "encoding": preview["options"]["encoding"]}
                )
                self.assertEqual(self.env["res.partner"].browse(result["ids"]).name, "สมชาย ใจดี")
                savepoint.rollback()
                self.env.invalidate_all()

    def test_semicolons_are_found(self):
        content = (HEADER + "One,M00000018,,,\n").replace(",", ";").encode()
        wizard = self._file(content)
        preview = wizard.parse_preview({**OPTIONS, "separator": ""})
        self.assertEqual(preview["options"]["separator"], ";")

    def test_what_a_spreadsheet_did_to_numbers(self):
        digits = self.env["crm.member.scheme"].create(
            {"name": "Digits", "prefix": "", "length": 9, "sequence": 1}
        )
        book = Workbook()
        book.active.append(["Name", "Member Number"])
        book.active.append(["Number Cell", 700000011])
        book.active.append(["Zeros Lost", 18])
        book.active.append(["Shortened", "1.23E+08"])
        content = io.BytesIO()
        book.save(content)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        wizard = self._file(content.getvalue(), kind, "customers.xlsx")
        options = {**OPTIONS, "sheet": "Sheet", "sheets": ["Sheet"]}
        result = wizard.execute_import(["name", "member_number"], [], options)
        reasons = self._reasons(result)
        self.assertIn("zeros in front", reasons[3])
        self.assertIn("shortened the member number", reasons[4])
        partner = self.env["res.partner"].browse(result["ids"])
        self.assertEqual(partner.mapped("member_number"), ["700000011"])
        self.assertEqual(partner.member_number_ids.scheme_id, digits)

    def test_many_rows_take_few_queries(self):
        rows = "".join(f"Customer {i},,,01/01/1990,\n" for i in range(400))
        before = self.env.cr.sql_log_count
        self._import(rows)
        clean = self.env.cr.sql_log_count - before
        before = self.env.cr.sql_log_count
        _wizard, result = self._import(rows + "Bad,,,01/01/2999,\n")
        with_a_bad_row = self.env.cr.sql_log_count - before
        self.assertEqual(len(result["ids"]), 400)
        self.assertLess(clean, 400)
        self.assertLess(with_a_bad_row - clean, 400)

    def test_duplicates_are_searched_after_an_import(self):
        job = self.env.ref("crm_relationship.ir_cron_find_duplicates")
        triggers = self.env["ir.cron.trigger"].sudo()
        before = triggers.search_count([("cron_id", "=", job.id)])
        self._import("Good,M00000018,,,\nBad,M00000027,,,\n")
        self.assertGreater(triggers.search_count([("cron_id", "=", job.id)]), before)

    def test_template_comes_in_as_it_is(self):
        templates = self.env["res.partner"].get_import_templates()
        path = templates[0]["template"]
        self.assertIn("customers_import_template", path)
        with file_open(path.lstrip("/"), "rb") as file:
            content = file.read()
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        wizard = self._file(content, kind, "template.xlsx")
        preview = wizard.parse_preview({**OPTIONS, "sheet": "", "date_format": ""}, count=10)
        self.assertFalse(preview.get("error"))
        names = [
            preview["matches"].get(index, [False])[0] for index in range(len(preview["headers"]))
        ]
        self.assertTrue(all(names), preview["headers"])
        options = {**OPTIONS, **preview["options"], "keep_good_rows": True}
        result = wizard.execute_import(names, preview["headers"], options)
        self.assertFalse(result["messages"])
        self.assertEqual(result["refused"]["count"], 0)
        numbers = self.env["res.partner"].browse(result["ids"]).mapped("member_number")
        self.assertEqual(numbers, ["M00000018", "M00000026"])

    def test_other_models_are_imported_as_in_core(self):
        wizard = self.env["base_import.import"].create(
            {"res_model": "res.country", "file": b"Name\nX\n", "file_type": "text/csv"}
        )
        result = wizard.execute_import(["name"], ["name"], dict(OPTIONS), True)
        self.assertNotIn("refused", result)
