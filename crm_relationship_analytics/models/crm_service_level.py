from odoo import fields, models
from odoo.tools import SQL

KINDS = 3


class CrmServiceLevel(models.Model):
    """How a customer was served: each delivery with its promise, each return, each complaint."""

    _name = "crm.service.level"
    _description = "Service Level"
    _inherit = ["crm.customer.dimension"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "document_name"
    _depends = {
        "crm.case": ["partner_id", "company_id", "kind", "opened_date", "name"],
        "crm.customer.standing": ["partner_id", "company_id", "value_grade_id"],
        "res.company": ["business_timezone"],
        "res.partner": ["commercial_partner_id"],
        "sale.order": ["commitment_date"],
        "stock.location": ["usage"],
        "stock.picking": [
            "partner_id",
            "company_id",
            "state",
            "date_done",
            "date_deadline",
            "location_id",
            "location_dest_id",
            "name",
            "sale_id",
        ],
    }

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    value_grade_id = fields.Many2one(comodel_name="crm.value.grade", readonly=True)
    date = fields.Date(readonly=True)
    kind = fields.Selection(
        selection=[
            ("delivery", "Delivery"),
            ("return", "Return"),
            ("complaint", "Complaint"),
        ],
        readonly=True,
    )
    promised_date = fields.Date(
        string="Promised for",
        readonly=True,
        help="The delivery date of the order, or else the deadline of the delivery.",
    )
    delivery_count = fields.Integer(string="Deliveries", readonly=True)
    promised_count = fields.Integer(string="Deliveries with a Promise", readonly=True)
    late_count = fields.Integer(
        string="Late Deliveries", readonly=True, help="Done after the day that was promised."
    )
    late_days = fields.Integer(string="Days Late", readonly=True)
    return_count = fields.Integer(string="Returns", readonly=True)
    complaint_count = fields.Integer(string="Complaints", readonly=True)
    document_name = fields.Char(string="Document", readonly=True)
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document ID", model_field="res_model", readonly=True, aggregator=None
    )

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT event.id, partner.commercial_partner_id AS partner_id, event.company_id,
                   standing.value_grade_id, event.date, event.kind, event.promised_date,
                   (event.kind = 'delivery')::integer AS delivery_count,
                   (event.promised_date IS NOT NULL)::integer AS promised_count,
                   COALESCE(event.date > event.promised_date, FALSE)::integer AS late_count,
                   GREATEST(event.date - event.promised_date, 0) AS late_days,
                   (event.kind = 'return')::integer AS return_count,
                   (event.kind = 'complaint')::integer AS complaint_count,
                   event.document_name, event.res_model, event.res_id
              FROM ((%s) UNION ALL (%s) UNION ALL (%s)) event
              JOIN res_partner partner ON partner.id = event.partner_id
              LEFT JOIN crm_customer_standing standing
                ON standing.partner_id = partner.commercial_partner_id
               AND standing.company_id = event.company_id
            """,
            self._deliveries(),
            self._returns(),
            self._complaints(),
        )

    def action_open_document(self):
        """Open the delivery, return or case."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).get_formview_action()

    def _deliveries(self) -> SQL:
        return SQL(
            """
            SELECT picking.id::bigint * %(kinds)s AS id, picking.partner_id, picking.company_id,
                   %(done)s AS date, 'delivery' AS kind, %(promised)s AS promised_date,
                   picking.name AS document_name, 'stock.picking' AS res_model,
                   picking.id AS res_id
              FROM stock_picking picking
              JOIN stock_location place
                ON place.id = picking.location_dest_id AND place.usage = 'customer'
              LEFT JOIN sale_order sale ON sale.id = picking.sale_id
             WHERE picking.state = 'done' AND picking.partner_id IS NOT NULL
            """,
            kinds=KINDS,
            done=self._day(SQL("picking.date_done"), SQL("picking.company_id")),
            promised=self._day(
                SQL("COALESCE(sale.commitment_date, picking.date_deadline)"),
                SQL("picking.company_id"),
            ),
        )

    def _returns(self) -> SQL:
        return SQL(
            """
            SELECT picking.id::bigint * %s + 1, picking.partner_id, picking.company_id,
                   %s, 'return', NULL::date, picking.name, 'stock.picking', picking.id
              FROM stock_picking picking
              JOIN stock_location place
                ON place.id = picking.location_id AND place.usage = 'customer'
             WHERE picking.state = 'done' AND picking.partner_id IS NOT NULL
            """,
            KINDS,
            self._day(SQL("picking.date_done"), SQL("picking.company_id")),
        )

    def _complaints(self) -> SQL:
        return SQL(
            """
            SELECT complaint.id::bigint * %s + 2, complaint.partner_id, complaint.company_id,
                   %s, 'complaint', NULL::date, complaint.name, 'crm.case', complaint.id
              FROM crm_case complaint
             WHERE complaint.kind = 'complaint' AND complaint.partner_id IS NOT NULL
            """,
            KINDS,
            self._day(SQL("complaint.opened_date"), SQL("complaint.company_id")),
        )

    def _day(self, moment: SQL, company_column: SQL) -> SQL:
        return self.env["crm.customer.fact"]._day(moment, company_column)
