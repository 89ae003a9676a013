from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .contribution_common import ContributionCommon

FIGURES = ("kpi_net_contribution", "kpi_cost_to_serve", "kpi_first_answer", "kpi_retention")


@tagged("post_install", "-at_install")
class TestDigest(ContributionCommon):
    """The figures in the mail of 11 December 2025, nine o'clock in Bangkok, worked out by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rate("interaction", 7.0)
        cls._rate("order_line", 3.0)
        cls.customer = cls._customer("Customer")
        cls.digest = cls.env["digest.digest"].create(
            {"name": "Figures", "company_id": cls.company.id, **dict.fromkeys(FIGURES, True)}
        )
        cls.manager = cls._reader("manager", "crm_relationship.group_relationship_manager")

    @classmethod
    def _reader(cls, name, group, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            f"{name}_of_digest",
            group,
            email=f"{name}@example.com",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def _figures(self, user):
        """Return ``{name: [of a day, of a week, of a month]}`` as the mail says them."""
        self.env.flush_all()
        with freeze_time("2025-12-11 02:00:00"):
            figures = self.digest._compute_kpis(user.company_id, user)
        return {
            figure["kpi_name"]: [figure[f"kpi_col{number}"]["value"] for number in (1, 2, 3)]
            for figure in figures
        }

    def _goods(self, quantity, day, move_type="out_invoice"):
        line = {"product_id": self.goods.id, "quantity": quantity, "price_unit": 100.0}
        lines = [Command.create({**line, "tax_ids": False})]
        self._invoice(self.customer, 0, day, move_type, invoice_line_ids=lines)

    def test_amounts_are_those_of_whole_days(self):
        self._goods(2, "2025-12-10")  # 200 less cost of 80
        self._goods(1, "2025-12-11")  # the day of the mail has only begun
        self._goods(1, "2025-12-08", "out_refund")  # -100, and the goods of 40 are back
        for moment in (
            "2025-12-09 16:59:00",  # 23:59 on the 9th in Bangkok
            "2025-12-09 17:00:00",  # the 10th
            "2025-12-10 16:59:00",  # the 10th
            "2025-12-10 17:00:00",  # the 11th
        ):
            self._order(self.customer, 1.0, moment)
        self._contact(self.customer, self.phone, date="2025-12-10 05:00:00")
        figures = self._figures(self.manager)
        # The 10th: 200 - 80 - 7 - two lines of 3 = 107, at 13 for two orders.
        # The week, with the credit note and the order of the 9th: 107 - 60 - 3 = 44, at 16 for 3.
        # The month is the week: nothing came before.
        symbol = self.company.currency_id.symbol
        self.assertEqual(
            [figure.replace(symbol, "") for figure in figures["kpi_net_contribution"]],
            ["107", "44", "44"],
        )
        self.assertEqual(
            [figure.replace(symbol, "") for figure in figures["kpi_cost_to_serve"]],
            ["6.5", "5.3", "5.3"],
        )

    def test_first_answer_is_a_message_or_a_contact_of_our_staff(self):
        asked, called, _silent = (
            self._case(self.customer, moment)
            for moment in ("2025-12-10 04:00:00", "2025-12-11 00:00:00", "2025-12-11 00:30:00")
        )
        for moment, author, note in (
            ("2025-12-10 04:30:00", self.customer, False),
            ("2025-12-10 05:00:00", self.manager.partner_id, True),  # an internal note
            ("2025-12-10 07:30:00", self.manager.partner_id, False),  # after 3.5 hours
            ("2025-12-11 01:00:00", self.manager.partner_id, False),
        ):
            message = asked.message_post(
                body="Words",
                author_id=author.id,
                message_type="comment",
                subtype_xmlid="mail.mt_note" if note else "mail.mt_comment",
            )
            message.date = moment
        self._contact(
            self.customer, self.phone, date="2025-12-11 00:15:00", case_id=called.id, direction="in"
        )
        self._contact(
            self.customer,
            self.phone,
            date="2025-12-11 01:30:00",  # after 1.5 hours
            case_id=called.id,
            direction="out",
        )
        self.assertEqual(self._figures(self.manager)["kpi_first_answer"], ["2.50"] * 3)
        self.assertEqual(
            self.env["crm.case"]._hours_to_first_answer(
                self.company, "2025-12-10 07:30:00", "2025-12-11 01:30:00"
            ),
            3.5,
        )

    def test_retention_is_of_twelve_months_up_to_the_day_before(self):
        for name, days in {
            "stays": ("2024-06-01", "2025-12-10"),
            "comes back too late": ("2024-06-01", "2025-12-11"),
            "is new": ("2025-06-01",),
        }.items():
            customer = self._customer(name)
            for day in days:
                self._invoice(customer, 10.0, day)
        self.assertEqual(self._figures(self.manager)["kpi_retention"][0], "50.00")

    def test_nothing_divides_nothing(self):
        figures = self._figures(self.manager)
        self.assertEqual(figures["kpi_first_answer"], ["0.00"] * 3)
        self.assertEqual(figures["kpi_retention"], ["0.00"] * 3)
        self.assertIn("0", figures["kpi_cost_to_serve"][0])
        values = self.digest.with_user(self.manager).read([f"{name}_value" for name in FIGURES])
        self.assertFalse(any(values[0][f"{name}_value"] for name in FIGURES))

    def test_each_reader_gets_what_he_may_see(self):
        readers = {
            "base.group_user": set(),
            "sales_team.group_sale_salesman": {"kpi_first_answer", "kpi_retention"},
            "account.group_account_invoice": {"kpi_net_contribution", "kpi_cost_to_serve"},
        }
        for number, (group, figures) in enumerate(readers.items()):
            with self.subTest(group):
                user = self._reader(f"reader{number}", group)
                self.assertEqual(set(self._figures(user)), figures)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._reader("stranger", "crm_relationship.group_relationship_manager", other)
        self.assertEqual(self._figures(stranger), {})

    def test_mail_says_the_figures_and_leads_to_them(self):
        self._goods(2, "2025-12-10")
        self.env.flush_all()
        with freeze_time("2025-12-11 02:00:00"):
            self.digest._action_send_to_user(self.manager, tips_count=0)
        mail = self.env["mail.mail"].sudo().search([("email_to", "like", "manager@")], limit=1)
        for words in (
            "Net Contribution",
            f"{self.company.currency_id.symbol}120",
            "Cost to Serve per Order",
            "First Answer to Cases (Hours)",
            "12-Month Retention (%)",
            "action-crm_relationship_analytics.crm_contribution_action",
        ):
            self.assertIn(words, mail.body_html)
