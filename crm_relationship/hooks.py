"""What has to be done once when the addon comes to a database, and when it leaves."""


def post_init_hook(env):
    """Give every company that exists its time zone and its grading policy."""
    companies = env["res.company"].with_context(active_test=False).search([])
    fallback = env.ref("base.user_admin").tz or "UTC"
    for company in companies:
        company.business_timezone = company.partner_id.tz or fallback
    env["crm.value.policy"]._of_companies(companies)


def uninstall_hook(env):
    """Take the counters of the schemes away, which belong to no addon's data."""
    schemes = env["crm.member.scheme"].with_context(active_test=False).search([])
    sequences = schemes.sequence_id
    schemes.sequence_id = False
    sequences.unlink()
