from odoo import models
from odoo.tools import SQL

# Only what is the same in all of these adds up.
COMPARABLE = ("metric", "scope", "period_kind", "company_id")


class CrmTargetSum(models.AbstractModel):
    """Sums of what adds up: never customers and amounts, nor a team's revenue and its people's.

    A sum over rows that differ in these stays empty.
    """

    _name = "crm.target.sum"
    _description = "Sum of Targets"

    def _read_group_select(self, aggregate_spec, query) -> SQL:
        select = super()._read_group_select(aggregate_spec, query)
        name, _colon, function = aggregate_spec.partition(":")
        if function == "sum" and self._fields[name].type == "float":
            return self._where_comparable(select, SQL("NULL"), query)
        return select

    def _where_comparable(self, aggregate: SQL, otherwise: SQL, query) -> SQL:
        """Return an aggregate, or another where the rows cannot be summed up."""
        columns = [self._field_to_sql(self._table, name, query) for name in COMPARABLE]
        return SQL(
            "CASE WHEN %s THEN %s ELSE %s END",
            SQL(" AND ").join(SQL("MIN(%s) = MAX(%s)", column, column) for column in columns),
            aggregate,
            otherwise,
        )
