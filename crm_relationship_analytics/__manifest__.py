{
    "name": "Customer Relationship: Analytics",
    "summary": "Net contribution to the document, expected value, segments, wallet and cohorts",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "CRM Relationship Maintainers",
    "website": "https://example.com/crm_relationship",
    "license": "LGPL-3",
    "depends": [
        "crm_relationship",
        "sale_margin",
        "purchase_stock",
        "sale_stock",
        "spreadsheet_dashboard",
    ],
    "data": [
        "security/ir.model.access.csv",
        "security/outlook_rules.xml",
        "views/crm_analytics_menus.xml",
        "views/outlook_views.xml",
        "views/outlook_menus.xml",
        "data/outlook_cron_data.xml",
    ],
    "demo": [],
    "assets": {
        "web.assets_backend": ["crm_relationship_analytics/static/src/**/*"],
        "web.assets_unit_tests": ["crm_relationship_analytics/static/tests/*.js"],
    },
}
