from odoo import api, models
from odoo.tools import SQL


class CrmLoyaltyLadder(models.Model):
    """What counts on a ladder, read from the documents by SQL."""

    _inherit = "crm.loyalty.ladder"

    def _value_source(self) -> SQL:
        """Hook: return the SELECT of what counts, one row for each document and day.

        Columns, in this order: ``partner_id`` (as on the document), ``date`` (of the company),
        ``amount`` (in the company's currency, below zero where it was given back), ``document``
        (the id of a record of `_document_model`). A new metric has a method of its own,
        ``_values_<metric>``.
        """
        self.ensure_one()
        return getattr(self, f"_values_{self.metric}")()

    def _document_model(self):
        """Hook: return the model of the documents that count."""
        models_by_metric = {
            "ordered": "sale.order",
            "margin": "sale.order",
            "points": "loyalty.history",
        }
        return models_by_metric.get(self.metric, "account.move")

    def _values_invoiced(self) -> SQL:
        return self._facts("invoice", "refund")

    def _values_ordered(self) -> SQL:
        return self._facts("order")

    def _facts(self, *kinds) -> SQL:
        return SQL(
            """
            SELECT fact.partner_id, fact.date, fact.amount, fact.res_id AS document
              FROM (%(facts)s) fact
             WHERE fact.company_id = %(company)s AND fact.kind IN %(kinds)s
            """,
            facts=self.env["crm.customer.fact"]._all_facts(),
            company=self.company_id.id,
            kinds=kinds,
        )

    def _values_paid(self) -> SQL:
        """Return the shares of documents that were settled, each on the day of its settlement.

        A credit note that settles an invoice takes as much away as the invoice gets: together
        nothing. Shares are rounded so that those of a document settled in full add up to it.
        """
        return SQL(
            """
            SELECT settled.partner_id, settled.date,
                   ROUND(settled.worth * settled.so_far / settled.total, %(digits)s)
                   - ROUND(
                         settled.worth * (settled.so_far - settled.amount) / settled.total,
                         %(digits)s
                     ) AS amount,
                   settled.document
              FROM (
                    SELECT move.partner_id, part.max_date AS date, move.id AS document,
                           move.amount_untaxed_signed AS worth,
                           ABS(move.amount_total) AS total, part.amount,
                           SUM(part.amount) OVER (
                               PARTITION BY move.id ORDER BY part.max_date, part.id
                           ) AS so_far
                      FROM account_move move
                      JOIN account_move_line line ON line.move_id = move.id
                      JOIN LATERAL (
                            SELECT id, max_date, debit_amount_currency AS amount
                              FROM account_partial_reconcile WHERE debit_move_id = line.id
                             UNION ALL
                            SELECT id, max_date, credit_amount_currency
                              FROM account_partial_reconcile WHERE credit_move_id = line.id
                           ) part ON TRUE
                     WHERE move.state = 'posted' AND move.company_id = %(company)s
                       AND move.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
                       AND move.amount_total <> 0 AND line.display_type = 'payment_term'
                   ) settled
            """,
            digits=self._digits(),
            company=self.company_id.id,
        )

    def _values_margin(self) -> SQL:
        Fact = self.env["crm.customer.fact"]
        return SQL(
            """
            SELECT partner_id, %(day)s AS date,
                   ROUND(
                       margin::numeric / COALESCE(NULLIF(currency_rate, 0), 1)::numeric, %(digits)s
                   ) AS amount,
                   id AS document
              FROM sale_order
             WHERE state = 'sale' AND company_id = %(company)s
            """,
            day=Fact._day(SQL("sale_order.date_order"), SQL("sale_order.company_id")),
            digits=self._digits(),
            company=self.company_id.id,
        )

    def _values_points(self) -> SQL:
        """Return what was earned and taken back again; what is spent and expires does not count."""
        Fact = self.env["crm.customer.fact"]
        return SQL(
            """
            SELECT card.partner_id, %(day)s AS date,
                   CASE row.kind WHEN 'earn' THEN row.issued ELSE -row.used END::numeric AS amount,
                   row.id AS document
              FROM loyalty_history row
              JOIN loyalty_card card ON card.id = row.card_id
              JOIN loyalty_program program ON program.id = card.program_id
             WHERE row.state = 'active' AND row.kind IN ('earn', 'reverse')
               AND program.program_type = 'loyalty'
               AND (program.company_id IS NULL OR program.company_id = %(company)s)
               AND card.partner_id IS NOT NULL
            """,
            day=Fact._day(SQL("row.date"), SQL("%s", self.company_id.id)),
            company=self.company_id.id,
        )

    def _held_by(self, contact: SQL) -> SQL:
        """Return the SELECT of who holds what a contact brings, as one column."""
        if self.scope == "household":
            return SQL(
                """
                SELECT COALESCE(mate.partner_id, contact.id)
                  FROM res_partner contact
                  LEFT JOIN crm_household_member own ON own.partner_id = contact.id
                  LEFT JOIN crm_household_member mate
                    ON mate.household_id = own.household_id AND mate.partner_id IS NOT NULL
                 WHERE contact.id = %s
                """,
                contact,
            )
        column = SQL.identifier("commercial_partner_id" if self.scope == "company" else "id")
        return SQL("SELECT %s FROM res_partner WHERE id = %s", column, contact)

    def _contacts_of(self, partner_ids) -> SQL:
        """Return the SELECT of the contacts whose documents count for some holders."""
        if self.scope == "company":
            return SQL(
                "SELECT id FROM res_partner WHERE commercial_partner_id = ANY(%s)", partner_ids
            )
        if self.scope == "household":
            return SQL(
                """
                SELECT mate.partner_id
                  FROM crm_household_member own
                  JOIN crm_household_member mate ON mate.household_id = own.household_id
                 WHERE own.partner_id = ANY(%(partners)s) AND mate.partner_id IS NOT NULL
                 UNION ALL SELECT UNNEST(%(partners)s)
                """,
                partners=partner_ids,
            )
        return SQL("SELECT UNNEST(%s)", partner_ids)

    @api.model
    def _changed_contacts(self, since) -> SQL:
        """Hook: return the SELECT of the contacts, as on the documents, of what was written."""
        sources = [
            SQL("SELECT partner_id FROM (%s) changed (partner_id, company_id)", source)
            for source in self.env["crm.customer.fact"]._changed_customer_sources(since)
        ]
        sources.append(
            SQL(
                """
                SELECT move.partner_id
                  FROM account_partial_reconcile part
                  JOIN account_move_line line
                    ON line.id IN (part.debit_move_id, part.credit_move_id)
                  JOIN account_move move ON move.id = line.move_id
                 WHERE part.write_date >= %s AND move.partner_id IS NOT NULL
                """,
                since,
            )
        )
        sources.append(
            SQL(
                """
                SELECT card.partner_id
                  FROM loyalty_history row JOIN loyalty_card card ON card.id = row.card_id
                 WHERE row.write_date >= %s AND card.partner_id IS NOT NULL
                """,
                since,
            )
        )
        sources.append(
            SQL(
                """
                SELECT partner_id FROM crm_household_member
                 WHERE write_date >= %s AND partner_id IS NOT NULL
                """,
                since,
            )
        )
        return SQL(" UNION ").join(SQL("(%s)", source) for source in sources)
