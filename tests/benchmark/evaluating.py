"""P9: what it costs to evaluate all members of a ladder of tiers; run inside Odoo.

Ten posted invoices and credit notes of each customer within three years (three, where there are
more than 100,000 customers), a ladder of three tiers by net invoiced revenue of the last twelve
months: the first time with the whole history of moves, then again, after one customer in a hundred
has a new invoice, and record by record, as the ORM does it. Other thresholds are simulated on 24
months of those documents. The database is a copy that is thrown away.
``AssertionError`` when evaluating again writes a row, or a full run adds to the incremental one.
"""

from datetime import timedelta

from measuring import Meter, forget_peak, memory, peak_memory
from session import run_job

from odoo import fields
from odoo.fields import Command

SAMPLE = 200  # customers
DOCUMENTS = 10
DOCUMENTS_OF_MANY = 3  # customers, more than MANY
MANY = 100_000
CUSTOMERS = """
    INSERT INTO res_partner (name, active, type, autopost_bills, create_date, write_date)
    SELECT 'P9 ' || number, TRUE, 'contact', 'ask', %(written)s, %(written)s
      FROM GENERATE_SERIES(1, %(customers)s) number;
    UPDATE res_partner SET commercial_partner_id = id WHERE name LIKE 'P9 %%';
"""
INVOICES = """
    INSERT INTO account_move (
        partner_id, commercial_partner_id, company_id, currency_id, journal_id, state, auto_post,
        name, move_type, date, invoice_date, amount_untaxed_signed, amount_total,
        create_date, write_date
    )
    SELECT partner.id, partner.id, %(company)s, %(currency)s, %(journal)s, 'posted', 'no',
           'P9/' || partner.id || '/' || number || %(mark)s,
           CASE WHEN number = 10 THEN 'out_refund' ELSE 'out_invoice' END, day, day,
           CASE WHEN number = 10 THEN -amount ELSE amount END, amount, %(written)s, %(written)s
      FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS place
              FROM res_partner WHERE name LIKE 'P9 %%') partner,
           GENERATE_SERIES(1, %(documents)s) number,
           LATERAL (SELECT %(today)s::date
                           - ((partner.place * 7919 + number * 104729) %% 1000)::int AS day,
                           (partner.place * 31 + number * 17) %% 90000 / 100.0 AS amount) made
     WHERE partner.place %% %(every)s = 0
"""
TIERS = {"Silver": 1000, "Gold": 2500, "Platinum": 4000}


class Evaluating:
    """A ladder, and customers with documents."""

    def __init__(self, session, customers):
        self.session = session
        self.customers = int(customers)
        with session.environment() as env:
            company = env.company
            self.today = company._business_today()
            journal = env["account.journal"].search(
                [("type", "=", "sale"), ("company_id", "=", company.id)], limit=1
            ) or env["account.journal"].create({"name": "P9", "type": "sale", "code": "P9"})
            self.invoices = {
                "company": company.id,
                "currency": company.currency_id.id,
                "journal": journal.id,
                "today": self.today,
            }
            yesterday = fields.Datetime.now() - timedelta(days=1)
            env.cr.execute(CUSTOMERS, {"customers": self.customers, "written": yesterday})
            documents = DOCUMENTS if self.customers <= MANY else DOCUMENTS_OF_MANY
            self._invoice(env, documents, 1, yesterday)
            env.cr.execute("ANALYZE res_partner; ANALYZE account_move")
            self.ladder = env["crm.loyalty.ladder"].create(self._ladder()).id

    def _invoice(self, env, documents, every, written):
        values = {"documents": documents, "every": every, "written": written, "mark": f"/{every}"}
        env.cr.execute(INVOICES, self.invoices | values)

    def _ladder(self):
        return {
            "name": "P9",
            "published_on": self.today - timedelta(days=730),
            "tier_ids": [
                Command.create({"name": name, "threshold": threshold, "sequence": threshold})
                for name, threshold in TIERS.items()
            ],
        }

    def costs(self) -> dict:
        """Return the costs ``[cpu, wall]`` by what was done, and ``memory`` in megabytes."""
        before = memory()
        forget_peak()
        first = self._cost(lambda ladder: ladder.action_publish())
        growth = peak_memory() - before
        again = self._cost(lambda ladder: self._unchanged(ladder._evaluate()))
        with self.session.environment() as env:
            self._invoice(env, 1, 100, fields.Datetime.now())
        changed = self._cost(lambda ladder: ladder._evaluate_changed())
        nothing = self._cost(lambda ladder: self._unchanged(ladder._evaluate()))
        before_simulating = memory()
        forget_peak()
        simulated = self._cost(self._simulate)
        return {
            "simulated": simulated,
            "simulating memory": peak_memory() - before_simulating,
            "first": first,
            "again": again,
            "changed": changed,
            "full": nothing,
            "one by one": self._cost(self._one_by_one),
            "sample": SAMPLE,
            "memory": growth,
        }

    def _cost(self, work):
        with self.session.environment() as env:
            ladder = env["crm.loyalty.ladder"].browse(self.ladder)
            ladder.tier_ids.mapped("threshold")
            return list(Meter(env.cr).cost_of(lambda: work(ladder)))

    @staticmethod
    def _simulate(ladder):
        env = ladder.env
        draft = env["crm.loyalty.ladder"].browse(ladder.action_new_version()["res_id"])
        for tier in draft.tier_ids:
            tier.threshold *= 1.2
        simulation = env["crm.loyalty.simulation"].create({"ladder_id": draft.id})
        simulation._run()
        assert simulation.down_count, "Higher thresholds lower nobody."

    @staticmethod
    def _unchanged(done):
        assert tuple(done) == (0, 0), done

    def _one_by_one(self, ladder):
        """Search, add up, compare and write, one customer after the other."""
        env = ladder.env
        since = self.today - timedelta(days=365)
        members = env["crm.loyalty.membership"].search([("ladder_id", "=", self.ladder)])[:SAMPLE]
        for member in members:
            documents = env["account.move"].search(
                [
                    ("commercial_partner_id", "=", member.partner_id.id),
                    ("state", "=", "posted"),
                    ("move_type", "in", ("out_invoice", "out_refund")),
                    ("invoice_date", ">", since),
                ]
            )
            value = sum(documents.mapped("amount_untaxed_signed"))
            tiers = ladder.tier_ids.filtered(lambda tier, value=value: tier.threshold <= value)
            member.write({"qualifying_value": value + 1, "tier_id": tiers[-1:].id})
            env.flush_all()
        env.cr.rollback()


def costs(session, customers: str) -> dict:
    """Return what evaluating so many customers costs."""
    return Evaluating(session, customers).costs()


if __name__ == "__main__":
    run_job(costs)
