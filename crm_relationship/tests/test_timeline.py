from datetime import timedelta

from markupsafe import Markup

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..models.crm_timeline import TimelineSource
from .test_interaction import CONTACT_POINT, InteractionCommon


class TimelineCommon(InteractionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("account.group_account_invoice")
        cls.Timeline = cls.env["crm.timeline"]
        cls.seller = new_test_user(cls.env, "seller", "sales_team.group_sale_salesman_all_leads")
        cls.accountant = new_test_user(
            cls.env, "accountant", f"account.group_account_invoice,{CONTACT_POINT}"
        )

    def _events(self, user=None, **options):
        customer = self.customer.with_user(user or self.env.user)
        return customer.customer_timeline(**options)["rows"]

    def _kinds(self, user=None, **options):
        return [event["kind"] for event in self._events(user, **options)]


@tagged("post_install", "-at_install")
class TestTimeline(TimelineCommon):
    def test_everything_that_happened_newest_first(self):
        order = self._order(self.customer, 100.0, date="2025-01-02 03:00:00")
        invoice = self._invoice(self.customer, 100.0, date="2025-01-05")
        self._pay(invoice, date="2025-01-06")
        self._invoice(self.customer, 10.0, date="2025-01-07", move_type="out_refund")
        self.env["calendar.event"].create(
            {
                "name": "Lunch",
                "start": "2025-01-01 05:00:00",
                "stop": "2025-01-01 06:00:00",
                "partner_ids": [Command.set(self.customer.ids)],
            }
        )
        self._log(date="2025-01-03 05:00:00", subject="Asks for a catalogue")
        self.customer.message_post(
            body="Calls again", message_type="comment", date="2025-01-04 05:00:00"
        )
        self.env["crm.case"].create({"partner_id": self.customer.id, "subject": "Broken"})
        self.env["crm.lead"].create({"name": "Needs oars", "partner_id": self.customer.id})
        events = self._events()
        self.assertEqual({event["kind"] for event in events[:2]}, {"case", "lead"})
        self.assertEqual(
            [(event["kind"], event["date"]) for event in events[2:]],
            # of documents only the day is known: noon in Bangkok is 05:00 of UTC
            [
                ("refund", "2025-01-07 05:00:00"),
                ("payment", "2025-01-06 05:00:00"),
                ("invoice", "2025-01-05 05:00:00"),
                ("message", "2025-01-04 05:00:00"),
                ("interaction", "2025-01-03 05:00:00"),
                ("order", "2025-01-02 03:00:00"),
                ("meeting", "2025-01-01 05:00:00"),
            ],
        )
        title_of = {event["kind"]: event["title"] for event in events}
        self.assertEqual(title_of["message"], "Calls again")
        self.assertEqual(title_of["order"], order.name)
        amount_of = {event["kind"]: event["amount"] for event in events}
        self.assertEqual(
            [amount_of[kind] for kind in ("order", "invoice", "payment", "refund")],
            [100.0, 100.0, 100.0, -10.0],
        )

    def test_every_event_opens_what_it_was_read_from(self):
        self.test_everything_that_happened_newest_first()
        model_of = {
            "interaction": "crm.interaction",
            "message": "res.partner",
            "meeting": "calendar.event",
            "case": "crm.case",
            "lead": "crm.lead",
            "order": "sale.order",
            "invoice": "account.move",
            "refund": "account.move",
            "payment": "account.payment",
        }
        for event in self._events():
            with self.subTest(kind=event["kind"]):
                action = self.Timeline.browse(event["id"]).action_open_source()
                self.assertEqual(action["res_model"], model_of[event["kind"]])
                record = self.env[action["res_model"]].browse(action["res_id"])
                self.assertTrue(record.exists())
        with self.assertRaisesRegex(UserError, "reload the page"):
            self.Timeline.browse(31).action_open_source()

    def test_filter_and_pages(self):
        for number in range(5):
            self._log(days_ago=number, subject=str(number))
        self._order(self.customer, 100.0)
        page = self.customer.customer_timeline(kinds=["interaction"], limit=2)
        self.assertEqual([event["title"] for event in page["rows"]], ["0", "1"])
        self.assertTrue(page["has_more"])
        page = self.customer.customer_timeline(kinds=["interaction"], limit=3, offset=2)
        self.assertEqual([event["title"] for event in page["rows"]], ["2", "3", "4"])
        self.assertFalse(page["has_more"])
        self.assertEqual(self.customer.customer_timeline(kinds=["nothing"])["rows"], [])

    def test_bad_arguments_are_answered_with_what_to_give(self):
        for options, message in (
            ({"limit": "many"}, "as numbers"),
            ({"offset": None}, "as numbers"),
            ({"limit": True}, "as numbers"),
            ({"kinds": "order"}, "list of texts"),
            ({"kinds": [1]}, "list of texts"),
        ):
            with self.subTest(options=options), self.assertRaisesRegex(UserError, message):
                self.customer.customer_timeline(**options)
        self.assertEqual(self.customer.customer_timeline(limit=-7, offset=-1)["rows"], [])

    def test_children_and_household_are_part_of_it(self):
        wife, daughter = self._customer("Wife"), self._customer("Daughter of the firm")
        address = self._customer("Dock", parent_id=self.customer.id, type="delivery")
        daughter.parent_id = address
        self.env["crm.household"].create(
            {
                "name": "Family",
                "member_ids": [
                    Command.create({"partner_id": one.id, "role": role})
                    for one, role in ((self.customer, "head"), (wife, "partner"))
                ],
            }
        )
        self._log(self._customer("Stranger"), subject="Not his")
        for partner in (self.customer, wife, address, daughter):
            self._log(partner, subject=partner.name)
        self.assertEqual(
            {event["title"] for event in self._events()},
            {"Customer", "Wife", "Dock", "Daughter of the firm"},
        )
        action = self.customer.action_view_timeline()
        self.assertEqual(self.Timeline.search_count(action["domain"]), 4)

    def test_corrected_entry_is_shown_by_its_correction(self):
        entry = self._log(days_ago=30, subject="Wants two")
        self._log(days_ago=30, subject="Wants three", corrects_id=entry.id)
        self.assertEqual([event["title"] for event in self._events()], ["Wants three"])

    def test_messages_about_his_documents_are_his(self):
        order = self._order(self.customer, 100.0)
        order.message_post(
            body=Markup("<p>Here is your order</p>"),
            message_type="comment",
            partner_ids=self.customer.ids,
            subtype_xmlid="mail.mt_comment",
        )
        order.message_post(
            body="Thank you", message_type="email", author_id=self.customer.id, subject="Re: order"
        )
        order.message_post(body="Nothing to do with him", message_type="comment")
        messages = self._events(kinds=["message"])
        self.assertEqual(
            {(event["direction"], event["title"]) for event in messages},
            {
                ("out", f"{order.name}: Here is your order"),
                ("in", "Re: order: Thank you"),
            },
        )
        for event in messages:
            action = self.Timeline.browse(event["id"]).action_open_source()
            self.assertEqual((action["res_model"], action["res_id"]), ("sale.order", order.id))

    def test_list_shows_the_same_as_the_desk(self):
        self.customer.message_post(body="Calls again", message_type="comment")
        self._order(self.customer, 100.0)
        events = self.Timeline.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(
            [(event.id, event.kind, event.title, event.status) for event in events],
            [
                (event["id"], event["kind"], event["title"], event["status"])
                for event in self._events()
            ],
        )

    def test_another_addon_adds_events(self):
        def with_users(timeline):
            return [
                *original(timeline),
                TimelineSource(
                    number=20,
                    kind="note",
                    model="crm.customer.interest",
                    columns={
                        "partner_id": SQL("crm_customer_interest.partner_id"),
                        "date": SQL("crm_customer_interest.noted_on"),
                        "subject": SQL("crm_customer_interest.source"),
                    },
                ),
            ]

        original = type(self.Timeline)._timeline_sources
        self.patch(type(self.Timeline), "_timeline_sources", with_users)
        interest = self.env["crm.interest"].create({"name": "Golf"})
        noted = self.env["crm.customer.interest"].create(
            {"partner_id": self.customer.id, "interest_id": interest.id, "source": "Survey"}
        )
        [event] = self._events(kinds=["note"])
        self.assertEqual(event["title"], "Survey")
        action = self.Timeline.browse(event["id"]).action_open_source()
        self.assertEqual(action["res_id"], noted.id)


@tagged("post_install", "-at_install")
class TestTimelineRights(TimelineCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._order(cls.customer, 100.0)
        cls._invoice(cls.customer, 100.0)
        cls._log(subject="Asks for a catalogue")

    def test_staff_who_do_not_sell_see_no_orders_and_no_invoices(self):
        self.assertEqual(self._kinds(self.clerk), ["interaction"])
        kinds = self.customer.with_user(self.clerk).customer_timeline()["kinds"]
        self.assertFalse({"order", "invoice", "payment"} & {kind for kind, _name in kinds})

    def test_amounts_are_for_those_with_accounting_rights(self):
        for event in self._events(self.seller):
            self.assertIs(event["amount"], False)
        self.assertIn("order", self._kinds(self.seller))
        amounts = {event["kind"]: event["amount"] for event in self._events(self.accountant)}
        self.assertEqual((amounts["order"], amounts["invoice"]), (100.0, 100.0))
        with self.assertRaises(AccessError):
            self.Timeline.with_user(self.seller).search([("amount", ">", 0)])
        with self.assertRaises(AccessError):
            self.Timeline.with_user(self.seller)._read_group([], [], ["amount:sum"])

    def test_rules_of_the_documents_hold(self):
        own = new_test_user(self.env, "own", "sales_team.group_sale_salesman")
        self.order.user_id = self.seller
        self.assertNotIn("order", self._kinds(own))
        self.order.user_id = own
        self.assertIn("order", self._kinds(own))

    def test_message_is_seen_where_its_document_is(self):
        self.order.message_post(
            body="Price is 100", message_type="comment", author_id=self.customer.id
        )
        self.assertIn("message", self._kinds(self.seller))
        self.assertNotIn("message", self._kinds(self.clerk))
        [event] = self._events(kinds=["message"])
        with self.assertRaisesRegex(UserError, "not for you to see"):
            self.Timeline.with_user(self.clerk).browse(event["id"]).action_open_source()

    def test_another_company_sees_nothing(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "crm_relationship.group_relationship_manager,account.group_account_invoice,"
            "sales_team.group_sale_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.env["crm.case"].create({"partner_id": self.customer.id, "subject": "Broken"})
        self.assertEqual(self._kinds(stranger), [])

    def test_private_meeting_of_others_is_not_shown(self):
        meeting = (
            self.env["calendar.event"]
            .with_user(self.seller)
            .create(
                {
                    "name": "Secret",
                    "privacy": "private",
                    "start": fields.Datetime.now() - timedelta(hours=2),
                    "stop": fields.Datetime.now() - timedelta(hours=1),
                    "user_id": self.seller.id,
                    "partner_ids": [Command.set((self.customer | self.seller.partner_id).ids)],
                }
            )
        )
        self.assertNotIn("meeting", self._kinds(self.clerk))
        self.assertIn("meeting", self._kinds(self.seller))
        meeting.privacy = "public"
        self.assertIn("meeting", self._kinds(self.clerk))

    def test_outsider_has_no_timeline(self):
        internal = new_test_user(self.env, "internal", "base.group_user")
        with self.assertRaises(AccessError):
            self.customer.with_user(internal).customer_timeline()

    def test_customer_of_another_company_is_out_of_reach(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        theirs = self._customer("Theirs", company_id=other.id)
        with self.assertRaises(AccessError):
            theirs.with_user(self.clerk).customer_timeline()
        with self.assertRaisesRegex(UserError, "search for him again"):
            theirs.with_user(self.clerk).customer_card()
