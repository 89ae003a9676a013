from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .test_contact_preferences import ConsentCommon


@tagged("post_install", "-at_install")
class TestContactLights(ConsentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer("Customer", phone="+66 2 555 0101")
        cls.env["crm.contact.rule"].search([]).active = False
        cls.env["crm.contact.consent"].create(
            {
                "partner_id": cls.customer.id,
                "channel_id": cls.env["crm.contact.channel"]._by_code("phone").id,
                "purpose_id": cls.marketing.id,
                "state": "granted",
            }
        )
        cls.clerk = new_test_user(cls.env, "clerk", "crm_relationship.group_contact_point")

    def test_one_light_for_each_channel_that_reaches_him(self):
        lights = self.customer.with_user(self.clerk).contact_lights
        self.assertEqual(
            [light["channel"] for light in lights], ["phone", "email", "sms", "letter"]
        )
        self.assertEqual(
            lights[1],
            {
                "channel": "email",
                "name": "E-mail",
                "purpose": "Marketing",
                "allowed": False,
                "reason": "There is no address for this channel.",
            },
        )
        self.assertEqual((lights[0]["allowed"], lights[0]["reason"]), (True, False))

    def test_lights_are_the_answers_of_the_gate(self):
        for partner in self.customer | self.other:
            for light in partner.contact_lights:
                [answer] = partner.contact_permission(light["channel"], "marketing")
                self.assertEqual(
                    (light["allowed"], light["reason"]), (answer["allowed"], answer["reason"])
                )

    def test_withdrawal_turns_the_light_off_at_once(self):
        self._consent(self.other, "granted", days_ago=2)
        self.assertNotIn("objected", str(self.other.contact_lights))
        self._consent(self.other, "withdrawn")
        self.assertEqual(
            [
                light["channel"]
                for light in self.other.contact_lights
                if light["reason"] == "The customer objected to this."
            ],
            ["email"],
        )

    def test_archived_channel_has_no_light(self):
        self.email.active = False
        self.assertNotIn("email", [light["channel"] for light in self.customer.contact_lights])

    def test_deleted_channel_has_no_light(self):
        pigeon = self.sms.copy({"code": "pigeon"})
        self.assertIn("pigeon", [light["channel"] for light in self.customer.contact_lights])
        pigeon.unlink()
        self.assertNotIn("pigeon", [light["channel"] for light in self.other.contact_lights])

    def test_lights_of_many_customers_cost_one_query(self):
        both = (self.customer | self.other).with_user(self.clerk)
        both.mapped("contact_lights")  # fills the caches of the registry
        self.env.flush_all()
        both.invalidate_recordset(["contact_lights"])
        with self.assertQueryCount(1):
            both.mapped("contact_lights")

    def test_contact_that_is_not_saved_yet_has_no_light(self):
        self.assertFalse(self.env["res.partner"].new({"name": "New"}).contact_lights)

    def test_no_purpose_no_light(self):
        (self.marketing | self.survey).active = False
        self.assertFalse(self.customer.contact_lights)

    def test_card_of_the_desk_has_the_lights(self):
        card = self.customer.with_user(self.clerk).customer_card()
        self.assertEqual(card["lights"], self.customer.with_user(self.clerk).contact_lights)

    def test_outsider_sees_no_lights(self):
        internal = new_test_user(self.env, "internal", "base.group_user")
        with self.assertRaises(AccessError):
            self.customer.with_user(internal).read(["contact_lights"])
