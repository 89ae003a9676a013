"""Sellers and teams with targets, for the tests of what they reach."""

from odoo.fields import Command
from odoo.tests import new_test_user

from .contribution_common import ContributionCommon


class TargetCommon(ContributionCommon):
    """Two teams with a seller each, and one of no team, in a company that has closed 2025."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Target = cls.env["crm.target"]
        cls.north, cls.south = cls.env["crm.team"].create(
            [{"name": name, "company_id": cls.company.id} for name in ("North", "South")]
        )
        cls.nok, cls.sam, cls.lone = (
            new_test_user(
                cls.env,
                f"{name}_of_target",
                "sales_team.group_sale_salesman",
                name=name.title(),
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for name in ("nok", "sam", "lone")
        )
        cls.north.member_ids = cls.nok
        cls.south.member_ids = cls.sam
        cls.customer = cls._customer("Customer of Nok", user_id=cls.nok.id)

    @classmethod
    def _target(cls, owner=None, metric="revenue", value=1000.0, first="2025-12-01", **values):
        name = {"crm.team": "team_id", "res.users": "user_id"}.get(owner and owner._name)
        return cls.Target.create(
            {
                "metric": metric,
                "target_value": value,
                "date_from": first,
                **({name: owner.id} if name else {}),
                **values,
            }
        )

    @classmethod
    def _sale(cls, amount, user, day="2025-12-10", partner=None, **values):
        return cls._invoice(
            partner or cls.customer, amount, day, invoice_user_id=user and user.id, **values
        )

    def _measure(self):
        self.env.invalidate_all()
        return self.Target.measure()

    def _assert_lists_add_up(self, targets):
        """Check that the list behind each target adds up to what it shows."""
        sums = dict(
            self.env["crm.target.actual"]._read_group(
                [("target_id", "in", targets.ids)], ["target_id"], ["value:sum"]
            )
        )
        for target in targets:
            with self.subTest(target=target.display_name):
                shown = target.actual_value + target.late_value
                self.assertEqual(round(sums.get(target, 0), 2), round(shown, 2))
