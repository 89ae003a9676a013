from collections.abc import Callable
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.mail import html_to_inner_content

from .res_partner import AMOUNT_GROUPS

# The id of an event is that of its row times this, plus the number of its source: an event can be
# opened without searching for it in all sources.
SOURCES_AT_MOST = 32
LONGEST_TITLE = 120
BEGINNING_OF_BODY = 2000  # characters of HTML that surely hold the beginning of the text
COLUMN_TYPES = {
    "partner_id": SQL("integer"),
    "date": SQL("timestamp"),
    "is_whole_day": SQL("boolean"),
    "subject": SQL("text"),
    "message_id": SQL("integer"),
    "user_id": SQL("integer"),
    "channel_id": SQL("integer"),
    "direction": SQL("text"),
    "state": SQL("text"),
    "amount": SQL("numeric"),
    "currency_id": SQL("integer"),
}


class TimelineSource(NamedTuple):
    """Events of one kind, read from the records of one model.

    ``number``: of this source alone, below ``SOURCES_AT_MOST``; those from 20 on are free for other
    addons. ``columns``: SQL expressions for names in ``COLUMN_TYPES``, where the model's own table
    has its own name; ``partner_id`` and ``date`` (UTC) are needed. ``joins``: further tables, each
    as alias, table, condition. ``row_id``: the id of a joined row, where one record makes several
    events; ``record_of`` then finds the record by it.
    ``conditions``: what holds of the joined rows. ``state_field``: the selection that ``state`` is
    a value of. ``checks_itself``: the conditions let nothing through that the reader may not see,
    and the rules of the model are not asked.
    """

    number: int
    kind: str
    model: str
    columns: dict[str, SQL]
    domain: Domain = Domain.TRUE
    joins: tuple[tuple[str, SQL, SQL], ...] = ()
    row_id: SQL | None = None
    record_of: Callable | None = None
    conditions: SQL | None = None
    state_field: str = ""
    checks_itself: bool = False


class CrmTimeline(models.Model):
    """What happened with a customer, newest first, read from the records themselves.

    Each source is limited by the rules of its own model, so that a reader sees here what he would
    see there, and by kinds of which he may see nothing at all.
    """

    _name = "crm.timeline"
    _description = "Timeline"
    _inherit = ["crm.customer.dimension"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "subject"

    kind = fields.Selection(selection="_selection_kind", readonly=True)
    date = fields.Datetime(readonly=True)
    is_whole_day = fields.Boolean(readonly=True, help="Of the moment only the day is known.")
    subject = fields.Char(readonly=True)
    message_id = fields.Many2one(comodel_name="mail.message", readonly=True)
    title = fields.Char(
        string="Event", compute="_compute_title", help="The subject, and how the text begins."
    )
    user_id = fields.Many2one(comodel_name="res.users", string="Staff", readonly=True)
    channel_id = fields.Many2one(comodel_name="crm.contact.channel", readonly=True)
    direction = fields.Selection(selection=[("in", "In"), ("out", "Out")], readonly=True)
    state = fields.Char(readonly=True)
    status = fields.Char(compute="_compute_status")
    amount = fields.Monetary(readonly=True, groups=AMOUNT_GROUPS, aggregator=None)
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)

    @property
    def _table_query(self) -> SQL:
        sources = self._readable_sources()
        for source in sources:
            self.env[source.model].flush_model()
        return SQL(" UNION ALL ").join(SQL("(%s)", self._branch(source)) for source in sources)

    @api.model
    def _selection_kind(self):
        """Hook: return the kinds of events with their names, in the order of the filter."""
        names = {
            "interaction": self.env._("Interaction"),
            "message": self.env._("Message"),
            "meeting": self.env._("Meeting"),
            "case": self.env._("Case"),
            "lead": self.env._("Lead"),
            "order": self.env._("Order"),
            "delivery": self.env._("Delivery"),
            "return": self.env._("Return"),
            "invoice": self.env._("Invoice"),
            "refund": self.env._("Credit note"),
            "payment": self.env._("Payment"),
        }
        return list(names.items())

    @api.depends("subject", "message_id", "kind")
    def _compute_title(self):
        # sudo: the reader may see the message, or it would not be an event here
        body_by_id = {message.id: message.body for message in self.message_id.sudo()}
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for event in self:
            body = body_by_id.get(event.message_id.id)
            event.title = _title(event.subject, body) or labels.get(event.kind)

    @api.depends("state")
    def _compute_status(self):
        states = self._state_labels()
        for event in self:
            labels = states.get(event.id % SOURCES_AT_MOST, {})
            event.status = labels.get(event.state, False)

    def action_open_source(self):
        """Open the record that this event was read from."""
        self.ensure_one()
        row_id, number = divmod(self.id, SOURCES_AT_MOST)
        source = {one.number: one for one in self._readable_sources()}.get(number)
        find = source and (source.record_of or self.env[source.model].browse)
        record = find and find(row_id).exists()
        if not record or not record.has_access("read"):
            raise UserError(
                self.env._("What happened there is gone, or not for you to see: reload the page.")
            )
        return record.get_formview_action()

    @api.model
    def _readable_kinds(self):
        """Return ``[kind, name]`` of the kinds of events that the reader may see."""
        readable = {source.kind for source in self._readable_sources()}
        kinds = self._fields["kind"]._description_selection(self.env)
        return [[kind, name] for kind, name in kinds if kind in readable]

    @api.model
    def _page(self, domain, limit, offset):
        """Return events as plain values, with all names, read in one statement.

        An amount that the reader may not see is False.
        """
        query = self._search(domain, limit=limit, offset=offset, order=self._order)
        names = ["id", "kind", *COLUMN_TYPES]
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT page.*,
                       (SELECT partner.name FROM res_users staff
                          JOIN res_partner partner ON partner.id = staff.partner_id
                         WHERE staff.id = page.user_id) AS user_name,
                       (SELECT complete_name FROM res_partner WHERE id = page.partner_id)
                       AS partner_name,
                       (SELECT LEFT(body, %(beginning)s) FROM mail_message
                         WHERE id = page.message_id) AS body
                  FROM (%(page)s) page
                 ORDER BY page.date DESC, page.id DESC
                """,
                page=query.select(*(SQL.identifier(query.table, name) for name in names)),
                beginning=BEGINNING_OF_BODY,
            )
        )
        labels = dict(self._fields["kind"]._description_selection(self.env))
        states = self._state_labels()
        sees_amounts = self._has_field_access(self._fields["amount"], "read")
        return [self._as_plain(row, labels, states, sees_amounts) for row in rows]

    @api.model
    def _as_plain(self, row, labels, states, sees_amounts):
        channel = self.env["crm.contact.channel"].browse(row["channel_id"])
        label = labels.get(row["kind"], row["kind"])
        has_amount = sees_amounts and row["amount"] is not None
        return {
            "id": row["id"],
            "kind": row["kind"],
            "kind_label": channel.display_name or label,
            "date": fields.Datetime.to_string(row["date"]),
            "whole_day": bool(row["is_whole_day"]),
            "title": _title(row["subject"], row["body"]) or label,
            "status": states.get(row["id"] % SOURCES_AT_MOST, {}).get(row["state"], False),
            "partner": {"id": row["partner_id"], "name": row["partner_name"]},
            "user": row["user_name"] or False,
            "direction": row["direction"] or False,
            "amount": has_amount and float(row["amount"]),
            "currency_id": has_amount and row["currency_id"],
        }

    @api.model
    def _state_labels(self):
        """Return ``{number of the source: {state: its name}}``."""
        return {
            source.number: dict(
                self.env[source.model]._fields[source.state_field]._description_selection(self.env)
            )
            for source in self._readable_sources()
            if source.state_field
        }

    @api.model
    def _timeline_sources(self) -> list[TimelineSource]:
        """Hook: return what the timeline is read from."""
        return []

    @api.model
    def _readable_sources(self):
        """Return the sources of which the reader may see anything."""
        return [
            source
            for source in self._timeline_sources()
            if source.checks_itself or self.env[source.model].has_access("read")
        ]

    @api.model
    def _branch(self, source) -> SQL:
        """Return the SELECT of the events of a source."""
        Model = self.env[source.model].with_context(active_test=False)
        query = Model._search(source.domain, bypass_access=source.checks_itself)
        for alias, table, condition in source.joins:
            query.add_join("JOIN", alias, table, condition)
        if source.conditions:
            query.add_where(source.conditions)
        row_id = source.row_id or SQL.identifier(Model._table, "id")
        return query.select(
            SQL("%s::bigint * %s + %s AS id", row_id, SOURCES_AT_MOST, source.number),
            SQL("%s::text AS kind", source.kind),
            *(
                SQL("%s::%s AS %s", source.columns.get(name), type_, SQL.identifier(name))
                for name, type_ in COLUMN_TYPES.items()
            ),
        )


def _title(subject, body):
    """Return the subject, if there is one, and how the text of a message begins."""
    text = " ".join(html_to_inner_content(body or "").split())
    whole = ": ".join(part for part in (subject, text) if part)
    return whole if len(whole) <= LONGEST_TITLE else f"{whole[: LONGEST_TITLE - 1]}…"
