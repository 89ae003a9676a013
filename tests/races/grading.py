"""Races for the grades of customers."""

import os
import signal
import subprocess

from connecting import PREFIX, PROGRAM, together, transaction


def refresh(registry):
    """Several managers have the customers graded at the same moment."""
    errors = together(registry, lambda env, turn: env["crm.customer.standing"].refresh(), 3)
    with transaction(registry) as env:
        again = env["crm.customer.standing"].refresh()
    return {"errors": errors, "again": again}


def killed(registry):
    """The grading is killed when all is written and nothing committed; then it runs again."""
    with transaction(registry) as env:
        partner = env["res.partner"].create({"name": PREFIX})
        standing = env["crm.customer.standing"]._of_customer(partner, env.company)
        env["crm.customer.standing"].refresh()
        env.cr.execute("UPDATE crm_customer_standing SET revenue = 7 WHERE id = %s", standing.ids)
    try:
        dead = subprocess.run([*PROGRAM, "die", registry.db_name], check=False)
        with transaction(registry) as env:
            # The server takes a moment to see that the client is gone, and to undo its work.
            env.cr.execute("SELECT id FROM crm_value_policy FOR UPDATE")
        with transaction(registry) as env:
            kept = env["crm.customer.standing"].browse(standing.id).revenue
            first = env["crm.customer.standing"].refresh()
            second = env["crm.customer.standing"].refresh()
        return {"signal": -dead.returncode, "kept": kept, "first": first, "second": second}
    finally:
        with transaction(registry) as env:
            env.cr.execute("DELETE FROM crm_value_grade_change WHERE partner_id = %s", partner.ids)
            env["res.partner"].browse(partner.id).unlink()


def die(registry):
    """Grade the customers and end without a word before anything is committed."""
    with transaction(registry) as env:
        env["crm.customer.standing"].refresh()
        os.kill(os.getpid(), signal.SIGKILL)
