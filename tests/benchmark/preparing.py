"""Typed into Odoo's shell, once for a generated database: what its rules and numbers are."""

policy = env["crm.value.policy"]._of_company(env.company)  # noqa: F821
policy.write({"basis": "ordered", "reference_date": "2025-12-31"})
env.ref("base.user_admin").group_ids += env.ref(  # noqa: F821
    "crm_relationship.group_relationship_manager"
)
customers = env["res.partner"].search(  # noqa: F821
    [("customer_rank", ">", 0), ("parent_id", "=", False)], order="id"
)
env["crm.member.scheme"].search([], limit=1)._issue_to(customers)  # noqa: F821
env.cr.commit()  # noqa: F821
