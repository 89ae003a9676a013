import logging
from datetime import timedelta

from psycopg2 import DatabaseError

from odoo import api, models
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL

from .crm_loyalty_evaluation import Evaluated, Evaluation

_logger = logging.getLogger(__name__)

OVERLAP = timedelta(hours=1)
MANY_CUSTOMERS = 50_000
CRON = "crm_relationship_loyalty.ir_cron_evaluate_changed_tiers"


class CrmLoyaltyLadder(models.Model):
    """When ladders are evaluated: on request, each night, and soon after documents change."""

    _inherit = "crm.loyalty.ladder"

    def _evaluate(self, partner_ids=None, as_of=None) -> Evaluated:
        """Evaluate customers (all when None) of one ladder, as of a day or today.

        Raises UserError while the ladder is being evaluated elsewhere.
        """
        self.ensure_one()
        # sudo: tiers follow from documents that who asks for them need not see
        ladder = self.sudo()
        if ladder.state != "published":
            raise UserError(
                self.env._("%(ladder)s is a draft: publish it first.", ladder=self.name)
            )
        today = ladder.company_id._business_today()
        if ladder.is_still_to_come:
            return Evaluated(0, 0)
        ladder._lock()
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL jit = off")
        if ladder._take_over(today):
            partner_ids = as_of = None
        done = Evaluation(ladder, ladder._last_day_to_evaluate(as_of or today)).run(partner_ids)
        if partner_ids is None and as_of in (None, today):
            ladder._mark_evaluated(today)
        self._forget_tiers()
        return done

    def _lock(self):
        """Lock the ladder to this transaction, or raise UserError while another has it."""
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(
                self.env._(
                    "%(ladder)s is being evaluated right now: try again in a minute.",
                    ladder=self.name,
                )
            ) from None

    def _last_day_to_evaluate(self, day):
        """Return the day, or the last one of a ladder that waits for its new version."""
        return min(day, self.ends_on) if self.ends_on and not self.is_over else day

    @api.model
    def _forget_tiers(self):
        for name in ("crm.loyalty.membership", "crm.loyalty.tier.change"):
            self.env[name].invalidate_model(flush=False)
        self.env["crm.loyalty.tier"].invalidate_model(["member_count"], flush=False)
        self.env["sale.order"].invalidate_model(
            ["loyalty_tier_ids", "paused_tier_ids"], flush=False
        )

    def _mark_evaluated(self, day):
        """Remember what has been evaluated, as of the start of this transaction."""
        self.write({"evaluated_at": self.env.cr.now(), "evaluated_for": day, "problem": False})

    @api.model
    def _cron_evaluate(self):
        """Evaluate all customers of all ladders, as tiers end and jobs may have missed some."""
        self._evaluate_ladders(lambda ladder: ladder._evaluate())

    @api.model
    def _cron_evaluate_changed(self):
        """Evaluate the customers whose documents have changed; all where a day has begun."""
        self._evaluate_ladders(lambda ladder: ladder._evaluate_changed())

    @api.model
    def _evaluate_ladders(self, evaluate):
        ladders = self.search([("state", "=", "published"), ("is_over", "=", False)])
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(ladders))
        for ladder in ladders:
            free = ladder.try_lock_for_update(allow_referencing=True)
            if free:
                free._evaluate_or_report(evaluate)
            if not commit_progress(1):
                break

    def _evaluate_or_report(self, evaluate):
        """Evaluate one ladder; what goes wrong is said on it and does not stop the others."""
        try:
            with self.env.cr.savepoint():
                evaluate(self)
        except (UserError, DatabaseError) as error:
            _logger.warning("Ladder %s is not evaluated: %s", self.id, error)
            self.problem = str(error)

    def _evaluate_changed(self) -> Evaluated:
        today = self.company_id._business_today()
        if not self.evaluated_at or self.evaluated_for != today:
            return self._evaluate()
        self.env.flush_all()
        contacts = self._changed_contacts(self.evaluated_at - OVERLAP)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT UNNEST(ARRAY[changed.partner_id, holder.partner_id])
                  FROM (%s) changed (partner_id)
                  JOIN LATERAL (%s) holder (partner_id) ON TRUE
                """,
                contacts,
                self._held_by(SQL("changed.partner_id")),
            )
        )
        partner_ids = [partner_id for (partner_id,) in rows]
        if len(partner_ids) > MANY_CUSTOMERS:
            return self._evaluate()
        done = self._evaluate(partner_ids) if partner_ids else Evaluated(0, 0)
        self._mark_evaluated(today)
        return done

    @api.model
    def _documents_changed(self, *metrics):
        """Have ladders of these metrics evaluated as soon as this transaction is committed.

        One more statement for each transaction at most, none where no such ladder is in force.
        """
        if not set(metrics) & set(self._published().values()):
            return
        asked = self.env.cr.precommit.data.setdefault("crm_relationship_loyalty.tiers", set())
        if asked:
            return
        asked.add(True)
        # sudo: whoever writes documents has the tiers follow
        self.env.ref(CRON).sudo()._trigger()
