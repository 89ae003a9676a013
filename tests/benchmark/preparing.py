"""Typed into Odoo's shell, once for a generated database: what its rules and numbers are."""

policy = env["crm.value.policy"]._of_company(env.company)  # noqa: F821
policy.write({"basis": "ordered", "reference_date": "2025-12-31"})
env.ref("base.user_admin").group_ids += env.ref(  # noqa: F821
    "crm_relationship.group_relationship_manager"
)
env.cr.execute(  # noqa: F821
    """
    INSERT INTO crm_member_number (
        number, scheme_id, partner_id, state, issued_on, create_uid, write_uid, create_date,
        write_date
    )
    SELECT LPAD(partner.id::text, 9, '0'), scheme.id, partner.id, 'active', '2025-01-01', 1, 1,
           partner.create_date, partner.write_date
      FROM res_partner partner, (SELECT MIN(id) AS id FROM crm_member_scheme) scheme
     WHERE partner.customer_rank > 0 AND partner.parent_id IS NULL
    """
)
env.cr.commit()  # noqa: F821
