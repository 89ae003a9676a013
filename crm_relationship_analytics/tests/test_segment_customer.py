from datetime import date

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_segment import MAY_1, MAY_2, MAY_3, MAY_4, SegmentCommon


@tagged("post_install", "-at_install")
class TestSegmentCustomer(SegmentCommon):
    def test_customers_are_found_by_their_segments(self):
        second = self._segment("Three", "[('name', 'in', ['Lek', 'Dao'])]")
        for segment in (self.segment, second):
            segment._evaluate(MAY_1)
        three = self.nok | self.lek | self.dao
        for condition, expected in (
            (("segment_ids", "in", self.segment.ids), self.nok | self.lek),
            (("segment_ids", "not in", self.segment.ids), self.dao),
            (("segment_ids", "=", "Three"), self.lek | self.dao),
            (("segment_ids.name", "ilike", "hre"), self.lek | self.dao),
            (("segment_ids", "=", False), self.env["res.partner"]),
            (("segment_ids", "in", [False, second.id]), self.lek | self.dao),
            (("segment_ids", "!=", False), three),
        ):
            with self.subTest(condition=condition):
                found = self.env["res.partner"].search([("id", "in", three.ids), condition])
                self.assertEqual(found, expected)
        self.assertEqual(self.lek.segment_ids, self.segment | second)
        self.assertEqual(self.dao.segment_ids, second)

    def test_nobody_is_in_an_archived_segment(self):
        self.segment._evaluate(MAY_1)
        self.assertEqual(self.nok.segment_ids, self.segment)
        self.segment.active = False
        self.assertFalse(self.nok.segment_ids)
        members = [("segment_ids", "in", self.segment.ids)]
        self.assertFalse(self.env["res.partner"].search(members))
        self.segment.active = True
        self.assertEqual(self.env["res.partner"].search_count(members), 2)

    def test_a_list_of_contacts_costs_one_query_for_all_segments_it_shows(self):
        self.segment._evaluate(MAY_1)
        contacts = self.nok | self.lek | self.dao

        def queries(names):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            contacts.mapped(lambda contact: [contact[name] for name in names])
            return self.env.cr.sql_log_count - before

        # fills the caches
        queries(["value_grade_id", "segment_ids", "rfm_segment"])
        base = queries(["value_grade_id"])
        self.assertEqual(queries(["value_grade_id", "rfm_segment"]), base)
        # the segments themselves are read once, for their names
        self.assertEqual(queries(["value_grade_id", "segment_ids", "rfm_segment"]), base + 1)

    def test_overlap_of_two_segments(self):
        """Silk: Nok, Lek; Three: Lek, Dao: one of three in both, half of each."""
        second = self._segment("Three", "[('name', 'in', ['Lek', 'Dao'])]")
        for segment in (self.segment, second):
            segment._evaluate(MAY_1)
        Overlap = self.env["crm.segment.overlap"]
        rows = {
            (one.segment_id, one.other_segment_id): one
            for one in Overlap.search([("segment_id", "in", (self.segment | second).ids)])
        }
        pair = rows[self.segment, second]
        self.assertEqual((pair.shared_count, pair.only_count, pair.other_only_count), (1, 1, 1))
        self.assertAlmostEqual(pair.share, 100 / 3, 3)
        self.assertEqual(pair.share_of_segment, 50.0)
        self.assertEqual(rows[second, self.segment].shared_count, 1)
        itself = rows[second, second]
        self.assertEqual((itself.shared_count, itself.only_count, itself.share), (2, 0, 100.0))
        found = self.env["res.partner"].search(pair.action_view_customers()["domain"])
        self.assertEqual(found, self.lek)
        self.assertEqual(Overlap.browse(pair.id).shared_count, 1)

    def test_the_count_on_the_segment_is_the_list_behind_it(self):
        self.segment._evaluate(MAY_1)
        self.segment.is_frozen = True
        self.nok.active = False
        action = self.segment.action_view_members()
        members = self.env["res.partner"].with_context(**action["context"])
        self.assertEqual(members.search_count(action["domain"]), 2)
        self.assertEqual(self.segment.member_count, 2)

    def test_a_merged_customer_was_in_on_each_day_on_which_either_was(self):
        cases = {
            "apart": ([(MAY_1, MAY_2)], [(MAY_3, None)], [(MAY_1, MAY_2), (MAY_3, None)]),
            "touching": ([(MAY_1, MAY_2)], [(MAY_2, MAY_4)], [(MAY_1, MAY_4)]),
            "both in": ([(MAY_1, None)], [(MAY_3, None)], [(MAY_1, None)]),
            "same day": ([(MAY_1, MAY_2)], [(MAY_1, MAY_4)], [(MAY_1, MAY_4)]),
            "only the merged": ([(MAY_2, None)], [], [(MAY_2, None)]),
        }
        for name, (of_merged, of_survivor, expected) in cases.items():
            with self.subTest(name):
                merged, survivor = self._customer("Twin"), self._customer("Twin")
                for partner, days in ((merged, of_merged), (survivor, of_survivor)):
                    self._have_been_in(partner, days)
                wizard = self.env["base.partner.merge.automatic.wizard"].create({})
                wizard._merge((merged | survivor).ids, survivor)
                self.assertEqual(self._days(survivor), expected)

    def _have_been_in(self, partner, days):
        self.Membership.sudo().create(  # sudo: nobody writes them
            [
                {
                    "segment_id": self.segment.id,
                    "company_id": self.company.id,
                    "partner_id": partner.id,
                    "date_from": date_from,
                    "date_to": date_to,
                }
                for date_from, date_to in days
            ]
        )

    def test_an_anonymised_contact_is_out_also_of_a_frozen_segment(self):
        frozen = self._segment("Frozen")
        for segment in (self.segment, frozen):
            segment._evaluate(date(2026, 1, 1))
        frozen._evaluate(self.company._business_today())
        frozen.is_frozen = True
        manager = new_test_user(
            self.env,
            "data_manager",
            "crm_relationship.group_relationship_manager,base.group_partner_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        data = self.nok.with_user(manager).personal_data()["data"]
        self.assertIn("Silk", str(data))
        wizard = self.env["crm.anonymisation"].with_user(manager)
        wizard = wizard.with_context(active_id=self.nok.id)
        wizard.create({}).action_anonymise()
        self.env.invalidate_all()
        self.assertFalse(self.nok.segment_ids)
        for segment in (self.segment, frozen):
            [(first, last)] = self._days(self.nok, segment)
            self.assertEqual((first, last), (date(2026, 1, 1), self.company._business_today()))
        self.assertFalse(self.segment._evaluate().joined)
