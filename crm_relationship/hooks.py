"""What has to be done once when the addon comes to a database, and when it leaves."""

from odoo.tools import SQL


def post_init_hook(env):
    """Give every company that exists its time zone and its grading policy."""
    companies = env["res.company"].with_context(active_test=False).search([])
    fallback = env.ref("base.user_admin").tz or "UTC"
    for company in companies:
        company.business_timezone = company.partner_id.tz or fallback
    env["crm.value.policy"]._of_companies(companies)


def uninstall_hook(env):
    """Take away what Odoo would not: rows that hold on to shipped records, and the counters.

    All of it goes with its tables anyway; a row that refers to a scheme, grade or channel would
    have Odoo log an error and forget to remove the record's external id.
    """
    for table in (
        "crm_contact_consent",
        "crm_contact_refusal",
        "crm_touch",
        "crm_touch_step",
        "crm_touch_plan",
        "crm_occasion",
        "crm_interaction",
        "crm_case",
        "crm_member_number",
        "crm_value_grade_change",
        "crm_customer_standing",
        "crm_customer_interest",
    ):
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(table)))
    env.cr.execute(
        """
        UPDATE res_partner SET preferred_channel_id = NULL, income_band_id = NULL
         WHERE preferred_channel_id IS NOT NULL OR income_band_id IS NOT NULL
        """
    )
    env.invalidate_all()
    schemes = env["crm.member.scheme"].with_context(active_test=False).search([])
    sequences = schemes.sequence_id
    schemes.sequence_id = False
    sequences.unlink()
