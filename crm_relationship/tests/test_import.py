import io
from base64 import b64decode
from datetime import date

import openpyxl

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools.misc import file_open

from .common import RelationshipCommon

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPTIONS = {
    "import_skip_records": [],
    "import_set_empty_fields": [],
    "fallback_values": {},
    "name_create_enabled_fields": {},
    "encoding": "",
    "separator": "",
    "quoting": '"',
    "date_format": "",
    "datetime_format": "",
    "has_headers": True,
    "keep_matches": False,
    "limit": 2000,
    "skip": 0,
    "sheet": "",
    "tracking_disable": True,
    "keep_good_rows": True,
}


class ImportCommon(RelationshipCommon):
    """Files of customers as the import screen reads them: preview, mapping, import."""

    @classmethod
    def _upload(cls, content, file_type="text/csv", user=None):
        """Return the import of a file; text is a CSV in UTF-8."""
        content = content.encode() if isinstance(content, str) else content
        return (
            cls.env["base_import.import"]
            .with_user(user or cls.env.user)
            .create({"res_model": "res.partner", "file": content, "file_type": file_type})
        )

    @classmethod
    def _import(cls, content, *, dryrun=False, file_type="text/csv", user=None, **options):
        """Import a file; return what the screen gets, with the customers."""
        wizard = cls._upload(content, file_type, user)
        preview = wizard.parse_preview({**OPTIONS, **options})
        assert "error" not in preview, preview
        matches = preview["matches"]
        names = ["/".join(matches.get(index, ())) for index in range(len(preview["headers"]))]
        columns = [header.lower() for header in preview["headers"]]
        chosen = {**preview["options"], **options}
        result = wizard.execute_import([n or False for n in names], columns, chosen, dryrun=dryrun)
        partners = cls.env["res.partner"].browse(result.get("ids") or [])
        return result | {"wizard": wizard, "partners": partners, "fields": names}

    @classmethod
    def _sheet(cls, *rows):
        """Return a spreadsheet of these rows."""
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        content = io.BytesIO()
        book.save(content)
        return content.getvalue()

    @staticmethod
    def _reasons(result):
        return {row["row"]: row["reason"] for row in result["refused"]["rows"]}


@tagged("post_install", "-at_install")
class TestImport(ImportCommon):
    def test_bad_rows_are_refused_each_with_its_reason_and_the_good_ones_come_in(self):
        self._customer("Old Customer", member_number="M00000034")
        result = self._import(
            "Name,Member Number,Birthdate,Gender,Email\n"
            "Good,M00000018,31/12/1990,Female,good@example.com\n"
            "Mistyped,M00000027,,,\n"
            "Taken,M00000034,,,\n"
            "Twice,M00000018,,,\n"
            "Foreign,X00000018,,,\n"
            "No Day,M00000042,31/02/2020,,\n"
            "Future,M00000059,31/12/2999,,\n"
            'Two Mails,M00000067,,,"a@example.com, b@example.com"\n'
            "Sex,M00000075,,Unknown,\n"
            "Also Good,M00000026,,,\n"
        )
        self.assertEqual(result["partners"].mapped("name"), ["Good", "Also Good"])
        self.assertEqual(result["partners"].mapped("member_number"), ["M00000018", "M00000026"])
        self.assertEqual(result["messages"], [])
        expected = {
            3: "would have to end with 6",
            4: "in use already, by Old Customer",
            5: "in use already, by Good",
            6: "must begin with M",
            7: "31/02/2020",
            8: "cannot lie in the future",
            9: "several e-mail addresses",
            10: "Female, Male, Diverse",
        }
        reasons = self._reasons(result)
        self.assertEqual(list(reasons), list(expected))
        for row, reason in expected.items():
            self.assertIn(reason, reasons[row])
        self.assertEqual(result["refused"]["count"], 8)
        self.assertEqual(result["refused"]["rows"][0]["name"], "Mistyped")
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Two Mails")]))

    def test_without_the_choice_one_bad_row_stops_the_file_as_in_core(self):
        content = "Name,Member Number\nGood,M00000018\nBad,M00000027\n"
        result = self._import(content, keep_good_rows=False)
        self.assertFalse(result["ids"])
        self.assertNotIn("refused", result)
        self.assertIn("would have to end with 6", str(result["messages"]))
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Good")]))

    def test_test_run_tells_the_same_and_writes_nothing(self):
        content = "Name,Member Number\nGood Test,M00000018\nBad,M00000027\n"
        result = self._import(content, dryrun=True)
        self.assertEqual(len(result["ids"]), 1)
        self.assertIn("would have to end with 6", self._reasons(result)[3])
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Good Test")]))
        self.assertFalse(self.env["crm.member.number"].search([("number", "=", "M00000018")]))

    def test_same_file_again_refuses_the_numbers_and_doubles_nobody(self):
        content = "Name,Member Number\nFirst Twin,M00000018\nSecond Twin,M00000026\n"
        self._import(content)
        again = self._import(content)
        self.assertEqual(again["ids"], [])
        self.assertIn("in use already, by First Twin", self._reasons(again)[2])
        self.assertIn("in use already, by Second Twin", self._reasons(again)[3])
        self.assertEqual(self.env["res.partner"].search_count([("name", "ilike", "Twin")]), 2)

    def test_file_with_external_ids_updates_its_customers(self):
        content = "External ID,Name,Member Number,City\nold_1,Anna,M00000018,{}\nold_2,Bert,,\n"
        first = self._import(content.format("Bangkok"))["partners"]
        again = self._import(content.format("Trang"))
        self.assertEqual(again["partners"], first)
        self.assertEqual(again["refused"]["count"], 0)
        self.assertEqual(first.mapped("city"), ["Trang", False])
        self.assertEqual(first[0].member_number_ids.mapped("number"), ["M00000018"])

    def test_refused_update_leaves_its_customer_as_he_was(self):
        content = "External ID,Name,Email\nold_1,{},{}\nold_2,Bert,bert@example.com\n"
        anna = self._import(content.format("Anna", "a@example.com"))["partners"][0]
        again = self._import(content.format("Other", '"a@example.com, b@example.com"'))
        self.assertIn("several e-mail addresses", self._reasons(again)[2])
        self.assertEqual((anna.name, anna.email), ("Anna", "a@example.com"))

    def test_refused_rows_come_as_a_file_that_is_mended_and_imported(self):
        wizard = self._import(
            "Name,Remark of ours,Member Number\nGood,a,M00000018\nMended,b,M00000027\n"
        )["wizard"]
        sheet = openpyxl.load_workbook(io.BytesIO(b64decode(wizard.refused_file))).active
        header, row = sheet.iter_rows(values_only=True)
        self.assertEqual(header, ("Name", "Remark of ours", "Member Number", "Refused because"))
        self.assertEqual(row[:3], ("Mended", "b", "M00000027"))
        self.assertIn("would have to end with 6", row[3])
        mended = self._import(
            self._sheet(header, ("Mended", "b", "M00000026", row[3])), file_type=XLSX
        )
        self.assertEqual(mended["refused"]["count"], 0)
        self.assertEqual(mended["partners"].member_number, "M00000026")
        self.assertEqual(mended["fields"], ["name", "", "member_number", ""])

    def test_text_that_looks_like_a_formula_stays_text_in_the_file_of_refused_rows(self):
        wizard = self._import("Name,Member Number\n=1+1,M00000027\n")["wizard"]
        sheet = openpyxl.load_workbook(io.BytesIO(b64decode(wizard.refused_file))).active
        self.assertEqual(sheet["A2"].data_type, "s")
        self.assertEqual(sheet["A2"].value, "=1+1")

    def test_new_file_forgets_what_the_former_refused(self):
        wizard = self._import("Name,Member Number\nBad,M00000027\n")["wizard"]
        wizard.file = b"Name\nGood\n"
        self.assertFalse(wizard.refusal)
        self.assertFalse(wizard.refused_file)

    def test_file_and_its_refused_rows_are_the_uploader_s_alone(self):
        group = "crm_relationship.group_relationship_user,base.group_partner_manager"
        desk, other = (new_test_user(self.env, login, group) for login in ("desk", "other"))
        result = self._import("Name,Member Number\nBad,M00000027\n", user=desk)
        self.assertTrue(result["wizard"].refused_file)
        with self.assertRaises(AccessError):
            result["wizard"].with_user(other).read(["refused_file"])

    def test_one_bad_row_among_many_costs_few_queries(self):
        rows = ["Name,Birthdate", *(f"Customer {i},1990-01-01" for i in range(400))]
        queries = []
        for more in ([], ["Unborn,2999-01-01"]):
            before = self.env.cr.sql_log_count
            result = self._import("\n".join([*rows, *more]))
            queries.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(result["ids"]), 400)
            self.assertEqual(result["refused"]["count"], len(more))
        self.assertLess(max(queries), 400)

    def test_duplicates_are_searched_after_an_import_with_refused_rows(self):
        job = self.env.ref("crm_relationship.ir_cron_find_duplicates")
        triggers = self.env["ir.cron.trigger"].sudo()
        before = triggers.search_count([("cron_id", "=", job.id)])
        self._import("Name,Member Number\nGood,M00000018\nBad,M00000027\n")
        self.assertGreater(triggers.search_count([("cron_id", "=", job.id)]), before)

    def test_user_who_may_not_issue_numbers_imports_none(self):
        clerk = new_test_user(self.env, "clerk", "base.group_user,base.group_partner_manager")
        result = self._import("Name,Member Number\nClerk's,M00000018\n", user=clerk)
        self.assertFalse(result["ids"])
        self.assertTrue(result["messages"])
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Clerk's")]))

    def test_batches_go_on_after_a_refused_row_at_their_end(self):
        content = (
            "Name,Member Number\n"
            "One,M00000018\nBad Two,M00000027\nBad Three,M00000035\nFour,M00000026\n"
        )
        first = self._import(content, limit=2)
        self.assertEqual(first["nextrow"], 2)
        options = {**OPTIONS, "limit": 2, "skip": 2, "separator": ","}
        second = first["wizard"].execute_import(
            ["name", "member_number"], ["name", "member number"], options
        )
        self.assertEqual(self._reasons(second).keys(), {3, 4})
        names = self.env["res.partner"].browse(first["ids"] + second["ids"]).mapped("name")
        self.assertEqual(names, ["One", "Four"])

    def test_failed_new_value_keeps_nothing_that_was_undone_with_it(self):
        content = "Name,Related Company\nFirst Undone,\nSecond,Firm That Cannot Be\n"
        # A contact without a name is refused by the database, so its creation by name fails.
        self.patch(type(self.env["res.partner"]), "name_create", _refuse_name)
        result = self._import(content, name_create_enabled_fields={"parent_id": True})
        self.assertFalse(result["ids"])
        self.assertTrue(result["messages"])
        self.assertFalse(self.env["res.partner"].search([("name", "=", "First Undone")]))

    def test_unknown_value_is_shown_beside_its_column_where_core_offers_to_create_it(self):
        result = self._import("Name,Tags\nGood,\nBad,Tag That Is Not\n")
        self.assertEqual(result["partners"].name, "Good")
        self.assertEqual(result["refused"]["faults"][0]["field"], "category_id")

    def test_issue_date_comes_in_with_the_number(self):
        result = self._import(
            "Name,Member Numbers/Number,Member Numbers/Issued On\n"
            "Veteran,M00000018,31/12/2560\nTomorrow's,M00000026,31/12/2999\n"
        )
        number = result["partners"].member_number_ids
        self.assertEqual((number.number, number.issued_on), ("M00000018", date(2017, 12, 31)))
        self.assertEqual(result["partners"].member_since, date(2017, 12, 31))
        self.assertIn("issued in the future", self._reasons(result)[3])

    def test_ten_thousand_letters_and_null_bytes_are_refused_not_stored(self):
        result = self._import(
            f"Name,Member Number\nGood,M00000018\nLong,M{'1' * 10_000}\nNull\x00,M00000026\n"
        )
        self.assertEqual(result["partners"].name, "Good")
        self.assertEqual(self._reasons(result).keys(), {3, 4})


@tagged("post_install", "-at_install")
class TestImportedCells(ImportCommon):
    def _dates(self, *cells, lang="en_US"):
        self.env.user.lang = lang
        lines = [f"Person {index},{cell}" for index, cell in enumerate(cells)]
        result = self._import("Name,Birthdate\n" + "\n".join(lines) + "\n")
        return [str(partner.birthdate or "") for partner in result["partners"]]

    def test_birth_dates_of_the_buddhist_era_come_in_as_gregorian(self):
        self.assertEqual(
            self._dates("31/12/2533", "29/02/2567", "๓๐/๐๔/๒๕๓๓", "01/05/1990"),
            ["1990-12-31", "2024-02-29", "1990-04-30", "1990-05-01"],
        )

    def test_day_and_month_are_told_apart_by_the_whole_column(self):
        cells = ["01/02/1990"] * 20 + ["31/12/1990"]
        self.assertEqual(set(self._dates(*cells)), {"1990-02-01", "1990-12-31"})

    def test_one_cell_without_a_date_does_not_hide_the_format_of_the_others(self):
        self.assertEqual(
            self._dates("unknown", "31/12/1990", "30/11/1991", "99/99/1992"),
            ["1990-12-31", "1991-11-30"],
        )

    def test_without_the_choice_birth_dates_are_read_the_same_way(self):
        content = "Name,Birthdate\nLeap,29/02/2567\nPlain,31/12/2533\n"
        partners = self._import(content, keep_good_rows=False)["partners"]
        self.assertEqual(partners.mapped("birthdate"), [date(2024, 2, 29), date(1990, 12, 31)])

    def test_dates_of_other_models_are_read_as_core_reads_them(self):
        wizard = self.env["base_import.import"].create({"res_model": "crm.lead"})
        data = [["29/02/2567"]]
        options = {"date_format": "%d/%m/%Y"}
        with self.assertRaisesRegex(Exception, "incorrect values"):
            wizard._parse_date_from_data(data, 0, "date_deadline", "date", options)

    def test_thai_files_of_windows_are_read(self):
        text = "Name,Member Number\nสมชาย ใจดี,M00000018\nสมหญิง รักไทย,M00000026\n"
        for number, encoding in enumerate(("cp874", "utf-8-sig", "utf-8", "utf-16")):
            with self.subTest(encoding=encoding):
                result = self._import(text.encode(encoding), dryrun=True)
                self.assertEqual(result["refused"]["count"], 0)
                self.assertEqual(result["name"][:2], ["สมชาย ใจดี", "สมหญิง รักไทย"], number)

    def test_semicolons_and_the_line_ends_of_windows_are_read(self):
        partner = self._import("Name;Member Number\r\nSomchai;M00000018\r\n")["partners"]
        self.assertEqual((partner.name, partner.member_number), ("Somchai", "M00000018"))

    def test_numbers_are_cleaned_of_what_a_file_adds(self):
        cells = {"๐": "M๐๐๐๐๐๐18", "wide": "Ｍ００００００２６", "line": '" m-0000 0034\n"'}
        text = "".join(f"{name},{cell}\n" for name, cell in cells.items())
        partners = self._import("Name,Member Number\n" + text)["partners"]
        self.assertEqual(partners.mapped("member_number"), ["M00000018", "M00000026", "M00000034"])

    def _digit_scheme(self, **values):
        self.scheme.active = False
        return self.env["crm.member.scheme"].create(
            {"name": "Digits", "length": 5, "check_method": "none", **values}
        )

    def test_number_that_a_spreadsheet_holds_as_a_number_keeps_its_digits(self):
        self._digit_scheme()
        content = self._sheet(["Name", "Member Number"], ["Whole", 12345], ["Float", 12346.0])
        partners = self._import(content, file_type=XLSX)["partners"]
        self.assertEqual(partners.mapped("member_number"), ["12345", "12346"])
        partners = self._import("Name,Member Number\nWritten,12347.0\n")["partners"]
        self.assertEqual(partners.member_number, "12347")

    def test_lost_zeros_and_lost_digits_are_refused_with_advice(self):
        self._digit_scheme(length=13)
        result = self._import("Name,Member Number\nZeros,12345\nPower,1.23457E+12\n")
        self.assertFalse(result["ids"])
        reasons = self._reasons(result)
        self.assertIn("cut off the zeros in front", reasons[2])
        self.assertIn("shortened the member number to 1.23457E+12", reasons[3])

    def test_date_cell_of_a_spreadsheet_comes_in(self):
        content = self._sheet(
            ["Name", "Birthdate"], ["Day", date(1990, 12, 31)], ["Text", "29/02/2567"]
        )
        partners = self._import(content, file_type=XLSX)["partners"]
        self.assertEqual(partners.mapped("birthdate"), [date(1990, 12, 31), date(2024, 2, 29)])


@tagged("post_install", "-at_install")
class TestImportTemplate(ImportCommon):
    def test_template_comes_in_without_any_work(self):
        template = self.env["res.partner"].get_import_templates()[0]["template"]
        with file_open(template.lstrip("/"), "rb") as file:
            result = self._import(file.read(), file_type=XLSX, keep_good_rows=False)
        self.assertEqual(result["messages"], [])
        self.assertNotIn("", result["fields"])
        somchai, suda = result["partners"]
        self.assertEqual(somchai.member_number, "M00000018")
        self.assertEqual(suda.member_number, "M00000026")
        self.assertEqual(somchai.birthdate, date(1990, 12, 31))
        self.assertEqual(somchai.country_id.code, "TH")
        self.assertEqual(suda.gender, "female")

    def test_template_of_core_is_offered_too(self):
        labels = [one["label"] for one in self.env["res.partner"].get_import_templates()]
        self.assertIn("Import Template for Contacts", labels)


def _refuse_name(self, name):
    raise ValueError(name)
