from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..logic.journey import CONTACT, LEAD, MEMBER, ORDER, PAYMENT, QUOTATION, TIER
from .crm_customer_journey_statement import INVOICE

INVOICES = ("out_invoice", "out_receipt")
WRITTEN_ABOUT = ("crm.lead", "crm.case", "sale.order")  # what a customer writes e-mails about


class CrmCustomerJourney(models.Model):
    """Where the events of a journey are: the records of this addon and of core.

    Of each contact only the first of a kind is returned, and of purchases those of the first two
    days: what is joined and sorted later is then as long as the list of customers, not of orders.
    """

    _inherit = "crm.customer.journey"

    @api.model
    def _journey_sources(self, scope) -> list[SQL]:
        """Hook: return the SELECT of each kind of event in a :class:`JourneyScope`.

        Columns, in this order: ``partner_id`` (any contact of the customer) and ``lead_id``, of
        which one is enough; ``stage`` (of :mod:`logic.journey`, or :data:`INVOICE`); ``date`` (of
        the company); ``open_until`` (the last day on which it may still become an order: infinity
        without an end, NULL when nothing can come of it any more); ``origin`` (array of the ids of
        source, medium and campaign, NULL when it has none of them).
        """
        sources = [
            self._interaction_events(scope),
            self._prospect_interaction_events(scope),
            self._message_events(scope),
            self._lead_events(scope),
            self._order_events(scope),
            self._invoice_events(scope),
            self._payment_events(scope),
            self._member_events(scope),
        ]
        if "crm.loyalty.tier.change" in self.env:
            sources.append(self._tier_events(scope))
        return sources

    @api.model
    def _interaction_events(self, scope) -> SQL:
        return SQL(
            """
            SELECT partner_id, NULL::integer AS lead_id, %(stage)s AS stage, %(day)s AS date,
                   NULL::date AS open_until, NULL::integer[] AS origin
              FROM crm_interaction
             WHERE company_id = %(company)s AND partner_id IS NOT NULL AND %(of_customer)s
             GROUP BY partner_id
            """,
            stage=CONTACT,
            day=scope.day(SQL("MIN(date)")),
            company=scope.company.id,
            of_customer=scope.of_customer(SQL("partner_id")),
        )

    @api.model
    def _prospect_interaction_events(self, scope) -> SQL:
        return SQL(
            """
            SELECT lead.partner_id, lead.id, %(stage)s, %(day)s, NULL::date, NULL::integer[]
              FROM crm_interaction interaction
              JOIN crm_lead lead ON lead.id = interaction.lead_id
             WHERE interaction.company_id = %(company)s AND interaction.partner_id IS NULL
               AND %(of_customer)s
            """,
            stage=CONTACT,
            day=scope.day(SQL("interaction.date")),
            company=scope.company.id,
            of_customer=scope.of_customer(SQL("lead.partner_id")),
        )

    @api.model
    def _message_events(self, scope) -> SQL:
        """Return what customers wrote; colleagues write, too, and are no customers."""
        return SQL(
            """
            SELECT message.author_id, NULL::integer, %(stage)s, %(day)s, NULL::date, NULL::integer[]
              FROM mail_message message
             WHERE message.message_type = 'email' AND message.model IN %(models)s
               AND message.author_id IS NOT NULL AND message.record_company_id = %(company)s
               AND NOT EXISTS (
                   SELECT FROM res_users staff
                    WHERE staff.partner_id = message.author_id AND NOT staff.share
               )
               AND %(of_customer)s
             GROUP BY message.author_id
            """,
            stage=CONTACT,
            day=scope.day(SQL("MIN(message.date)")),
            models=WRITTEN_ABOUT,
            company=scope.company.id,
            of_customer=scope.of_customer(SQL("message.author_id")),
        )

    @api.model
    def _lead_events(self, scope) -> SQL:
        return SQL(
            """
            SELECT partner_id, id, %(stage)s, %(day)s,
                   CASE WHEN active THEN 'infinity'::date END,
                   CASE WHEN COALESCE(source_id, medium_id, campaign_id) IS NOT NULL
                        THEN ARRAY[source_id, medium_id, campaign_id] END
              FROM crm_lead
             WHERE COALESCE(company_id, %(company)s) = %(company)s AND %(of_customer)s
            """,
            stage=LEAD,
            day=scope.day(SQL("create_date")),
            company=scope.company.id,
            of_customer=scope.of_customer(SQL("partner_id")),
        )

    @api.model
    def _order_events(self, scope) -> SQL:
        """Return the first quotation, the first with an origin, and the first orders of two days.

        Each order began as a quotation; one from before Odoo on the day of the order. The least of
        the arrays ``coming`` is the first order with an origin, found without a sort.
        """
        return SQL(
            """
            WITH first AS (
                SELECT partner_id,
                       MIN(LEAST(create_date, date_order)) AS quoted,
                       MIN(date_order) FILTER (WHERE state = 'sale') AS bought,
                       MAX(COALESCE(validity_date, 'infinity'::date))
                       FILTER (WHERE state IN ('draft', 'sent')) AS open_until,
                       MIN(ARRAY[EXTRACT(EPOCH FROM LEAST(create_date, date_order))::bigint, id,
                                 source_id, medium_id, campaign_id])
                       FILTER (WHERE COALESCE(source_id, medium_id, campaign_id) IS NOT NULL)
                       AS coming
                  FROM sale_order
                 WHERE company_id = %(company)s AND %(of_customer)s
                   AND LEAST(create_date, date_order) < %(end)s
                 GROUP BY partner_id
            )
            SELECT partner_id, NULL::integer, %(quotation)s, %(quoted)s, open_until, NULL::integer[]
              FROM first
             UNION ALL
            SELECT partner_id, NULL::integer, %(quotation)s, %(came)s, NULL::date,
                   coming[3:5]::integer[]
              FROM first
             WHERE coming IS NOT NULL
             UNION ALL
            SELECT partner_id, NULL::integer, %(order)s, %(bought)s, NULL::date, NULL::integer[]
              FROM first
             WHERE bought IS NOT NULL
             UNION ALL
            SELECT partner_id, NULL::integer, %(order)s, %(again)s, NULL::date, NULL::integer[]
              FROM sale_order
              JOIN (SELECT partner_id AS buyer_id, %(day_after)s AS day_after FROM first) buyer
                ON buyer_id = partner_id AND date_order >= day_after
             WHERE company_id = %(company)s AND %(of_customer)s
               AND state = 'sale' AND date_order < %(end)s
             GROUP BY partner_id
            """,
            company=scope.company.id,
            of_customer=scope.of_customer(SQL("partner_id")),
            end=scope.end(),
            quotation=QUOTATION,
            order=ORDER,
            quoted=scope.day(SQL("quoted")),
            came=scope.day(SQL("('epoch'::timestamp + coming[1] * INTERVAL '1 second')")),
            bought=scope.day(SQL("bought")),
            again=scope.day(SQL("MIN(date_order)")),
            day_after=scope.moment(SQL("%s + 1", scope.day(SQL("bought")))),
        )

    @api.model
    def _invoice_events(self, scope) -> SQL:
        """Return the first invoices of two days."""
        return SQL(
            """
            WITH invoice AS (
                SELECT partner_id, COALESCE(invoice_date, date) AS day
                  FROM account_move
                 WHERE company_id = %(company)s AND %(of_customer)s
                   AND state = 'posted' AND move_type IN %(types)s
            ), first AS (
                SELECT partner_id, MIN(day) AS day FROM invoice GROUP BY partner_id
            )
            SELECT partner_id, NULL::integer, %(stage)s, day, NULL::date, NULL::integer[] FROM first
             UNION ALL
            SELECT invoice.partner_id, NULL::integer, %(stage)s, MIN(invoice.day), NULL::date,
                   NULL::integer[]
              FROM invoice
              JOIN first ON first.partner_id = invoice.partner_id AND first.day < invoice.day
             GROUP BY invoice.partner_id
            """,
            stage=INVOICE,
            types=INVOICES,
            company=scope.company.id,
            of_customer=scope.of_customer(SQL("partner_id")),
        )

    @api.model
    def _payment_events(self, scope) -> SQL:
        """Return the day on which the last of an invoice was paid."""
        return SQL(
            """
            SELECT move.partner_id, NULL::integer, %(stage)s, MAX(partial.max_date), NULL::date,
                   NULL::integer[]
              FROM account_move move
              JOIN account_move_line line ON line.move_id = move.id AND line.balance > 0
              JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
             WHERE move.company_id = %(company)s AND %(of_customer)s AND move.state = 'posted'
               AND move.move_type IN %(types)s AND move.payment_state IN ('paid', 'in_payment')
             GROUP BY move.id
            """,
            stage=PAYMENT,
            types=INVOICES,
            company=scope.company.id,
            of_customer=scope.of_customer(SQL("move.partner_id")),
        )

    @api.model
    def _member_events(self, scope) -> SQL:
        # sudo: of schemes only which of them are for the company
        Scheme = self.env["crm.member.scheme"].sudo().with_context(active_test=False)
        schemes = Scheme._search(
            Domain("company_ids", "=", False) | Domain("company_ids", "in", scope.company.ids)
        )
        return SQL(
            """
            SELECT partner_id, NULL::integer, %(stage)s, MIN(issued_on), NULL::date, NULL::integer[]
              FROM crm_member_number
             WHERE scheme_id IN %(schemes)s AND %(of_customer)s
             GROUP BY partner_id
            """,
            stage=MEMBER,
            schemes=schemes.subselect(),
            of_customer=scope.of_customer(SQL("partner_id")),
        )

    @api.model
    def _tier_events(self, scope) -> SQL:
        return SQL(
            """
            SELECT partner_id, NULL::integer, %(stage)s, MIN(date), NULL::date, NULL::integer[]
              FROM crm_loyalty_tier_change
             WHERE company_id = %(company)s AND to_tier_id IS NOT NULL AND %(of_customer)s
             GROUP BY partner_id
            """,
            stage=TIER,
            company=scope.company.id,
            of_customer=scope.of_customer(SQL("partner_id")),
        )
