"""Customers with invoices, costs and contacts for the tests of what they bring."""

from odoo.addons.crm_relationship.tests.common import RelationshipCommon


class AnalyticsCommon(RelationshipCommon):
    """One company in Bangkok whose customers are measured as of 31 December 2025."""
