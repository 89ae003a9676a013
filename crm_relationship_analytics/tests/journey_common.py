"""Leads, quotations and payments on given days, for the tests of journeys."""

from odoo import fields
from odoo.fields import Command
from odoo.tools import SQL

from .common import AnalyticsCommon


class JourneyCommon(AnalyticsCommon):
    """A company in Bangkok without any journey before; days are those of 2025."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Journey = cls.env["crm.customer.journey"]
        cls.Step = cls.env["crm.journey.step"]
        cls.customer = cls._customer("Somchai Jaidee", email="somchai@example.com")
        cls.fair, cls.website = cls.env["utm.source"].create(
            [{"name": "Trade fair"}, {"name": "Website"}]
        )
        cls.spring = cls.env["utm.campaign"].create({"name": "Spring"})

    @classmethod
    def _lead(cls, moment, **values):
        """Create a lead as of a moment (UTC)."""
        values = {"name": "Somchai wants a bike", "company_id": cls.company.id, **values}
        lead = cls.env["crm.lead"].create({"type": "opportunity", **values})
        cls._created(lead, moment)
        return lead

    @classmethod
    def _quote(cls, moment, partner=None, **values):
        """Draw up an order as of a moment (UTC)."""
        line = {"product_id": cls.service.id, "price_unit": 100.0, "tax_ids": False}
        order = cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "date_order": moment,
                "validity_date": False,
                "order_line": [Command.create(line)],
                **values,
            }
        )
        cls._created(order, moment)
        return order

    @classmethod
    def _bought(cls, moment, partner=None, **values):
        """Confirm an order that was drawn up and placed at one moment (UTC)."""
        order = cls._quote(moment, partner, **values)
        order.action_confirm()
        order.date_order = moment
        return order

    @classmethod
    def _created(cls, record, moment):
        record.flush_recordset()
        cls.env.cr.execute(
            SQL(
                "UPDATE %s SET create_date = %s WHERE id = %s",
                SQL.identifier(record._table),
                moment,
                record.id,
            )
        )
        record.invalidate_recordset(["create_date"])

    @classmethod
    def _pay_part(cls, invoice, amount, day):
        wizard = cls.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({"payment_date": day, "amount": amount}).action_create_payments()

    @classmethod
    def _journey(cls, customer=None, company=None):
        """Bring the journeys up to date and return that of a customer."""
        cls.Journey.refresh()
        company = company or cls.company
        customer = customer or cls.customer
        return cls.Journey.search(
            [("partner_id", "=", customer.id), ("company_id", "=", company.id)]
        )

    def _states(self, journey):
        """Return what became of each stage at whose door a journey is; tiers need loyalty."""
        steps = self.Step.search([("journey_id", "=", journey.id), ("stage", "!=", "8_tier")])
        return {step.stage[2:]: step.state for step in steps}

    def _check(self, journey, **expected):
        """Check fields of a journey; days are written as ``12-31``."""
        self.assertEqual(len(journey), 1)
        for name, value in expected.items():
            with self.subTest(field=name):
                found = journey[name]
                if name.endswith("_date"):
                    value = value and fields.Date.to_date(f"2025-{value}")
                self.assertEqual(found, value)
