"""The whole loading, in order: contacts and products, baskets, proof, grades."""

from odoo.tools import SQL

from environment.progress import Problem, say

from . import bulk, grading, master_data, orders, proof
from .external_ids import ExternalIds
from .rows import Journey

ADDON = "crm_relationship"
CURRENCY = "USD"
# No history of the creation on each record, no followers, and so no mails.
QUIET = {"tracking_disable": True, "mail_notrack": True, "lang": "en_US"}


class JourneyLoader:
    """Brings a journey into a database, through the ORM or in bulk.

    `checkpoint` is called whenever what was written so far may be kept: it commits, or only
    flushes within a test.
    """

    def __init__(self, env, checkpoint):
        self.env = env(context={**env.context, **QUIET})
        self.checkpoint = checkpoint
        self.external_ids = ExternalIds(self.env, checkpoint)

    def check(self) -> None:
        """Raise Problem when the data cannot be loaded into this database."""
        if self.env["ir.module.module"]._get(ADDON).state != "installed":
            raise Problem(
                f"the addon {ADDON} is not installed in this database: install it, for example "
                f"with ./setup/odoo -d {self.env.cr.dbname} -i {ADDON} --stop-after-init."
            )
        currency = self.env.company.currency_id.name
        if currency != CURRENCY:
            raise Problem(
                f"the amounts are in {CURRENCY}, and {self.env.company.name} works in {currency}: "
                f"set the currency of the company to {CURRENCY}, or load into a new database."
            )

    def lock(self) -> None:
        """Raise Problem when another process loads into this database at the moment."""
        [(free,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_lock(hashtext('complete_journey'))")
        )
        if not free:
            raise Problem(
                "another process is loading the data into this database: wait until it has ended."
            )

    def load(self, journey: Journey, in_bulk: bool) -> list[grading.GradeRow]:
        """Load what is missing, prove that nothing was lost, and return the grades.

        Raises Problem when the sums differ from the source.
        """
        partner_ids = self.load_purchases(journey, in_bulk)
        say(f"comparing with the source: {journey.totals} ...")
        proof.prove(self.env, partner_ids, journey.totals)
        say("baskets, lines and their value are equal to the source, to the cent")
        return grading.grade(self.env, partner_ids, self.checkpoint)

    def load_purchases(self, journey: Journey, in_bulk: bool) -> list[int]:
        """Load the customers with their orders and return the ids of the customers."""
        path = bulk if in_bulk else orders
        load_products = bulk.load_products if in_bulk else master_data.load_products
        data = master_data.load(journey, self.external_ids, load_products)
        path.load(journey.read_baskets(), journey.totals.baskets, data, self.external_ids)
        return [data.partners[household.key] for household in journey.households]
