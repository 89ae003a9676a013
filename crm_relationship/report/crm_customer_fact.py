from odoo import api, fields, models
from odoo.tools import SQL

SOURCES = 64
# What was bought; facts of other addons say what else a customer brings and costs.
PURCHASE_KINDS = ("order", "invoice", "refund")


class CrmCustomerFact(models.Model):
    """One business event of a customer with its amount, read from the documents themselves.

    Amounts are without taxes, in the company's currency at the document's date; refunds count
    negative. The date is a day in the company's time zone.
    """

    _name = "crm.customer.fact"
    _description = "Customer Fact"
    _inherit = ["crm.customer.dimension"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "document_name"
    _depends = {
        "sale.order": [
            "partner_id",
            "company_id",
            "currency_id",
            "currency_rate",
            "state",
            "date_order",
            "amount_untaxed",
            "name",
        ],
        "account.move": [
            "partner_id",
            "company_id",
            "move_type",
            "state",
            "date",
            "invoice_date",
            "amount_untaxed_signed",
            "name",
        ],
        "res.partner": ["commercial_partner_id"],
    }

    document_partner_id = fields.Many2one(
        comodel_name="res.partner", string="Contact on Document", readonly=True
    )
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(readonly=True)
    kind = fields.Selection(
        selection=[("order", "Order"), ("invoice", "Invoice"), ("refund", "Credit note")],
        readonly=True,
    )
    amount = fields.Monetary(readonly=True)
    document_name = fields.Char(string="Document", readonly=True)
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document ID", model_field="res_model", readonly=True, aggregator=None
    )

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT fact.id,
                   partner.commercial_partner_id AS partner_id,
                   fact.partner_id AS document_partner_id,
                   fact.company_id, fact.date, fact.kind, fact.amount,
                   fact.document_name, fact.res_model, fact.res_id
              FROM (%s) fact
              JOIN res_partner partner ON partner.id = fact.partner_id
            """,
            self._all_facts(),
        )

    def action_open_document(self):
        """Open the order or invoice that this fact was read from."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).get_formview_action()

    @api.model
    def _all_facts(self) -> SQL:
        """Return the facts of all sources, with the customer as he stands on the document."""
        return SQL(" UNION ALL ").join(SQL("(%s)", source) for source in self._fact_sources())

    @api.model
    def _fact_sources(self) -> list[SQL]:
        """Hook: return the SELECT of each kind of fact.

        Columns, in this order: ``id`` (of :meth:`_fact_id`, which takes a number of the source that
        no other has, 0 to 63), ``partner_id`` (as on the document), ``company_id``,
        ``date`` (of the company), ``kind`` (a constant, so that a kind nobody asks for is never
        read), ``amount`` (company currency, no taxes), ``document_name``, ``res_model``,
        ``res_id``.
        """
        return [
            self._order_facts(),
            self._invoice_facts("invoice", 1, ("out_invoice", "out_receipt")),
            self._invoice_facts("refund", 2, ("out_refund",)),
        ]

    @api.model
    def _changed_customer_sources(self, since) -> list[SQL]:
        """Hook: return the SELECTs of ``partner_id, company_id`` of what was written since.

        Documents in any state, as one that was cancelled is a fact no longer; and contacts, who
        may have moved to another company or taken over the documents of one merged into them. An
        empty company means every company.
        """
        return [
            SQL("SELECT id, NULL::integer FROM res_partner WHERE write_date >= %s", since),
            SQL("SELECT partner_id, company_id FROM sale_order WHERE write_date >= %s", since),
            SQL(
                """
                SELECT partner_id, company_id FROM account_move
                 WHERE write_date >= %s AND partner_id IS NOT NULL
                   AND move_type IN ('out_invoice', 'out_receipt', 'out_refund')
                """,
                since,
            ),
        ]

    @api.model
    def _fact_id(self, document_id: SQL, source_number: int) -> SQL:
        """Return the id of a fact, unique over all sources."""
        return SQL("%s::bigint * %s + %s", document_id, SOURCES, source_number)

    @api.model
    def _order_facts(self) -> SQL:
        return SQL(
            """
            SELECT %(fact_id)s AS id,
                   sale_order.partner_id,
                   sale_order.company_id,
                   %(day)s AS date,
                   'order' AS kind,
                   CASE WHEN COALESCE(sale_order.currency_rate, 0) IN (0, 1)
                        THEN sale_order.amount_untaxed
                        ELSE ROUND(sale_order.amount_untaxed / sale_order.currency_rate, %(digits)s)
                    END AS amount,
                   sale_order.name AS document_name,
                   'sale.order' AS res_model,
                   sale_order.id AS res_id
              FROM sale_order
             WHERE sale_order.state = 'sale'
            """,
            fact_id=self._fact_id(SQL("sale_order.id"), 0),
            day=self._day(SQL("sale_order.date_order"), SQL("sale_order.company_id")),
            digits=SQL(
                """
                (SELECT currency.decimal_places
                   FROM res_company company
                   JOIN res_currency currency ON currency.id = company.currency_id
                  WHERE company.id = sale_order.company_id)
                """
            ),
        )

    @api.model
    def _invoice_facts(self, kind, source_number, move_types) -> SQL:
        return SQL(
            """
            SELECT %(fact_id)s AS id,
                   account_move.partner_id,
                   account_move.company_id,
                   COALESCE(account_move.invoice_date, account_move.date) AS date,
                   %(kind)s AS kind,
                   account_move.amount_untaxed_signed AS amount,
                   account_move.name AS document_name,
                   'account.move' AS res_model,
                   account_move.id AS res_id
              FROM account_move
             WHERE account_move.state = 'posted' AND account_move.move_type IN %(move_types)s
            """,
            fact_id=self._fact_id(SQL("account_move.id"), source_number),
            kind=kind,
            move_types=move_types,
        )

    @api.model
    def _day(self, moment: SQL, company_column: SQL) -> SQL:
        """Return the company's day of a moment that is stored in UTC."""
        timezone = self.env["res.company"]._business_timezone_sql(company_column)
        if timezone == SQL("%s", "UTC"):
            return SQL("%s::date", moment)
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, timezone)
