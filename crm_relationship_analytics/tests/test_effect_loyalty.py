from odoo.fields import Command
from odoo.tests import tagged

from .effect_common import EffectCommon


@tagged("post_install", "-at_install")
class TestEffectLoyalty(EffectCommon):
    """Programs and offers work where their apps are installed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer, cls.other = cls._customer("Customer"), cls._customer("Other")
        cls.policy.reference_date = False
        cls.env["crm.contact.rule"].search([]).active = False

    def setUp(self):
        super().setUp()
        if "loyalty.program" not in self.env:
            self.skipTest("loyalty is not installed")

    def test_who_has_a_coupon_was_contacted_and_who_redeems_it_answered(self):
        """A coupon takes 10.00 off an order of 100.00 that cost 40.00."""
        program = self.env["loyalty.program"].create(
            {
                "name": "Coupon",
                "program_type": "coupons",
                "company_id": self.company.id,
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount": 10,
                            "discount_mode": "per_order",
                            "required_points": 1,
                        }
                    )
                ],
            }
        )
        cards = self.env["loyalty.card"].create(
            [
                {"program_id": program.id, "partner_id": partner.id, "points": 1}
                for partner in (self.customer, self.other)
            ]
        )
        line = {"product_id": self.service.id, "price_unit": 100.0, "tax_ids": False}
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "order_line": [Command.create(line)]}
        )
        [(coupon, rewards)] = order._try_apply_code(cards[0].code).items()
        order._apply_program_reward(rewards, coupon)
        order.action_confirm()
        effect = self._effect(program)
        self.assertRecordValues(
            effect,
            [
                {
                    "kind": "program",
                    "contacted": 2,
                    "answered": 1,
                    "own_order_count": 1,
                    "own_revenue": 90.0,
                    "own_contribution": 50.0,
                    "buyers": 1,
                }
            ],
        )

    def _agree(self, partner):
        self.env["crm.contact.consent"].create(
            {
                "partner_id": partner.id,
                "channel_id": self.env.ref("crm_relationship.crm_contact_channel_in_person").id,
                "purpose_id": self.purpose.id,
                "state": "granted",
                "date": "2020-01-01 05:00:00",
            }
        )

    def test_offer_is_answered_by_who_accepts_it(self):
        if "crm.alliance.offer" not in self.env:
            self.skipTest("offers are not installed")
        offer = self.env["crm.alliance.offer"].create(
            {
                "name": "Lesson",
                "price": 80.0,
                "line_ids": [Command.create({"product_id": self.service.id})],
            }
        )
        offer.action_start()
        Presentation = self.env["crm.offer.presentation"]
        for partner in (self.customer, self.other):
            self._agree(partner)
            shown = Presentation.present(partner.id, offer.id)
        accepted = Presentation.browse(shown["presentation_id"]).accept()
        self.env["sale.order"].browse(accepted["order_id"]).action_confirm()
        effect = self._effect(offer)
        self.assertRecordValues(
            effect,
            [
                {
                    "kind": "offer",
                    "contacted": 2,
                    "answered": 1,
                    "own_order_count": 1,
                    "own_revenue": 80.0,
                    "own_contribution": 40.0,
                }
            ],
        )
