from odoo.tests import tagged

from .common import RelationshipCommon


@tagged("post_install", "-at_install")
class TestPartnerMerge(RelationshipCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.survivor = cls._customer("Survivor", member_number="M00000018")
        cls.merged = cls._customer("Merged", member_number="M00000026")
        cls._order(cls.survivor, 100.0)
        cls._order(cls.merged, 40.0)
        cls._refresh()

    def _merge(self):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.survivor | self.merged).ids, self.survivor)
        self.env.invalidate_all()

    def _run_the_job_for_changed_customers(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_relationship.ir_cron_grade_changed_customers").method_direct_trigger()
        self.env.invalidate_all()

    def test_all_numbers_lead_to_the_survivor(self):
        self._merge()
        self.assertEqual(self.survivor.member_number, "M00000018")
        states = {number.number: number.state for number in self.survivor.member_number_ids}
        self.assertEqual(states, {"M00000018": "active", "M00000026": "merged"})
        found = self.env["res.partner"].name_search("M00000026")
        self.assertEqual([partner_id for partner_id, _name in found], self.survivor.ids)

    def test_number_of_the_merged_survives_where_there_is_no_other(self):
        self.survivor.member_number = False
        self._merge()
        self.assertEqual(self.survivor.member_number, "M00000026")

    def test_measures_are_those_of_both(self):
        self.assertEqual(self._standing_of(self.survivor).revenue, 100.0)
        job = self.env.ref("crm_relationship.ir_cron_grade_changed_customers")
        triggers = self.env["ir.cron.trigger"].sudo()
        before = triggers.search_count([("cron_id", "=", job.id)])
        self._merge()
        self.assertEqual(triggers.search_count([("cron_id", "=", job.id)]), before + 1)
        self._run_the_job_for_changed_customers()
        standing = self._standing_of(self.survivor)
        self.assertEqual((standing.revenue, standing.order_count), (140.0, 2))

    def test_history_of_both_is_kept(self):
        Change = self.env["crm.value.grade.change"]
        before = Change.search_count([("partner_id", "in", (self.survivor | self.merged).ids)])
        self._merge()
        after = Change.search([("partner_id", "=", self.survivor.id)])
        self.assertGreaterEqual(len(after), before)
        self.assertGreater(before, 1)

    def test_grade_by_hand_of_the_merged_is_kept(self):
        standing = self._standing_of(self.merged)
        standing._set_grade_by_hand(self.grade_b, self._moment("2999-12-31").date(), "Promise")
        self._merge()
        self.assertEqual(self.survivor.value_grade_id, self.grade_b)
        self.assertEqual(self._standing_of(self.survivor).manual_reason, "Promise")
