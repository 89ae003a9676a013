from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .test_duplicate import DuplicateCommon


@tagged("post_install", "-at_install")
class TestDuplicateMerge(DuplicateCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.early = cls._customer("Early")
        cls.survivor = cls._customer("Survivor")
        cls.late = cls._customer("Late")
        cls.merged = cls._customer("Merged")
        cls.also_merged = cls._customer("Also merged")

    def _merge(self, survivor, sources):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((survivor | sources).ids, survivor)
        self.env.invalidate_all()

    def test_the_merged_pair_disappears(self):
        pair = self._given(self.survivor, self.merged)
        self._merge(self.survivor, self.merged)
        self.assertFalse(pair.exists())

    def test_pairs_with_others_are_handed_over_in_order(self):
        of_early = self._given(self.early, self.merged)
        of_late = self._given(self.late, self.merged)
        self._merge(self.survivor, self.merged)
        self.assertEqual(
            (of_early.partner_id, of_early.other_partner_id), (self.early, self.survivor)
        )
        self.assertEqual((of_late.partner_id, of_late.other_partner_id), (self.survivor, self.late))

    def test_the_survivor_may_be_the_younger(self):
        pair = self._given(self.survivor, self.early)
        self._merge(self.late, self.survivor)
        self.assertEqual((pair.partner_id, pair.other_partner_id), (self.early, self.late))

    def test_a_dismissal_goes_before_an_open_pair(self):
        opened = self._given(self.early, self.survivor, score=100)
        dismissed = self._dismissed(self.early, self.merged, dismissal_reason="Brothers")
        self._merge(self.survivor, self.merged)
        self.assertFalse(opened.exists())
        pair = self._pair(self.early, self.survivor)
        self.assertEqual((pair, pair.state), (dismissed, "dismissed"))
        self.assertEqual(pair.dismissal_reason, "Brothers")

    def test_a_dismissal_of_the_survivor_is_kept(self):
        dismissed = self._dismissed(self.early, self.survivor)
        self._given(self.early, self.merged, score=100)
        self._merge(self.survivor, self.merged)
        self.assertEqual(self._pair(self.early, self.survivor), dismissed)

    def test_three_at_once_leave_one_pair_with_each_other(self):
        sources = self.merged | self.also_merged
        self._given(self.merged, self.also_merged)
        self._given(self.early, self.merged, score=50)
        best = self._given(self.early, self.also_merged, score=70)
        untouched = self._given(self.early, self.late)
        self.Duplicate._hand_over(sources, self.survivor)
        ours = (self.early | self.survivor | self.late | sources).ids
        left = self.Duplicate.search([("partner_id", "in", ours)])
        self.assertEqual(left, best | untouched)
        self.assertEqual(best.other_partner_id, self.survivor)

    def test_merge_opens_with_both_contacts(self):
        pair = self._given(self.survivor, self.merged)
        action = pair.action_merge()
        wizard = self.env[action["res_model"]].with_context(**action["context"]).create({})
        self.assertEqual(wizard.partner_ids, self.survivor | self.merged)
        wizard.action_merge()
        self.assertEqual(len((self.survivor | self.merged).exists()), 1)

    def test_the_page_of_a_merged_pair_gives_way_to_the_queue(self):
        pair = self._given(self.survivor, self.merged)
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {
                "duplicate_id": pair.id,
                "partner_ids": (self.survivor | self.merged).ids,
                "dst_partner_id": self.survivor.id,
            }
        )
        action = wizard.action_merge()
        self.assertEqual((action["res_model"], action["target"]), ("crm.duplicate", "main"))

    def test_who_is_no_administrator_is_told_why_he_cannot_merge(self):
        groups = "crm_relationship.group_relationship_user,base.group_partner_manager"
        user = new_test_user(self.env, "merger", groups)
        self.survivor.email, self.merged.email = "one@example.com", "other@example.com"
        pair = self._given(self.survivor, self.merged)
        action = pair.with_user(user).action_merge()
        wizard = self.env[action["res_model"]].with_user(user).with_context(**action["context"])
        with self.assertRaisesRegex(UserError, "same email"):
            wizard.create({}).action_merge()
        self.assertTrue(pair.exists())
