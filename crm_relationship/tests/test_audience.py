from odoo.tests import tagged

from .test_touch_plan import OutreachCommon


@tagged("post_install", "-at_install")
class TestAudience(OutreachCommon):
    """A condition is asked by the system: what other companies have must not answer it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.here = cls._customer("Here")
        cls.there = cls._customer("There")
        cls.other = cls.env["res.company"].create({"name": "Other Company"})
        standings = cls.Standing.sudo()  # sudo: the job writes them
        for partner, company in ((cls.here, cls.company), (cls.there, cls.other)):
            standings.create({"partner_id": partner.id, "company_id": company.id, "r_score": 5})

    def _audience(self, condition):
        """Return those of the two customers whom a running plan turns to."""
        ours = [("id", "in", (self.here | self.there).ids)]
        plan = self._plan(self._step("email"), audience=repr([*ours, condition]))
        plan.action_start()
        plan.sudo()._enrol()  # sudo: as the job does
        return plan.touch_ids.partner_id

    def test_documents_of_another_company_do_not_count(self):
        for condition in (
            ("standing_ids.r_score", "=", 5),
            ("standing_ids", "any", [("r_score", ">", 4)]),
            ("standing_ids", "!=", False),
            ("commercial_partner_id.standing_ids.r_score", "in", [4, 5]),
        ):
            with self.subTest(condition=condition):
                self.assertEqual(self._audience(condition), self.here)

    def test_who_has_none_here_has_none(self):
        for condition in (
            ("standing_ids", "=", False),
            ("standing_ids", "not any", [("r_score", "=", 5)]),
        ):
            with self.subTest(condition=condition):
                self.assertEqual(self._audience(condition), self.there)
