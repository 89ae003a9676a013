import logging
from typing import NamedTuple

from psycopg2 import DatabaseError

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class Moved(NamedTuple):
    """How many customers came into a segment and went out of it."""

    joined: int
    left: int


class CrmSegment(models.Model):
    """How members are found: one statement a segment, which writes only who has moved."""

    _inherit = "crm.segment"

    @api.model
    def _cron_refresh(self):
        """Refresh all segments, the older first, as a later one may be built on it."""
        segments = self.search([("is_frozen", "=", False)], order="id")
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(segments))
        for segment in segments:
            if segment.try_lock_for_update(allow_referencing=True):
                segment._evaluate_or_report()
            if not commit_progress(1):
                break

    def _evaluate_or_report(self):
        """Refresh; what goes wrong is said on the segment and does not stop the others."""
        try:
            with self.env.cr.savepoint():
                self._evaluate()
        except (UserError, ValueError, DatabaseError) as error:
            _logger.warning("Segment %s is not refreshed: %s", self.id, error)
            self.problem = str(error)

    def _locked(self):
        """Return it while nobody else refreshes it. Raises UserError while somebody does."""
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(
                self.env._(
                    "%(segment)s is being refreshed right now: try again in a minute.",
                    segment=self.name,
                )
            ) from None
        return self

    def _evaluate(self, day=None) -> Moved:
        """Let in and out whom the rule says, as of a day of the company; today when it is empty.

        Of several runs on one day the last one counts. A second run moves nobody.
        """
        self.ensure_one()
        segment = self.sudo()  # sudo: who is in does not depend on who has it refreshed
        statement = segment._evaluation(day or segment.company_id._business_today())
        self.env.flush_all()
        # Always changed: of two runs at once the second fails and is tried again.
        self.env.cr.execute(
            SQL(
                "UPDATE crm_segment SET refreshed_at = %s, problem = NULL WHERE id = %s",
                fields.Datetime.now(),
                segment.id,
            )
        )
        self.env.cr.execute("SET LOCAL jit = off")
        [counts] = self.env.execute_query(statement)
        segment.invalidate_recordset()
        self.env["crm.segment.membership"].invalidate_model(flush=False)
        self.env["res.partner"].invalidate_model(["segment_ids"], flush=False)
        return Moved(*counts)

    def _evaluation(self, day) -> SQL:
        """Return the statement that moves customers; its one row counts who joined and left.

        Who goes out on the day he came in leaves nothing, and who comes back on the day he went out
        has stayed: an interval is never empty, and two of one customer never touch.
        """
        return SQL(
            """
            WITH matching AS MATERIALIZED (SELECT audience.id FROM %(audience)s audience),
            gone AS MATERIALIZED (
                SELECT member.id, member.date_from
                  FROM crm_segment_membership member
                 WHERE member.segment_id = %(segment)s AND member.date_to IS NULL
                   AND NOT EXISTS (SELECT FROM matching WHERE matching.id = member.partner_id)
            ), removed AS (
                DELETE FROM crm_segment_membership member USING gone
                 WHERE member.id = gone.id AND gone.date_from >= %(day)s
                RETURNING 1
            ), ended AS (
                UPDATE crm_segment_membership member SET date_to = %(day)s FROM gone
                 WHERE member.id = gone.id AND gone.date_from < %(day)s
                RETURNING 1
            ), known AS MATERIALIZED (
                SELECT member.id, member.partner_id, member.date_to
                  FROM crm_segment_membership member
                 WHERE member.segment_id = %(segment)s
                   AND (member.date_to IS NULL OR member.date_to >= %(day)s)
            ), resumed AS (
                UPDATE crm_segment_membership member SET date_to = NULL
                  FROM known JOIN matching ON matching.id = known.partner_id
                 WHERE member.id = known.id AND known.date_to IS NOT NULL
                RETURNING 1
            ), started AS (
                INSERT INTO crm_segment_membership (segment_id, company_id, partner_id, date_from)
                SELECT %(segment)s, %(company)s, matching.id, %(day)s
                  FROM matching
                 WHERE NOT EXISTS (SELECT FROM known WHERE known.partner_id = matching.id)
                 ORDER BY matching.id
                    ON CONFLICT DO NOTHING
                RETURNING 1
            )
            SELECT (SELECT COUNT(*) FROM resumed) + (SELECT COUNT(*) FROM started),
                   (SELECT COUNT(*) FROM removed) + (SELECT COUNT(*) FROM ended)
            """,
            audience=self._customers()._search(self._audience_domain()).subselect(),
            segment=self.id,
            company=self.company_id.id,
            day=day,
        )

    def _members_on(self, day):
        """Return the customers who were in the segment at the end of a day of its company."""
        self.ensure_one()
        memberships = self.env["crm.segment.membership"].search(
            [("segment_id", "=", self.id), ("day", "=", day)]
        )
        return memberships.partner_id
