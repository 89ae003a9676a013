from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .crm_timeline import TimelineSource

INVOICES = ("out_invoice", "out_receipt")


class CrmTimeline(models.Model):
    """Where the events of a customer are: the records of this addon and of core."""

    _inherit = "crm.timeline"

    @api.model
    def _timeline_sources(self) -> list[TimelineSource]:
        return [
            *super()._timeline_sources(),
            self._interaction_source(),
            self._message_source(),
            self._meeting_source(),
            self._case_source(),
            self._lead_source(),
            self._order_source(),
            *self._invoice_sources(),
            self._payment_source(),
            *self._transfer_sources(),
        ]

    @api.model
    def _interaction_source(self):
        return TimelineSource(
            number=0,
            kind="interaction",
            model="crm.interaction",
            # an entry that was corrected is shown by its correction
            conditions=SQL(
                "NOT EXISTS (SELECT FROM crm_interaction correction"
                " WHERE correction.corrects_id = crm_interaction.id)"
            ),
            columns={
                "partner_id": SQL("crm_interaction.partner_id"),
                "date": SQL("crm_interaction.date"),
                "subject": SQL(
                    "COALESCE(NULLIF(crm_interaction.subject, ''), LEFT(crm_interaction.note, 120))"
                ),
                "user_id": SQL("crm_interaction.user_id"),
                "channel_id": SQL("crm_interaction.channel_id"),
                "direction": SQL("crm_interaction.direction"),
            },
        )

    @api.model
    def _meeting_source(self):
        return TimelineSource(
            number=4,
            kind="meeting",
            model="calendar.event",
            joins=(
                (
                    "attendee",
                    SQL("calendar_attendee"),
                    SQL("attendee.event_id = calendar_event.id AND attendee.state <> 'declined'"),
                ),
            ),
            row_id=SQL("attendee.id"),
            record_of=lambda row_id: self.env["calendar.attendee"].browse(row_id).event_id,
            # of the private meetings of others, not even the name is shown
            domain=Domain("partner_ids", "in", self.env.user.partner_id.ids)
            | Domain(self.env["calendar.event"]._get_default_privacy_domain()),
            columns={
                "partner_id": SQL("attendee.partner_id"),
                "date": SQL("calendar_event.start"),
                "is_whole_day": SQL("calendar_event.allday"),
                "subject": SQL("calendar_event.name"),
                "user_id": SQL("calendar_event.user_id"),
            },
        )

    @api.model
    def _case_source(self):
        return TimelineSource(
            number=5,
            kind="case",
            model="crm.case",
            columns={
                "partner_id": SQL("crm_case.partner_id"),
                "date": SQL("crm_case.opened_date"),
                "subject": SQL("CONCAT_WS(' ', crm_case.name, crm_case.subject)"),
                "user_id": SQL("crm_case.user_id"),
                "state": SQL("crm_case.kind"),
            },
            state_field="kind",
        )

    @api.model
    def _lead_source(self):
        return TimelineSource(
            number=6,
            kind="lead",
            model="crm.lead",
            columns={
                "partner_id": SQL("crm_lead.partner_id"),
                "date": SQL("crm_lead.create_date"),
                "subject": SQL("crm_lead.name"),
                "user_id": SQL("crm_lead.user_id"),
                "state": SQL("crm_lead.type"),
            },
            state_field="type",
        )

    @api.model
    def _order_source(self):
        return TimelineSource(
            number=7,
            kind="order",
            model="sale.order",
            columns={
                "partner_id": SQL("sale_order.partner_id"),
                "date": SQL("sale_order.date_order"),
                "subject": SQL("sale_order.name"),
                "user_id": SQL("sale_order.user_id"),
                "state": SQL("sale_order.state"),
                "amount": SQL("sale_order.amount_total"),
                "currency_id": SQL("sale_order.currency_id"),
            },
            state_field="state",
        )

    @api.model
    def _invoice_sources(self):
        return [
            self._invoice_source(8, "invoice", INVOICES, SQL("account_move.amount_total")),
            self._invoice_source(9, "refund", ("out_refund",), SQL("-account_move.amount_total")),
        ]

    @api.model
    def _invoice_source(self, number, kind, move_types, amount):
        return TimelineSource(
            number=number,
            kind=kind,
            model="account.move",
            domain=Domain("state", "=", "posted") & Domain("move_type", "in", move_types),
            columns={
                "partner_id": SQL("account_move.partner_id"),
                "date": self._moment_of_day(
                    SQL("COALESCE(account_move.invoice_date, account_move.date)"),
                    SQL("account_move.company_id"),
                ),
                "is_whole_day": SQL("TRUE"),
                "subject": SQL("account_move.name"),
                "user_id": SQL("account_move.invoice_user_id"),
                "state": SQL("account_move.payment_state"),
                "amount": amount,
                "currency_id": SQL("account_move.currency_id"),
            },
            state_field="payment_state",
        )

    @api.model
    def _payment_source(self):
        return TimelineSource(
            number=10,
            kind="payment",
            model="account.payment",
            domain=Domain("state", "in", ("in_process", "paid"))
            & Domain("partner_type", "=", "customer"),
            columns={
                "partner_id": SQL("account_payment.partner_id"),
                "date": self._moment_of_day(
                    SQL("account_payment.date"), SQL("account_payment.company_id")
                ),
                "is_whole_day": SQL("TRUE"),
                "subject": SQL("account_payment.name"),
                "direction": SQL(
                    "CASE account_payment.payment_type WHEN 'inbound' THEN 'in' ELSE 'out' END"
                ),
                "state": SQL("account_payment.state"),
                "amount": SQL(
                    "CASE account_payment.payment_type WHEN 'inbound' THEN account_payment.amount"
                    " ELSE -account_payment.amount END"
                ),
                "currency_id": SQL("account_payment.currency_id"),
            },
            state_field="state",
        )

    @api.model
    def _transfer_sources(self):
        """Return deliveries and returns, where stock is installed."""
        if "stock.picking" not in self.env:
            return []
        return [
            self._transfer_source(11, "delivery", "out", "location_dest_id"),
            self._transfer_source(12, "return", "in", "location_id"),
        ]

    @api.model
    def _transfer_source(self, number, kind, direction, location_at_customer):
        return TimelineSource(
            number=number,
            kind=kind,
            model="stock.picking",
            domain=Domain("state", "=", "done")
            & Domain(f"{location_at_customer}.usage", "=", "customer"),
            columns={
                "partner_id": SQL("stock_picking.partner_id"),
                "date": SQL("stock_picking.date_done"),
                "subject": SQL("CONCAT_WS(' ', stock_picking.name, stock_picking.origin)"),
                "user_id": SQL("stock_picking.user_id"),
                "direction": SQL("%s", direction),
            },
        )

    @api.model
    def _moment_of_day(self, day: SQL, company_column: SQL) -> SQL:
        """Return noon of a company's day in UTC, which is the same day nearly everywhere."""
        timezone = self.env["res.company"]._business_timezone_sql(company_column)
        noon = SQL("(%s::timestamp + INTERVAL '12 hours')", day)
        return SQL("(%s AT TIME ZONE %s AT TIME ZONE 'UTC')", noon, timezone)
