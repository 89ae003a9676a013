"""What has to be done once when the addon comes to a database, and when it leaves."""


def post_init_hook(env):
    """Have all customers measured by the next run: none has a contribution yet."""
    env["crm.value.policy"]._rules_changed()


def uninstall_hook(env):
    """Give activities about customers a type of core, or theirs could not be removed."""
    own = env.ref("crm_relationship_analytics.mail_activity_type_customer_state", False)
    if own:
        # done activities are kept archived, and hold the type too
        activities = env["mail.activity"].with_context(active_test=False)
        given = activities.search([("activity_type_id", "=", own.id)])
        given.activity_type_id = env.ref("mail.mail_activity_data_todo")
