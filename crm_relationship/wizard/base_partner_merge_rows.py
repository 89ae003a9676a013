from typing import NamedTuple

from psycopg2 import IntegrityError

from odoo import models
from odoo.tools import SQL, mute_logger


class Link(NamedTuple):
    """A column of a model's table that leads to a contact."""

    model: str
    table: str
    column: str


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Move each row that leads to a merged contact, where core would delete all or fail.

    Core moves a table in one statement: when a single row conflicts, it deletes them all, and it
    fails altogether when a unique index is hit instead of a constraint. Here rows move one by one
    where a unique key holds the contact; a row that the survivor has already is folded into his.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    def _move_rows(self, src_partners, dst_partner):
        """Move what core cannot; return ``{former id: {model: [moved, folded]}}`` of everything."""
        self.env.flush_all()
        moved = {partner.id: {} for partner in src_partners}
        for link in self._links_to_partners():
            for partner in src_partners:
                counts = self._move_link(link, partner, dst_partner)
                if any(counts):
                    total = moved[partner.id].setdefault(link.model, [0, 0])
                    total[:] = [sum(pair) for pair in zip(total, counts, strict=True)]
        self._move_references(src_partners, dst_partner)
        self.env.invalidate_all()
        return moved

    def _links_to_partners(self):
        """Return the links of all stored models; tables of pairs only are left to core."""
        model_by_table = {
            model._table: name
            for name, model in self.env.items()
            if model._auto and not model._abstract and not model.is_transient()
        }
        return [
            Link(model_by_table[table], table, column)
            for table, column in self._get_fk_on("res_partner")
            if table in model_by_table
        ]

    def _move_link(self, link, partner, dst_partner):
        """Return how many rows of a link lead to the survivor now, and how many were folded."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM %s WHERE %s = %s AND %s ORDER BY id",
                SQL.identifier(link.table),
                SQL.identifier(link.column),
                partner.id,
                # the merged contact itself goes, whatever of it leads to itself
                SQL("id <> %s", partner.id) if link.table == "res_partner" else SQL("TRUE"),
            )
        )
        keys = self._unique_keys(link) if rows else []
        if not keys:
            return len(rows), 0  # core moves them
        folded = 0
        for (row_id,) in rows:
            if not self._move_row(link, row_id, dst_partner):
                self._fold_row(link, row_id, keys, dst_partner)
                folded += 1
        return len(rows) - folded, folded

    def _unique_keys(self, link):
        """Return the other columns of each unique key over plain columns that holds the link."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT ARRAY_AGG(attribute.attname::text)
                       FILTER (WHERE attribute.attname <> %(column)s)
                  FROM pg_index index
                  JOIN pg_attribute attribute
                    ON attribute.attrelid = index.indrelid
                   AND attribute.attnum = ANY(index.indkey)
                 WHERE index.indrelid = %(table)s::regclass AND index.indisunique
                 GROUP BY index.indexrelid
                HAVING BOOL_OR(attribute.attname = %(column)s)
                """,
                table=link.table,
                column=link.column,
            )
        )
        return [others or [] for (others,) in rows]

    def _move_row(self, link, row_id, dst_partner):
        """Tell whether a row could be moved."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s = %s WHERE id = %s",
                        SQL.identifier(link.table),
                        SQL.identifier(link.column),
                        dst_partner.id,
                        row_id,
                    )
                )
        except IntegrityError:
            return False
        return True

    def _fold_row(self, link, row_id, keys, dst_partner):
        """Give the survivor's own row all that leads to one that says the same, and delete that."""
        for others in keys:
            same = SQL(" AND ").join(
                SQL(
                    "twin.%s IS NOT DISTINCT FROM given.%s",
                    SQL.identifier(name),
                    SQL.identifier(name),
                )
                for name in others
            )
            found = self.env.execute_query(
                SQL(
                    """
                    SELECT twin.id FROM %(table)s given
                      JOIN %(table)s twin ON twin.%(column)s = %(survivor)s AND %(same)s
                     WHERE given.id = %(row)s LIMIT 1
                    """,
                    table=SQL.identifier(link.table),
                    column=SQL.identifier(link.column),
                    survivor=dst_partner.id,
                    same=same if others else SQL("TRUE"),
                    row=row_id,
                )
            )
            for (twin_id,) in found:
                row, twin = (self.env[link.model].browse(one) for one in (row_id, twin_id))
                self._update_foreign_keys_generic(link.model, row, twin)
        self.env.cr.execute(SQL("DELETE FROM %s WHERE id = %s", SQL.identifier(link.table), row_id))

    def _move_references(self, src_partners, dst_partner):
        """Move references that carry the model beside the id, which core knows five of."""
        for name, model in self.env.items():
            if not model._auto or model._abstract or model.is_transient():
                continue
            for field in model._fields.values():
                if field.type != "many2one_reference" or not field.store:
                    continue
                if field.model_field and model._fields[field.model_field].store:
                    self._move_reference(name, field, src_partners, dst_partner)

    def _move_reference(self, model_name, field, src_partners, dst_partner):
        table = self.env[model_name]._table
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM %s WHERE %s = 'res.partner' AND %s = ANY(%s) ORDER BY id",
                SQL.identifier(table),
                SQL.identifier(field.model_field),
                SQL.identifier(field.name),
                src_partners.ids,
            )
        )
        link = Link(model_name, table, field.name)
        keys = self._unique_keys(link) if rows else []
        for (row_id,) in rows:
            if not self._move_row(link, row_id, dst_partner):
                self._fold_row(link, row_id, keys, dst_partner)
