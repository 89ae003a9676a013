from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

TEXT_TYPES = ("char", "text", "html", "properties", "json")
PERSONAL_CHOICES = frozenset(
    {
        "birthdate",
        "verified_on",
        "gender",
        "education",
        "income_band_id",
        "preferred_channel_id",
        "deputy_user_id",
        "state_id",
        "partner_latitude",
        "partner_longitude",
    }
)
COMPUTED_FROM_NAME = frozenset({"complete_name", "commercial_company_name"})
NO_PERSONAL_TEXT = COMPUTED_FROM_NAME | {"name", "signup_type", "invoice_edi_format_store"}
ON_DOCUMENTS = frozenset(
    {
        "street",
        "street2",
        "zip",
        "city",
        "state_id",
        "vat",
        "company_registry",
        "company_name",
        "peppol_endpoint",
        "global_location_number",
    }
)
MEANS_OF_CONTACT = frozenset({"email", "email_normalized", "phone", "phone_sanitized"})
MODES = [
    ("everything", "Everything"),
    ("unneeded", "Only what no law and no open document needs"),
]


class ResPartner(models.Model):
    """Remove the person from a customer, and leave what he bought.

    All is written by SQL: the rules of forms would pass the empty address on to his firm, note the
    old name in the chatter, and refuse to touch a history.
    """

    _inherit = "res.partner"

    def _anonymise(self, mode):
        """Remove the customer's data, all of it or what nobody needs; again changes nothing.

        Raises the first obstacle as an error, before anything is changed.
        """
        self.ensure_one()
        self._check_may_handle_personal_data()
        self.check_access("write")
        contacts = self._privacy_contacts()
        contacts.lock_for_update()  # nobody orders in his name meanwhile
        obstacles = self._anonymisation_obstacles()
        prevented = ("never",) if mode == "unneeded" else ("never", "open", "law")
        for obstacle in obstacles:
            if obstacle.kind in prevented:
                raise UserError(obstacle.sentence)
        name, email = self.name, self.email_normalized
        self.env.flush_all()
        # sudo: data is removed wherever it is; the caller was checked above
        everywhere = contacts.sudo().with_context(tracking_disable=True, active_test=False)
        is_open = any(obstacle.kind == "open" for obstacle in obstacles)
        changed = everywhere._remove_personal_data(mode, is_open)
        if changed:
            self._record_anonymisation(mode, name, email, changed)

    def _personal_fields(self, contacts):
        """Hook: return the stored fields of one of the contacts that may say who he is.

        Every text is one of them, also of addons nobody has thought of here. What belongs to the
        firm of a contact is not, unless the firm is among them.
        """
        self.ensure_one()
        texts = {
            name
            for name, field in self._fields.items()
            if field.column_type and field.store and field.type in TEXT_TYPES
        }
        kept = set() if self.commercial_partner_id in contacts else set(self._commercial_fields())
        return (texts | PERSONAL_CHOICES) - NO_PERSONAL_TEXT - kept

    def _remove_personal_data(self, mode, is_open) -> dict[str, int]:
        """Remove the data of these contacts; return how many rows of each model had some."""
        entries = [
            entry
            for entry in self._personal_data_models()
            if entry.model in self.env and (mode == "everything" or not entry.needed)
        ]
        addresses = [address for address in self.mapped("email_normalized") if address]
        rows = {
            entry.model: self._rows_of(entry, addresses)
            for entry in entries
            if entry.removal != "keep"
        }
        documents = {"res.partner": self.ids, **{model: ids for model, ids in rows.items() if ids}}
        changed = {
            "crm.household": self._anonymise_households(),
            "mail.message": self._anonymise_messages(mode, documents),
            "mail.activity": self._anonymise_activities(mode, documents),
            "ir.attachment": self._anonymise_attachments(mode, documents),
            "calendar.event": self._anonymise_meetings(mode),
            "ir.model.data": self._forget_external_ids(documents),
            "res.partner": self._anonymise_contacts(mode, is_open),
        }
        for entry in entries:
            changed.setdefault(entry.model, 0)
            changed[entry.model] += self._anonymise_rows(entry, rows.get(entry.model))
        self.env.invalidate_all()
        return {model: count for model, count in changed.items() if count}

    def _rows_of(self, entry, addresses):
        """Return the ids of the rows of a model that belong to these contacts."""
        conditions = [
            SQL("%s = ANY(%s)", SQL.identifier(name), self.ids) for name in entry.customer
        ]
        if entry.email and addresses:
            conditions.append(
                SQL(
                    "(%s IS NULL AND %s = ANY(%s))",
                    SQL.identifier(entry.customer[0]),
                    SQL.identifier(entry.email),
                    addresses,
                )
            )
        if not conditions:
            return []
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM %s WHERE %s",
                SQL.identifier(self.env[entry.model]._table),
                SQL(" OR ").join(conditions),
            )
        )
        return [row_id for (row_id,) in rows]

    def _anonymise_rows(self, entry, row_ids):
        """Delete or empty rows of a model, by its entry in the list of personal data."""
        if not row_ids or entry.removal == "keep":
            return 0
        if entry.removal == "delete":
            table = SQL.identifier(self.env[entry.model]._table)
            return self._execute(SQL("DELETE FROM %s WHERE id = ANY(%s)", table, row_ids))
        return self._replace(entry.model, row_ids, entry.replaced)

    def _replace(self, model, row_ids, values):
        """Set columns of rows to SQL expressions, where they do not hold that yet."""
        names = self._columns_of(model, values)
        new = SQL(", ").join(SQL("%s", values[name]) for name in names)
        columns = SQL(", ").join(map(SQL.identifier, names))
        return self._execute(
            SQL(
                """
                UPDATE %(table)s SET (%(columns)s) = ROW(%(new)s)
                 WHERE id = ANY(%(rows)s) AND ROW(%(columns)s) IS DISTINCT FROM ROW(%(new)s)
                """,
                table=SQL.identifier(self.env[model]._table),
                columns=columns,
                new=new,
                rows=row_ids,
            )
        )

    def _execute(self, statement):
        """Run a statement; return how many rows it changed."""
        self.env.cr.execute(statement)
        return self.env.cr.rowcount

    @api.model
    def _columns_of(self, model, names):
        """Return those of the names that are columns: a field may come from an absent addon."""
        model_fields = self.env[model]._fields
        return [
            name
            for name in names
            if name in model_fields
            and model_fields[name].store
            and model_fields[name].column_type
            and not model_fields[name].inherited
        ]

    def _anonymise_contacts(self, mode, is_open):
        """Empty the contacts; only all of it takes the name, and puts them away."""
        kept = set()
        if mode == "unneeded":
            kept = ON_DOCUMENTS | (MEANS_OF_CONTACT if is_open else set())
        changed = self._execute(
            SQL(
                "DELETE FROM res_partner_res_partner_category_rel WHERE partner_id = ANY(%s)",
                self.ids,
            )
        )
        names = set()
        for contact in self:
            values = {
                field: SQL("''") if self._fields[field].required else None
                for field in sorted(contact._personal_fields(self) - kept)
            }
            names |= set(values)
            if mode == "everything":
                name = self.env._("Anonymised customer %(number)s", number=contact.id)
                today = fields.Date.context_today(self)
                values["name"] = SQL("%s", name)
                values["active"] = SQL("FALSE")
                values["anonymised_on"] = SQL("COALESCE(anonymised_on, %s)", today)
            changed += self._replace("res.partner", contact.ids, values)
        if not changed:
            return 0
        self.env.invalidate_all()
        self.modified(sorted(names | {"name", "active"}))
        self.env.flush_all()
        return changed

    def _anonymise_households(self):
        """Delete the households that are nobody else's, with the persons known by name only.

        A household in which another contact stays keeps its name and notes, as they are his too.
        """
        return self._execute(
            SQL(
                """
                DELETE FROM crm_household household
                 USING crm_household_member his
                 WHERE his.household_id = household.id AND his.partner_id = ANY(%(contacts)s)
                   AND NOT EXISTS (
                       SELECT 1 FROM crm_household_member other
                        WHERE other.household_id = household.id
                          AND other.partner_id <> ALL(%(contacts)s)
                   )
                """,
                contacts=self.ids,
            )
        )

    def _forget_external_ids(self, documents):
        """Delete the names that an import gave the rows: codes of the customer elsewhere."""
        return sum(
            self._execute(
                SQL(
                    """
                    DELETE FROM ir_model_data
                     WHERE model = %s AND res_id = ANY(%s) AND left(module, 2) = '__'
                    """,
                    model,
                    ids,
                )
            )
            for model, ids in documents.items()
        )

    def _record_anonymisation(self, mode, name, email, changed):
        """Note on the contact and in the privacy log who removed what, without what it was."""
        note = self.env._("The personal data that no law and no open document needs was removed.")
        if mode == "everything":
            note = self.env._("All personal data was removed from this contact.")
        self.message_post(body=note, subtype_xmlid="crm_relationship.mt_anonymised")
        # sudo: the log is the administrator's, and whoever removes data has to leave an entry
        self.env["privacy.log"].sudo().create(
            {
                # The log masks both, and takes nothing but an e-mail address with one "@".
                "anonymized_name": (name or "-").replace("@", " "),
                "anonymized_email": email or "-@-",
                "execution_details": note,
                "records_description": "\n".join(
                    f"{self.env['ir.model']._get(model).name} ({count})"
                    for model, count in changed.items()
                ),
            }
        )
