"""The ledger comes to a database that has points already, and leaves them to core again."""

from odoo.sql_db import db_connect
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name

from environment import provision

ADDON = "crm_relationship_loyalty"
FILL = """
program = env["loyalty.program"].create(
    {"name": "Club", "program_type": "loyalty", "applies_on": "both", "trigger": "auto"}
)
gift = env["loyalty.program"].create(
    {"name": "Gift", "program_type": "gift_card", "applies_on": "future", "trigger": "auto"}
)
twice, owing, spent = env["res.partner"].create(
    [{"name": name} for name in ("Twice", "Owing", "Spent")]
)
cards = {}
for code, owner, points in (
    ("FIRST", twice, 33.333),
    ("SECOND", twice, 10.0),
    ("OWING", owing, -12.5),
    ("SPENT", spent, 0.0),
):
    cards[code] = env["loyalty.card"].create(
        {"program_id": program.id, "partner_id": owner.id, "code": code, "points": points}
    )
cards["GIFT"] = env["loyalty.card"].create(
    {"program_id": gift.id, "code": "GIFT", "points": 100.0}
)
for code, issued, used in (("FIRST", 5.0, 0.0), ("SPENT", 7.0, 0.0), ("GIFT", 250.0, 20.0)):
    env["loyalty.history"].create(
        {"card_id": cards[code].id, "issued": issued, "used": used, "description": "Old"}
    )
env.cr.commit()
"""
USE = """
from odoo.addons.crm_relationship_loyalty.models.loyalty_history import Posting

assert not env["crm.points.difference"]._found()
card = env["loyalty.card"].search([("code", "=", "FIRST")])
card._move(6.67, Posting("adjust", "For the rest"))
card._move(-20.0, Posting("redeem", "Spent"))
env["crm.contact.consent"].create(
    {
        "partner_id": card.partner_id.id,
        "channel_id": env["crm.contact.channel"]._by_code("email").id,
        "purpose_id": env["crm.contact.purpose"]._by_code("loyalty").id,
        "state": "withdrawn",
    }
)
gold = env["res.partner.grade"].create({"name": "Gold"})
ladder = env["crm.loyalty.ladder"].create(
    {"name": "Club", "tier_ids": [(0, 0, {"name": "Gold", "threshold": 0.0, "grade_id": gold.id})]}
)
ladder.action_publish()
env["crm.loyalty.floor"].create(
    {
        "partner_id": card.partner_id.id,
        "ladder_id": ladder.id,
        "tier_id": ladder.tier_ids.id,
        "date_until": "2099-12-31",
        "reason": "Status match",
    }
)
env["crm.loyalty.level"]._cron_follow()
assert card.partner_id.grade_id == gold
env.cr.commit()
"""
UNINSTALL = f"""
env["ir.module.module"]._get("{ADDON}").button_immediate_uninstall()
"""
CARDS = "SELECT code, points, active FROM loyalty_card ORDER BY id"
ROWS = """
    SELECT card.code, row.kind, row.state, row.points, row.remaining
      FROM loyalty_history row JOIN loyalty_card card ON card.id = row.card_id
     WHERE row.description != 'Old' ORDER BY card.id, row.id
"""
OLD = "SELECT COUNT(*) FROM loyalty_history WHERE description = 'Old' AND state IS NULL"
OF_CORE = """
    SELECT card.code, row.description, row.issued, row.used
      FROM loyalty_history row JOIN loyalty_card card ON card.id = row.card_id
     ORDER BY card.id, row.id
"""
DELETED_WITH_CARD = """
    SELECT confdeltype FROM pg_constraint WHERE conname = 'loyalty_history_card_id_fkey'
"""
OBJECTIONS = """
    SELECT purpose.code, consent.state
      FROM crm_contact_consent consent JOIN crm_contact_purpose purpose ON purpose.id = purpose_id
"""
LEVELS = "SELECT COUNT(*) FROM res_partner WHERE grade_id IS NOT NULL"
TRACES = """
    SELECT (SELECT COUNT(*) FROM information_schema.columns
             WHERE table_name IN ('loyalty_history', 'loyalty_card', 'loyalty_program')
               AND column_name IN ('remaining', 'is_one_per_customer', 'earn_on'))
         + (SELECT COUNT(*) FROM pg_class
             WHERE relname LIKE 'crm\\_points\\_%' OR relname LIKE 'crm\\_loyalty\\_%')
"""


@tagged("post_install", "-at_install")
class TestPointsInstall(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.environment = provision()
        cls.databases = cls.environment.databases
        cls.name = f"{get_db_name()}_points"
        cls.addClassCleanup(cls.environment.drop_database, cls.name)
        cls.environment.clone_database(cls.databases.template([ADDON], demo=False), cls.name)

    def test_addon_comes_and_leaves_all_points_where_they_are(self):
        self._run(FILL)
        failure = "the ledger cannot be installed on a database with points."
        self.databases.run_logged(self.name, ["-i", ADDON, "--stop-after-init"], failure)
        self._check_log_is_clean(self.name)
        self.assertEqual(
            self._query(CARDS),
            [
                ("FIRST", 43.33, True),  # 33.333 and 10 of the second card
                ("SECOND", 0.0, False),
                ("OWING", -12.5, True),
                ("SPENT", 0.0, True),
                ("GIFT", 100.0, True),
            ],
        )
        self.assertEqual(
            self._query(ROWS),
            [
                ("FIRST", "opening", "active", 43.33, 43.33),
                ("OWING", "opening", "active", -12.5, -12.5),
                ("GIFT", "opening", "active", 100.0, 100.0),
            ],
        )
        self.assertEqual(self._query(OLD), [(3,)])
        self.assertEqual(self._query(DELETED_WITH_CARD), [("r",)])

        self._run(USE)
        self._run(UNINSTALL)
        points = [(code, points) for code, points, _active in self._query(CARDS)]
        self.assertEqual(points[0], ("FIRST", 30.0))  # 43.33 + 6.67 - 20
        self.assertEqual(points[2:], [("OWING", -12.5), ("SPENT", 0.0), ("GIFT", 100.0)])
        self.assertEqual(
            self._query(OF_CORE),
            [
                ("FIRST", "Old", 5.0, 0.0),
                ("FIRST", "Opening balance", 43.33, 0.0),
                ("FIRST", "For the rest", 6.67, 0.0),
                ("FIRST", "Spent", 0.0, 20.0),
                ("OWING", "Opening balance", 0.0, 12.5),
                ("SPENT", "Old", 7.0, 0.0),
                ("GIFT", "Old", 250.0, 20.0),
                ("GIFT", "Opening balance", 100.0, 0.0),
            ],
        )
        self.assertEqual(self._query(DELETED_WITH_CARD), [("c",)])
        self.assertEqual(self._query(TRACES), [(0,)])
        self.assertEqual(self._query(OBJECTIONS), [("loyalty", "withdrawn")])
        self.assertEqual(self._query(LEVELS), [(0,)])

    def _run(self, script):
        self.databases.run_script(self.name, script)
        self._check_log_is_clean(f"{self.name}-script")

    def _check_log_is_clean(self, name):
        lines = self.databases.log(name).read_text(errors="replace").splitlines()
        loud = [line for line in lines if " ERROR " in line or " WARNING " in line]
        self.assertEqual(loud, [])

    def _query(self, query):
        with db_connect(self.name).cursor() as cursor:
            cursor.execute(query)
            return [
                tuple(float(value) if hasattr(value, "as_tuple") else value for value in row)
                for row in cursor.fetchall()
            ]
