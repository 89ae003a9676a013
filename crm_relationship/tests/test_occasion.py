from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_touch_plan import OutreachCommon


@tagged("post_install", "-at_install")
class TestOccasion(OutreachCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.customers[0]
        cls.customer.tz = False

    def _occasion(self, **values):
        return self.env["crm.occasion"].create(
            {
                "name": "Birthday",
                "kind": "birthday",
                "purpose_id": self.marketing.id,
                "channel_id": self.channels["email"].id,
                "mail_template_id": self.mail_template.id,
                **values,
            }
        )

    def _planned(self, occasion, moment):
        """Return the years planned for the customer after the job ran at a moment (UTC)."""
        occasion._plan(self._moment(moment))
        touches = occasion.touch_ids.filtered(lambda touch: touch.partner_id == self.customer)
        return touches.mapped("year")

    def test_birthday_begins_with_the_day_of_the_company(self):
        self.customer.birthdate = "1990-05-17"
        occasion = self._occasion()
        # Bangkok is seven hours ahead of UTC
        self.assertEqual(self._planned(occasion, "2026-05-16 16:30:00"), [])  # 23:30
        self.assertEqual(self._planned(occasion, "2026-05-16 17:30:00"), [2026])  # 00:30

    def test_birthday_begins_where_the_customer_lives(self):
        self.customer.write({"birthdate": "1990-05-17", "tz": "America/Los_Angeles"})
        occasion = self._occasion()
        # seven hours behind UTC in May
        self.assertEqual(self._planned(occasion, "2026-05-17 06:30:00"), [])  # 23:30
        self.assertEqual(self._planned(occasion, "2026-05-17 07:30:00"), [2026])  # 00:30

    def test_zone_that_is_not_known_any_more_is_that_of_the_company(self):
        self.customer.birthdate = "1990-05-17"
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET tz = 'Mars/Phobos' WHERE id = %s", self.customer.ids
        )
        self.env.invalidate_all()
        occasion = self._occasion()
        self.assertEqual(self._planned(occasion, "2026-05-16 16:30:00"), [])
        self.assertEqual(self._planned(occasion, "2026-05-16 17:30:00"), [2026])

    def test_twice_a_day_and_each_day_after_it_is_once_a_year(self):
        self.customer.birthdate = "1990-05-17"
        occasion = self._occasion()
        for moment in (
            "2026-05-17 01:00:00",
            "2026-05-17 09:00:00",
            "2026-05-18 01:00:00",
            "2026-05-20 01:00:00",
        ):
            self.assertEqual(self._planned(occasion, moment), [2026])
        self.assertEqual(sorted(self._planned(occasion, "2027-05-17 01:00:00")), [2026, 2027])

    def test_day_without_a_job_loses_nobody(self):
        self.customer.birthdate = "1990-05-17"
        occasion = self._occasion()
        self.assertEqual(self._planned(occasion, "2026-05-16 01:00:00"), [])
        self.assertEqual(self._planned(occasion, "2026-05-19 01:00:00"), [2026])

    def test_late_is_not_for_ever(self):
        self.customer.birthdate = "1990-05-17"
        self.assertEqual(self._planned(self._occasion(), "2026-05-21 01:00:00"), [])

    def test_29_february_is_celebrated_on_the_28th_of_common_years(self):
        self.customer.birthdate = "2000-02-29"
        occasion = self._occasion()
        self.assertEqual(self._planned(occasion, "2026-02-27 05:00:00"), [])
        self.assertEqual(self._planned(occasion, "2026-02-28 05:00:00"), [2026])
        self.assertEqual(self._planned(occasion, "2028-02-28 05:00:00"), [2026])
        self.assertEqual(sorted(self._planned(occasion, "2028-02-29 05:00:00")), [2026, 2028])

    def test_days_before_reach_into_the_year_before(self):
        self.customer.birthdate = "1990-01-02"
        occasion = self._occasion(days_before=5)
        self.assertEqual(self._planned(occasion, "2026-12-27 05:00:00"), [])
        self.assertEqual(self._planned(occasion, "2026-12-28 05:00:00"), [2027])

    def test_day_of_birth_is_no_anniversary(self):
        self.customer.birthdate = "2026-05-17"
        self.assertEqual(self._planned(self._occasion(), "2026-05-17 05:00:00"), [])

    def test_anniversary_of_the_membership(self):
        number = self.scheme._issue_to(self.customer)
        number.sudo().issued_on = "2024-03-10"
        occasion = self._occasion(kind="membership")
        self.assertEqual(self._planned(occasion, "2026-03-10 05:00:00"), [2026])

    def test_anniversary_of_the_first_purchase(self):
        self._order(self.customer, 100.0, "2024-03-09 18:00:00")  # 10 March in Bangkok
        self._refresh()
        occasion = self._occasion(kind="purchase")
        self.assertEqual(self._planned(occasion, "2026-03-10 05:00:00"), [2026])

    def test_age_of_a_child_is_told_to_the_head_of_the_household(self):
        household = self.env["crm.household"].create({"name": "Family"})
        self.env["crm.household.member"].create(
            [
                {"household_id": household.id, "partner_id": self.customer.id, "role": "head"},
                {
                    "household_id": household.id,
                    "name": "Nok",
                    "role": "child",
                    "birthdate": "2020-09-01",
                },
            ]
        )
        occasion = self._occasion(kind="child", age=6)
        self.assertEqual(self._planned(occasion, "2026-09-01 05:00:00"), [2026])
        later = self._occasion(kind="child", age=7)
        self.assertEqual(self._planned(later, "2026-09-01 05:00:00"), [])

    def test_greeting_passes_the_gate_and_is_sent_once(self):
        self.customers.birthdate = "1990-05-17"
        self._refuse(self.customers[1])
        occasion = self._occasion(retry_days=0)
        with freeze_time("2026-05-17 03:00:00"):
            for _turn in range(2):
                with self.enter_registry_test_mode():
                    self.env.ref("crm_relationship.ir_cron_plan_occasions").method_direct_trigger()
                self._run()
        self.assertIn((self.customers, "email", "marketing"), self.asked)
        states = {touch.partner_id: touch.state for touch in occasion.touch_ids}
        self.assertEqual(
            {partner: states[partner] for partner in self.customers},
            dict(zip(self.customers, ("sent", "refused", "sent"), strict=True)),
        )
        mine = occasion.touch_ids.filtered(lambda touch: touch.partner_id in self.customers)
        self.assertEqual(len(mine.mail_mail_id), 2)
        entry = self.env["crm.interaction"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(entry.subject, "Birthday 2026")

    def test_archived_occasion_plans_nothing(self):
        self.customer.birthdate = "1990-05-17"
        occasion = self._occasion(active=False)
        with freeze_time("2026-05-17 03:00:00"), self.enter_registry_test_mode():
            self.env.ref("crm_relationship.ir_cron_plan_occasions").method_direct_trigger()
        self.assertFalse(occasion.touch_ids)

    def test_occasion_in_use_stays(self):
        self.customer.birthdate = "1990-05-17"
        occasion = self._occasion()
        self._planned(occasion, "2026-05-17 05:00:00")
        with self.assertRaisesRegex(UserError, "archive it"):
            occasion.unlink()
        with self.assertRaisesRegex(UserError, "channel stay as they are"):
            occasion.channel_id = self.channels["phone"]
