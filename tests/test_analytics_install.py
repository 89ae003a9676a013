"""The addon for analytics comes to a database with documents, alone, and leaves no trace."""

from odoo.sql_db import db_connect
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name

from environment import provision

ADDON = "crm_relationship_analytics"
BEFORE = "crm_relationship,sale_margin,purchase_stock,sale_stock,spreadsheet_dashboard"
FILL = """
customer = env["res.partner"].create({"name": "Old Customer"})
product = env["product.product"].create(
    {"name": "Boat", "type": "consu", "list_price": 100, "standard_price": 60}
)
order = env["sale.order"].create(
    {"partner_id": customer.id, "order_line": [(0, 0, {"product_id": product.id})]}
)
order.action_confirm()
env["crm.value.policy"].search([]).basis = "ordered"
env["crm.customer.standing"].refresh()
env.cr.commit()
"""
USE = f"""
env["crm.customer.standing"].refresh()
env.cr.commit()
crons = env["ir.model.data"].search([("module", "=", "{ADDON}"), ("model", "=", "ir.cron")])
for cron in env["ir.cron"].browse(crons.mapped("res_id")):
    cron.method_direct_trigger()
    env.cr.commit()
"""
UNINSTALL = f"""
env["ir.module.module"]._get("{ADDON}").button_immediate_uninstall()
"""
COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns
     WHERE table_schema = 'public' ORDER BY table_name, column_name
"""
LEFT_BEHIND = f"SELECT name FROM ir_model_data WHERE module = '{ADDON}'"
STANDINGS = "SELECT COUNT(*), SUM(revenue) FROM crm_customer_standing"


@tagged("post_install", "-at_install")
class TestAnalyticsInstall(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.environment = provision()
        cls.databases = cls.environment.databases
        cls.name = f"{get_db_name()}_analytics"
        cls.addClassCleanup(cls.environment.drop_database, cls.name)
        template = cls.databases.template(["crm_relationship"], demo=False)
        cls.environment.clone_database(template, cls.name)

    def test_addon_comes_without_loyalty_and_leaves_all_as_it_was(self):
        self._install(BEFORE)
        self._run(FILL)
        columns, standings = self._query(COLUMNS), self._query(STANDINGS)
        self._install(ADDON)
        self._run(USE)
        self.assertGreater(len(self._query(COLUMNS)), len(columns))
        self._run(UNINSTALL)
        self.assertEqual(self._query(COLUMNS), columns)
        self.assertEqual(self._query(LEFT_BEHIND), [])
        self.assertEqual(self._query(STANDINGS), standings)

    def _install(self, modules):
        failure = f"{modules} cannot be installed."
        self.databases.run_logged(self.name, ["-i", modules, "--stop-after-init"], failure)
        self._check_log_is_clean(self.name)

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
            return cursor.fetchall()
