from datetime import date

from freezegun import freeze_time
from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import AnalyticsCommon

MAY_1, MAY_2, MAY_3, MAY_4 = (date(2026, 5, day) for day in (1, 2, 3, 4))


class SegmentCommon(AnalyticsCommon):
    """Three customers; those in Silkville are in the segment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Segment = cls.env["crm.segment"]
        cls.Membership = cls.env["crm.segment.membership"]
        cls.nok, cls.lek, cls.dao = (
            cls._customer(name, city=city)
            for name, city in (("Nok", "Silkville"), ("Lek", "Silkville"), ("Dao", "Phuket"))
        )
        cls.segment = cls._segment("Silk")

    @classmethod
    def _segment(cls, name, audience="[('city', '=', 'Silkville')]", **values):
        return cls.Segment.create({"name": name, "audience": audience, **values})

    def _days(self, partner, segment=None):
        """Return from when to when a customer was in a segment, the earliest first."""
        rows = self.Membership.search(
            [("partner_id", "=", partner.id), ("segment_id", "=", (segment or self.segment).id)],
            order="date_from",
        )
        return [(row.date_from, row.date_to or None) for row in rows]


@tagged("post_install", "-at_install")
class TestSegment(SegmentCommon):
    def test_customers_come_in_go_out_and_come_back(self):
        self.assertEqual(self.segment._evaluate(MAY_1), (2, 0))
        self.nok.city = "Phuket"
        self.assertEqual(self.segment._evaluate(MAY_2), (0, 1))
        self.nok.city = "Silkville"
        self.assertEqual(self.segment._evaluate(MAY_4), (1, 0))
        self.assertEqual(self._days(self.nok), [(MAY_1, MAY_2), (MAY_4, None)])
        self.assertEqual(self._days(self.lek), [(MAY_1, None)])
        self.assertFalse(self._days(self.dao))

    def test_members_of_a_past_day_stay_as_they_were(self):
        self.segment._evaluate(MAY_1)
        self.nok.city = "Phuket"
        self.dao.city = "Silkville"
        self.segment._evaluate(MAY_3)
        for day, expected in (
            (date(2026, 4, 30), self.env["res.partner"]),
            (MAY_1, self.nok | self.lek),
            (MAY_2, self.nok | self.lek),
            (MAY_3, self.lek | self.dao),
            (MAY_4, self.lek | self.dao),
        ):
            with self.subTest(day=day):
                self.assertEqual(self.segment._members_on(day), expected)
                history = [("segment_id", "=", self.segment.id), ("day", "=", str(day))]
                found = self.env["res.partner"].search([("segment_membership_ids", "any", history)])
                self.assertEqual(found, expected)

    def test_a_second_run_writes_nothing(self):
        self.segment._evaluate(MAY_1)
        self.nok.city = "Phuket"
        self.segment._evaluate(MAY_2)
        versions = "SELECT id, xmin::text, date_from, date_to FROM crm_segment_membership"
        self.env.cr.execute(versions)
        before = self.env.cr.fetchall()
        for day in (MAY_2, MAY_3):
            self.assertEqual(self.segment._evaluate(day), (0, 0))
        self.env.cr.execute(versions)
        self.assertEqual(self.env.cr.fetchall(), before)

    def test_in_and_out_on_one_day_leaves_nothing(self):
        self.segment._evaluate(MAY_1)
        self.dao.city = "Silkville"
        self.assertEqual(self.segment._evaluate(MAY_2), (1, 0))
        self.dao.city = "Phuket"
        self.assertEqual(self.segment._evaluate(MAY_2), (0, 1))
        self.assertFalse(self._days(self.dao))
        self.dao.city = "Silkville"
        self.segment._evaluate(MAY_2)
        self.assertEqual(self._days(self.dao), [(MAY_2, None)])

    def test_out_and_in_on_one_day_is_no_interruption(self):
        self.segment._evaluate(MAY_1)
        self.nok.city = "Phuket"
        self.segment._evaluate(MAY_2)
        self.nok.city = "Silkville"
        self.assertEqual(self.segment._evaluate(MAY_2), (1, 0))
        self.assertEqual(self._days(self.nok), [(MAY_1, None)])

    def test_a_changed_rule_moves_members_and_leaves_the_past(self):
        self.segment._evaluate(MAY_1)
        self.segment.audience = "[('city', '=', 'Phuket'), ('name', '=', 'Dao')]"
        self.assertEqual(self._days(self.nok), [(MAY_1, None)])
        self.assertEqual(self.segment._evaluate(MAY_2), (1, 2))
        self.assertEqual(self._days(self.nok), [(MAY_1, MAY_2)])
        self.assertEqual(self._days(self.dao), [(MAY_2, None)])

    def test_a_frozen_segment_stays_as_it_is(self):
        self.segment._evaluate(MAY_1)
        self.segment.is_frozen = True
        self.nok.city = "Phuket"
        with self.assertRaisesRegex(UserError, "Silk is frozen"):
            self.segment.action_refresh()
        self._run()
        self.assertEqual(self._days(self.nok), [(MAY_1, None)])
        self.segment.is_frozen = False
        self._run()
        self.assertTrue(self._days(self.nok)[0][1])

    def test_archived_contacts_and_those_of_another_company_are_out(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        self.segment._evaluate(MAY_1)
        self.nok.active = False
        self.lek.company_id = other
        self.assertEqual(self.segment._evaluate(MAY_2), (0, 2))
        self.lek.company_id = self.company
        self.assertEqual(self.segment._evaluate(MAY_3), (1, 0))

    def test_two_companies_have_segments_of_their_own(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        condition = "[('standing_ids.r_score', '=', 5)]"
        here = self._segment("Here", condition)
        there = self._segment("There", condition, company_id=other.id)
        standings = self.Standing.sudo()  # sudo: the job writes them
        for partner, company in ((self.nok, self.company), (self.lek, other)):
            standings.create({"partner_id": partner.id, "company_id": company.id, "r_score": 5})
        for segment in (here, there):
            segment._evaluate(MAY_1)
        self.assertEqual(here._members_on(MAY_1), self.nok)
        self.assertEqual(there.with_company(other)._members_on(MAY_1), self.lek)

    @freeze_time("2026-05-01 20:00:00")
    def test_days_are_those_of_the_company(self):
        self.segment.action_refresh()
        self.assertEqual(self._days(self.nok), [(MAY_2, None)], "03:00 of May 2 in Bangkok")
        self.company.business_timezone = "America/Los_Angeles"
        self.nok.city = "Phuket"
        self.dao.city = "Silkville"
        self.segment.action_refresh()
        self.assertFalse(self._days(self.nok))
        self.assertEqual(self._days(self.dao), [(MAY_1, None)], "13:00 of May 1 in Los Angeles")

    def test_a_bad_rule_is_refused_in_one_sentence(self):
        for bad in ("[('no_field', '=', 1)]", "[(", "7", "[('id', 'any!', [])]", "today()"):
            with self.subTest(bad=bad), self.assertRaisesRegex(ValidationError, "of Silk cannot"):
                self.segment.audience = bad

    def test_a_segment_is_not_built_on_itself(self):
        for operator, value in (
            ("in", [self.segment.id]),
            ("not in", [self.segment.id]),
            ("=", self.segment.id),
        ):
            with self.subTest(operator=operator), self.assertRaises(ValidationError) as caught:
                self.segment.audience = repr([("segment_ids", operator, value)])
            self.assertIn("Silk cannot be in its own rule", str(caught.exception))
        later = self._segment("Later", repr([("segment_ids", "in", self.segment.ids)]))
        self._run()
        self.assertEqual(later.member_count, 2, "an older segment is refreshed first")

    def test_what_goes_wrong_is_said_and_stops_no_other(self):
        later = self._segment("Later")
        self.env.cr.execute(
            "UPDATE crm_segment SET audience = %s WHERE id = %s",
            ["[('gone', '=', 1)]", self.segment.id],
        )
        self.segment.invalidate_recordset()
        with mute_logger("odoo.addons.crm_relationship_analytics.models.crm_segment_evaluation"):
            self._run()
        self.assertIn("The audience of Silk cannot be read", self.segment.problem)
        self.assertEqual(later.member_count, 2)
        self.segment.audience = later.audience
        self._run()
        self.assertFalse(self.segment.problem)
        self.assertEqual(self.segment.member_count, 2)

    def test_a_new_segment_has_the_job_run_soon(self):
        cron = self.env.ref("crm_relationship_analytics.ir_cron_refresh_segments")
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([("cron_id", "=", cron.id)])
        segment = self._segment("New")
        segment.color = 3
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), before + 1)
        segment.audience = "[('city', '=', 'Phuket')]"
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), before + 2)

    def test_a_segment_that_had_members_is_kept(self):
        self._segment("Never used").unlink()
        self.segment._evaluate(MAY_1)
        with self.assertRaisesRegex(UserError, "archive it instead"):
            self.segment.unlink()
        other = self.env["res.company"].create({"name": "Other Company"})
        with self.assertRaisesRegex(UserError, "is fixed: copy the segment"):
            self.segment.company_id = other
        self.segment.copy().company_id = other

    def test_the_table_holds_no_day_twice(self):
        self.segment._evaluate(MAY_1)
        row = self.Membership.sudo().search(  # sudo: nobody writes them
            [("partner_id", "=", self.nok.id)]
        )
        for values, error in (
            ({"date_to": MAY_1}, CheckViolation),
            ({"date_from": MAY_2}, UniqueViolation),
        ):
            with self.subTest(values=values), self.assertRaises(error), mute_logger("odoo.sql_db"):
                row.copy(values) if error is UniqueViolation else row.write(values)
                self.env.flush_all()

    def test_who_joined_and_left_is_counted_by_month(self):
        self.segment._evaluate(MAY_1)
        self.nok.city = "Phuket"
        self.segment._evaluate(date(2026, 6, 2))
        movements = self.env["crm.segment.movement"]._read_group(
            [("segment_id", "=", self.segment.id)],
            ["date:month"],
            ["joined_count:sum", "left_count:sum", "change:sum"],
        )
        self.assertEqual(movements, [(date(2026, 5, 1), 2, 0, 2), (date(2026, 6, 1), 0, 1, -1)])
        self.assertEqual(self.segment.movement_ids[0].partner_id, self.nok)

    def _run(self):
        """Run the job as it runs, in steps that are committed."""
        with self.enter_registry_test_mode():
            self.env.ref(
                "crm_relationship_analytics.ir_cron_refresh_segments"
            ).method_direct_trigger()
        self.env.invalidate_all()
