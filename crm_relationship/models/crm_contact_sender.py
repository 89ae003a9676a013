from odoo import api, fields, models

# Lists of people are written to for our own sake; documents because the customer waits for them.
MODELS_OF_PEOPLE = ("res.partner", "crm.lead", "mailing.contact", "mailing.list")


class CrmContactSender(models.AbstractModel):
    """A form that writes to many customers at once, and asks the gate for each."""

    _name = "crm.contact.sender"
    _description = "Sender of Messages to Customers"

    contact_purpose_id = fields.Many2one(
        comodel_name="crm.contact.purpose",
        string="Purpose",
        compute="_compute_contact_purpose_id",
        store=True,
        readonly=False,
        help="Customers who did not agree to it, or were contacted too often, are left out.",
    )

    def _contact_model(self):
        """Hook: return the name of the model whose records are written to."""
        return ""

    @api.depends(lambda self: self._purpose_depends())
    def _compute_contact_purpose_id(self):
        Purpose = self.env["crm.contact.purpose"]
        for sender in self:
            code = "marketing" if sender._contact_model() in MODELS_OF_PEOPLE else "service"
            sender.contact_purpose_id = Purpose._by_code(code)

    @api.model
    def _purpose_depends(self):
        """Hook: return the fields that tell whom the form writes to."""
        return []

    def _customers_of(self, records):
        """Return ``{record's id: customer}``; of a record without one, who has its address."""
        if records._name == "res.partner":
            return {record.id: record for record in records}
        Partner = self.env["res.partner"]
        if not hasattr(records, "_mail_get_partners"):
            return {}
        found = {
            record_id: partners[:1] for record_id, partners in records._mail_get_partners().items()
        }
        nameless = records.filtered(lambda record: not found.get(record.id))
        if "email_normalized" in records._fields and nameless:
            addresses = [one for one in nameless.mapped("email_normalized") if one]
            by_address = Partner.search([("email_normalized", "in", addresses)]).grouped(
                "email_normalized"
            )
            for record in nameless:
                found[record.id] = by_address.get(record.email_normalized, Partner)[:1]
        return {record_id: partner for record_id, partner in found.items() if partner}

    def _refused_records(self, records, channel_code, origin):
        """Ask the gate for the customers of records; return the ids of those that are refused.

        Those who pass are logged as contacted, which the contact rules count.
        """
        code = self.contact_purpose_id.code or "service"
        customers = self._customers_of(records)
        everybody = self.env["res.partner"].union(*customers.values())
        passed = everybody._ask_gate(channel_code, code, origin)
        if not self.contact_purpose_id.is_transactional:
            passed._log_contact(channel_code, code, origin)
        refused = {record_id for record_id, one in customers.items() if one not in passed}
        if refused:
            self._tell_of_refusals(len(refused), len(records))
        return refused

    def _tell_of_refusals(self, refused, total):
        self.env.user._bus_send(
            "simple_notification",
            {
                "type": "warning",
                "title": self.env._("Not everybody was contacted"),
                "message": self.env._(
                    "%(refused)s of %(total)s were left out. The reasons are under Relationship,"
                    " Reporting, Refused Contacts.",
                    refused=refused,
                    total=total,
                ),
            },
        )
