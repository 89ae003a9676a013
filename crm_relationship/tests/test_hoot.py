from odoo.tests import HttpCase, tagged

TESTS = "/crm_relationship/static/tests/"


def hoot_id(suite):
    """Return the number by which Hoot knows a suite, as core's own runner computes it."""
    number = 0
    for character in suite:
        number = ((number << 5) - number + ord(character)) & 0xFFFFFFFF
    return f"{number:08x}"


@tagged("post_install", "-at_install")
class TestHoot(HttpCase):
    """Run the tests of this addon's web client."""

    def test_tests_of_the_web_client_pass(self):
        # Hoot would run the tests of all addons, if it knew none of ours.
        paths = self.env["ir.asset"]._get_asset_paths("web.assets_unit_tests", {})
        files = [path for path, *_rest in paths if path.startswith(TESTS)]
        self.assertTrue([path for path in files if path.endswith(".test.js")])
        suite = hoot_id("@crm_relationship")
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )
