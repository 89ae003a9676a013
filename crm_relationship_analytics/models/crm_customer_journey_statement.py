"""The SQL that reads the journeys with a company from documents, and writes those that differ."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from odoo.tools import SQL

from ..logic.journey import CONTACT, LEAD, MEMBER, ORDER, PAYMENT, QUOTATION, STAGES, TIER

INVOICE = "invoice"  # no stage: the purchase of a customer who never ordered


def listed(parts) -> SQL:
    """Return SQL parts with commas between them."""
    return SQL(", ").join(parts)


def date_of(stage: str) -> SQL:
    """Return the column with the day of a stage."""
    return SQL.identifier(f"{stage[2:]}_date")


DATES = [date_of(stage) for stage in STAGES]
COLUMNS = (
    "partner_id",
    "lead_id",
    "state",
    "stage",
    "last_date",
    *(f"{stage[2:]}_date" for stage in STAGES),
    *(f"{stage[2:]}_days" for stage in STAGES[1:]),
    "source_id",
    "medium_id",
    "campaign_id",
)


class JourneyWritten(NamedTuple):
    """How many rows a refresh has written and removed."""

    written: int
    removed: int


class JourneyScope(NamedTuple):
    """What is read: events with a company up to a day, of all customers or of a commercial one."""

    company: Any
    as_of: date
    customer: Any = None

    def day(self, moment: SQL) -> SQL:
        """Return the company's day of a moment that is stored in UTC."""
        zone = self.company.business_timezone
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, zone)

    def moment(self, day: SQL) -> SQL:
        """Return the moment in UTC at which a day of the company begins."""
        zone = self.company.business_timezone
        return SQL("((%s)::timestamp AT TIME ZONE %s AT TIME ZONE 'UTC')", day, zone)

    def end(self) -> SQL:
        """Return the moment in UTC at which the last day is over."""
        return SQL("%s::timestamp", self.company._start_of_day(self.as_of + timedelta(days=1)))

    def of_customer(self, column: SQL) -> SQL:
        """Return the condition that a column leads to a contact of the customer."""
        if not self.customer:
            return SQL("TRUE")
        return SQL(
            "%s = ANY(ARRAY(SELECT id FROM res_partner WHERE commercial_partner_id = %s))",
            column,
            self.customer.id,
        )


class JourneyStatement:
    """Builds the statements for a scope from ``crm.customer.journey._journey_sources`` of it."""

    def __init__(self, scope: JourneyScope, sources: list[SQL]):
        self.company = scope.company
        self.as_of = scope.as_of
        self.customer = scope.customer
        self.sources = sources

    def journeys(self) -> SQL:
        """Return the SELECT of ``company_id, subject_id`` and ``COLUMNS``, of all or of one."""
        return SQL(
            """
            SELECT company_id, subject_id, %(columns)s
              FROM (
                    SELECT dated.*,
                           %(company)s AS company_id,
                           %(state)s AS state,
                           %(stage)s AS stage,
                           GREATEST(%(dates)s) AS last_date,
                           %(days)s
                      FROM (%(dated)s) dated
                   ) journey
            """,
            columns=listed(map(SQL.identifier, COLUMNS)),
            company=self.company.id,
            state=self._state(),
            stage=self._stage(),
            dates=listed(DATES),
            days=listed(
                SQL("%s AS %s", self._days(stage), SQL.identifier(f"{stage[2:]}_days"))
                for stage in STAGES[1:]
            ),
            dated=self._dated(),
        )

    def refresh(self) -> SQL:
        """Return the statement that writes what differs; its row counts written and removed."""
        columns = listed(map(SQL.identifier, COLUMNS))
        return SQL(
            """
            WITH journey AS MATERIALIZED (%(journeys)s),
                 removed AS (
                    DELETE FROM crm_customer_journey stored
                     WHERE company_id = %(company)s AND %(stored_of_customer)s
                       AND NOT EXISTS (
                           SELECT FROM journey WHERE journey.subject_id = stored.subject_id
                       )
                 RETURNING 1),
                 written AS (
                    INSERT INTO crm_customer_journey (company_id, subject_id, %(columns)s)
                    SELECT journey.company_id, journey.subject_id, %(new)s
                      FROM journey
                      LEFT JOIN crm_customer_journey stored
                        ON stored.company_id = %(company)s
                       AND stored.subject_id = journey.subject_id
                     WHERE stored.id IS NULL OR (%(old)s) IS DISTINCT FROM (%(new)s)
                        ON CONFLICT (company_id, subject_id)
                        DO UPDATE SET (%(columns)s) = ROW(%(excluded)s)
                 RETURNING 1)
            SELECT (SELECT COUNT(*) FROM written), (SELECT COUNT(*) FROM removed)
            """,
            journeys=self.journeys(),
            company=self.company.id,
            stored_of_customer=self._stored_of_customer(),
            columns=columns,
            new=listed(SQL.identifier("journey", name) for name in COLUMNS),
            old=listed(SQL.identifier("stored", name) for name in COLUMNS),
            excluded=listed(SQL.identifier("excluded", name) for name in COLUMNS),
        )

    def _dated(self) -> SQL:
        """Return the SELECT of the day of each stage of each customer or prospect."""
        return SQL(
            """
            SELECT summed.*,
                   CASE WHEN subject_id > 0 THEN subject_id END AS partner_id,
                   purchase_days[1] AS order_date,
                   purchase_days[2] AS repeat_date,
                   origins[1][1] AS source_id,
                   origins[1][2] AS medium_id,
                   origins[1][3] AS campaign_id
              FROM (
                    SELECT COALESCE(partner.commercial_partner_id, -event.lead_id) AS subject_id,
                           (ARRAY_AGG(event.lead_id ORDER BY event.date, event.lead_id)
                            FILTER (WHERE event.stage = %(lead)s))[1] AS lead_id,
                           MIN(event.date) AS contact_date,
                           %(dates)s,
                           COALESCE(%(order_days)s, %(invoice_days)s) AS purchase_days,
                           BOOL_OR(event.open_until >= %(as_of)s) AS is_open,
                           (ARRAY_AGG(event.origin ORDER BY event.stage, event.date, event.lead_id)
                            FILTER (WHERE event.origin IS NOT NULL)) AS origins
                      FROM (%(events)s) event
                      LEFT JOIN res_partner partner ON partner.id = event.partner_id
                     WHERE event.date <= %(as_of)s
                     GROUP BY COALESCE(partner.commercial_partner_id, -event.lead_id)
                   ) summed
            """,
            lead=LEAD,
            dates=listed(
                SQL("MIN(event.date) FILTER (WHERE event.stage = %s) AS %s", stage, date_of(stage))
                for stage in (LEAD, QUOTATION, PAYMENT, MEMBER, TIER)
            ),
            order_days=self._days_of(ORDER),
            invoice_days=self._days_of(INVOICE),
            as_of=self.as_of,
            events=SQL(" UNION ALL ").join(SQL("(%s)", source) for source in self.sources),
        )

    def _stored_of_customer(self) -> SQL:
        return SQL("subject_id = %s", self.customer.id) if self.customer else SQL("TRUE")

    def _days_of(self, stage) -> SQL:
        return SQL("ARRAY_AGG(DISTINCT event.date) FILTER (WHERE event.stage = %s)", stage)

    def _state(self) -> SQL:
        return SQL(
            """
            CASE WHEN order_date IS NOT NULL THEN 'customer'
                 WHEN COALESCE(lead_date, quotation_date) IS NULL OR is_open THEN 'open'
                 ELSE 'lost' END
            """
        )

    def _stage(self) -> SQL:
        """Return the last stage that has a day."""
        steps = (SQL("WHEN %s IS NOT NULL THEN %s", date_of(one), one) for one in STAGES[:0:-1])
        return SQL("CASE %s ELSE %s END", SQL(" ").join(steps), CONTACT)

    def _days(self, stage) -> SQL:
        """Return the days since the latest stage before this one that was reached by then."""
        day = date_of(stage)
        before = STAGES[1 : STAGES.index(stage)]
        earlier = (
            SQL("CASE WHEN %(other)s <= %(day)s THEN %(other)s END", other=date_of(one), day=day)
            for one in before
        )
        return SQL("%s - GREATEST(%s)", day, listed([date_of(CONTACT), *earlier]))
