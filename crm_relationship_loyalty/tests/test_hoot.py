from odoo.tests import HttpCase, tagged

from odoo.addons.crm_relationship.tests.test_hoot import hoot_id


@tagged("post_install", "-at_install")
class TestHoot(HttpCase):
    """Run the tests of this addon's web client."""

    def test_tests_of_the_web_client_pass(self):
        suite = hoot_id("@crm_relationship_loyalty")
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )
