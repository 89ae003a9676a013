import re

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .alliance_common import AllianceCommon

NOW = "2026-11-10 05:00:00"


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestWhatPartnersSee(AllianceCommon):
    def _agree(self, partner, state="granted", moment="2026-10-01 05:00:00"):
        self.env["crm.contact.consent"].create(
            {
                "partner_id": partner.id,
                "channel_id": self.env.ref("crm_relationship.crm_contact_channel_email").id,
                "purpose_id": self.share.id,
                "state": state,
                "date": moment,
            }
        )

    def test_who_has_not_agreed_has_a_code_and_the_same_one_each_time(self):
        self.alliance.purpose_id = self.share
        self._invoiced("2026-10-12")
        self._invoiced("2026-10-13")
        self._invoiced("2026-10-14", self._customer("Malee"))
        settlement = self._settled()
        shown = settlement.line_ids.filtered(lambda line: line.side == "payable").mapped("shown_as")
        self.assertEqual(shown[0], shown[1])
        self.assertNotEqual(shown[0], shown[2])
        for code in shown:
            self.assertRegex(code, r"^[0-9A-F]{10}$")

    def test_code_that_the_customer_shows_there_is_the_one_of_the_list(self):
        with freeze_time("2026-10-12 05:00:00"):
            presentation = self._accepted(self.link)
        self.assertEqual(self._settled().line_ids.shown_as, presentation.code)

    def test_points_have_the_reference_of_the_partner_and_not_the_code_of_the_customer(self):
        """He knows whose points he reported: so he would know whose the code is, too."""
        self.customer.action_issue_member_number()
        self.alliance.record_points(self.customer.member_number, 10, "T-1", "2026-10-12")
        self._invoiced("2026-10-12")
        lines = self._settled().line_ids
        points = lines.filtered(lambda line: line.kind == "accrual")
        self.assertEqual(points.shown_as, "T-1")
        self.assertNotIn("T-1", (lines - points).mapped("shown_as"))

    def test_who_agreed_on_that_day_is_named_until_he_objects(self):
        self.alliance.purpose_id = self.share
        self._agree(self.customer, moment="2026-10-13 05:00:00")
        self._invoiced("2026-10-12")
        self._invoiced("2026-10-13")
        settlement = self._settled()
        lines = settlement.line_ids.filtered(lambda line: line.side == "payable")
        self.assertEqual(lines.mapped("is_named"), [False, True])
        self.assertEqual(lines[1].shown_as, "Somchai Jaidee")
        self.assertEqual(lines[0].shown_as, lines[0].code)
        self._agree(self.customer, "withdrawn", "2026-11-01 05:00:00")
        self.env.invalidate_all()
        self.assertEqual(lines[1].shown_as, lines[1].code)

    def test_alliance_without_a_purpose_names_nobody(self):
        self._agree(self.customer)
        self._invoiced("2026-10-12")
        self.assertEqual(self._settled().line_ids.mapped("is_named"), [False, False])

    def test_printed_list_has_the_codes_and_no_name(self):
        self.alliance.purpose_id = self.share
        malee = self._customer("Malee Suksai")
        self._agree(malee)
        self._invoiced("2026-10-12")
        self._invoiced("2026-10-13", malee)
        settlement = self._settled()
        report = "crm_relationship_loyalty.crm_alliance_settlement_report"
        html = self.env["ir.actions.report"]._render_qweb_html(report, settlement.ids)[0].decode()
        text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html))
        self.assertIn("Malee Suksai", text)
        self.assertNotIn("Somchai", text)
        self.assertIn(settlement.line_ids.sorted("date")[0].code, text)
        self.assertIn("9.60", text)


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestSettlementRights(AllianceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.biller = new_test_user(
            cls.env,
            "alliance_biller",
            "account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.manager = new_test_user(
            cls.env,
            "alliance_manager",
            "crm_relationship.group_relationship_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def test_biller_settles_without_other_rights(self):
        self._invoiced("2026-10-12")
        settlement = (
            self.env["crm.alliance.settlement"]
            .with_user(self.biller)
            .create(
                {
                    "alliance_id": self.alliance.id,
                    "date_from": "2026-10-01",
                    "date_until": "2026-10-31",
                }
            )
        )
        settlement.action_collect()
        settlement.action_invoice()
        self.assertEqual(settlement.invoice_id.amount_untaxed, 4.8)
        self.assertEqual(settlement.group_ids.mapped("line_count"), [1, 1])
        action = settlement.group_ids[0].action_view_lines()
        lines = self.env["crm.alliance.settlement.line"].with_user(self.biller)
        found = lines.search(action["domain"])
        self.assertEqual(found.amount, settlement.group_ids[0].amount)
        self.assertEqual(found.action_view_source()["res_model"], "account.move")
        settlement.action_cancel()
        self.assertEqual(settlement.state, "cancelled")

    def test_amounts_and_states_are_not_typed(self):
        self._invoiced("2026-10-12")
        settlement = self._settled().with_user(self.biller)
        for values in ({"state": "draft"}, {"receivable": 1.0}, {"invoice_id": False}):
            with self.assertRaises(AccessError):
                settlement.write(values)
        with self.assertRaises(AccessError):
            settlement.create(
                {
                    "alliance_id": self.alliance.id,
                    "date_from": "2026-09-01",
                    "date_until": "2026-09-30",
                    "receivable": 999.0,
                }
            )

    def test_manager_reads_and_does_not_settle(self):
        self._invoiced("2026-10-12")
        settlement = self._settlement()
        settlement.action_collect()
        mine = settlement.with_user(self.manager)
        self.assertEqual(mine.receivable, 4.8)
        self.assertEqual(len(mine.line_ids), 2)
        for action in (mine.action_collect, mine.action_invoice, mine.action_cancel):
            with self.assertRaises(AccessError):
                action()

    def test_other_company_settles_its_own(self):
        other = self.setup_other_company()["company"]
        self.env.user.company_ids += other
        self._invoiced("2026-10-12")
        there = (
            self.env["crm.alliance"]
            .with_company(other)
            .create(
                {
                    "name": "Hotel",
                    "partner_id": self.hotel.id,
                    "company_id": other.id,
                    "commission_earned": 10.0,
                    "settlement_product_id": self.settling.id,
                }
            )
        )
        self.assertEqual((there.sale_journal_id | there.purchase_journal_id).company_id, other)
        settlement = self._settlement(alliance=there)
        settlement.action_collect()
        self.assertFalse(settlement.line_ids)
        self.assertEqual(self._settled().receivable, 4.8)
