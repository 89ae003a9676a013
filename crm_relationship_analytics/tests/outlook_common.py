"""Customers with a rhythm, for the tests of what is expected of them."""

from odoo.tests import new_test_user

from .common import AnalyticsCommon

# by customer the days of 2025 on which he bought, and what each time
PURCHASES = {
    "Regular": (("12-01", "12-11", "12-21"), 30.0),
    "Late": (("11-25", "12-05", "12-15"), 10.0),
    "Gone": (("10-01", "10-11", "10-21"), 10.0),
    "Back": (("08-01", "08-11", "08-21", "12-26"), 10.0),
    "New": (("12-24",), 50.0),
}


class OutlookCommon(AnalyticsCommon):
    """Five customers whose rhythm is ten days, as of 31 December 2025."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Outlook = cls.env["crm.customer.outlook"]
        cls.Change = cls.env["crm.customer.state.change"]
        cls.seller = new_test_user(cls.env, "outlook_seller", "sales_team.group_sale_salesman")
        cls.customers = {}
        for name, (days, amount) in PURCHASES.items():
            customer = cls.customers[name] = cls._customer(name, user_id=cls.seller.id)
            for day in days:
                cls._order(customer, amount, f"2025-{day} 05:00:00")

    @classmethod
    def _forecast(cls):
        cls.env.flush_all()
        result = cls.Outlook.refresh()
        cls.env.invalidate_all()
        return result

    @classmethod
    def _outlook_of(cls, customer, company=None):
        if isinstance(customer, str):
            customer = cls.customers[customer]
        return cls.Outlook.search(
            [
                ("partner_id", "=", customer.id),
                ("company_id", "=", (company or cls.company).id),
            ]
        )
