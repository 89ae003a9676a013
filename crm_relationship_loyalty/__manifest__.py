{
    "name": "Customer Relationship: Loyalty",
    "summary": "A points ledger on loyalty cards: earned, kept, spent and owed on every channel",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "CRM Relationship Maintainers",
    "website": "https://example.com/crm_relationship",
    "license": "LGPL-3",
    "depends": ["crm_relationship", "sale_loyalty", "partnership", "sale_stock"],
    "data": [
        "views/loyalty_eligibility_views.xml",
        "wizard/sale_loyalty_reward_wizard_views.xml",
    ],
    "pre_init_hook": "pre_init_hook",
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
