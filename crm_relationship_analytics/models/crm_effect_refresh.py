from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..logic.lift import (
    Amounts,
    Interval,
    Shares,
    difference_of_means,
    difference_of_shares,
    return_on,
    share_of,
    tells_amounts,
    tells_shares,
    verdict_of,
)
from .crm_effect_statement import EffectStatement

# What is stored as it comes from the statement; the rest follows from it by `logic.lift`.
COUNTED = (
    "contacted",
    "not_reached",
    "held_out",
    "unasked",
    "answered",
    "buyers",
    "order_count",
    "revenue",
    "contribution",
    "own_order_count",
    "own_revenue",
    "own_contribution",
    "contact_cost",
    "date_from",
    "date_to",
    "last_day",
)
DIGITS = 6  # of shares
NOTHING = Interval(0.0, 0.0, 0.0)


class CrmEffect(models.Model):
    """How effects are worked out and written: each night, and on request."""

    _inherit = "crm.effect"

    @api.model
    def refresh(self):
        """Work out the effects of the current companies, as of the day of their grading policies.

        Returns the number of rows written; a second call writes none. Raises AccessError for others
        than managers.
        """
        if not self.env.su and not self.env.user.has_group(
            "crm_relationship.group_relationship_manager"
        ):
            raise AccessError(
                self.env._("Only a manager of customer relationships works out effects: ask one.")
            )
        return self._refresh_companies(self.env.companies)

    @api.model
    def _cron_refresh(self):
        """Work out the effects of all companies."""
        self._run_by_company(self._refresh_companies)

    @api.model
    def _refresh_companies(self, companies):
        """Work out all effects by one statement, and write the rows that differ."""
        # sudo: figures are those of all documents, whoever has them worked out
        effects = self.sudo()
        policies = effects.env["crm.value.policy"]._of_companies(companies)
        kinds = [source.kind for source in effects._effect_sources()]
        self.env.cr.execute("SET LOCAL jit = off")
        written = effects._register_subjects(kinds, companies) + effects._forget_gone(
            kinds, companies
        )
        rows = self.env.execute_query_dict(EffectStatement(effects, policies).figures())
        known = effects.browse([row["id"] for row in rows])
        values = [effect._figures(row) for effect, row in zip(known, rows, strict=True)]
        written += effects._write_differing(known.ids, values)
        self.invalidate_model()
        return written

    @api.model
    def _register_subjects(self, kinds, companies):
        """Have a row for each subject, with its name; return how many were written."""
        self.env.flush_all()
        [(written,)] = self.env.execute_query(
            SQL(
                """
                WITH subject AS MATERIALIZED (%(subjects)s),
                renamed AS (
                    UPDATE crm_effect effect SET name = subject.name
                      FROM subject
                     WHERE (effect.kind, effect.res_id, effect.company_id)
                           = (subject.kind, subject.res_id, subject.company_id)
                       AND effect.name <> subject.name
                    RETURNING 1
                ), added AS (
                    INSERT INTO crm_effect (
                        kind, res_model, res_id, company_id, name, window_days, budget,
                        create_uid, create_date, write_uid, write_date)
                    SELECT kind, res_model, res_id, company_id, name, 0, 0,
                           %(user)s, %(now)s, %(user)s, %(now)s
                      FROM subject
                     WHERE NOT EXISTS (
                           SELECT FROM crm_effect effect
                            WHERE (effect.kind, effect.res_id, effect.company_id)
                                  = (subject.kind, subject.res_id, subject.company_id))
                    ON CONFLICT DO NOTHING
                    RETURNING 1
                )
                SELECT (SELECT COUNT(*) FROM renamed) + (SELECT COUNT(*) FROM added)
                """,
                subjects=self._subjects(kinds, companies),
                user=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        self.invalidate_model()
        return written

    @api.model
    def _forget_gone(self, kinds, companies):
        """Remove the rows of what is gone, or whose app is; return how many those were."""
        gone = self.env.execute_query(
            SQL(
                """
                SELECT id FROM crm_effect effect
                 WHERE company_id = ANY(%(companies)s) AND NOT EXISTS (
                       SELECT FROM (%(subjects)s) subject
                        WHERE (effect.kind, effect.res_id, effect.company_id)
                              = (subject.kind, subject.res_id, subject.company_id))
                """,
                companies=companies.ids,
                subjects=self._subjects(kinds, companies),
            )
        )
        self.browse(effect_id for (effect_id,) in gone).unlink()
        return len(gone)

    @api.model
    def _subjects(self, kinds, companies) -> SQL:
        sources = (source for source in self._effect_sources() if source.kind in kinds)
        return SQL(" UNION ALL ").join(
            SQL(
                """
                SELECT %(kind)s AS kind, %(model)s AS res_model, subject.id AS res_id,
                       company.id AS company_id, subject.name
                  FROM (%(subjects)s) subject (id, company_id, name)
                  JOIN res_company company ON company.id = COALESCE(subject.company_id, company.id)
                 WHERE company.id = ANY(%(companies)s)
                """,
                kind=source.kind,
                model=source.model,
                subjects=source.subjects,
                companies=companies.ids,
            )
            for source in sources
        )

    def _figures(self, row):
        """Return the stored figures of an effect by what the statement has counted and summed."""
        self.ensure_one()
        values = {name: row[name] for name in COUNTED}
        values["cost"] = float(row["contact_cost"]) + self.budget
        meant = row["contacted"] + row["not_reached"]
        answered = Shares(row["answered"], row["contacted"])
        values |= _interval("response", share_of(answered) if row["contacted"] else NOTHING)
        values |= self._compared(
            Shares(row["buyers_meant"], meant), Shares(row["buyers_held_out"], row["held_out"])
        )
        values |= self._compared_amounts(
            Amounts(meant, float(row["total_meant"]), float(row["squares_meant"])),
            Amounts(row["held_out"], float(row["total_held_out"]), float(row["squares_held_out"])),
        )
        values |= self._gained(values, meant)
        policy = self.env["crm.value.policy"]._known_of(self.company_id)
        values |= {"as_of": policy._as_of(), "problem": self._read_audience().problem or None}
        return {name: self._rounded(name, value) for name, value in values.items()}

    def _rounded(self, name, value):
        """Return an amount as the currency of the company is rounded, anything else as it is."""
        if self._fields[name].type != "monetary":
            return value
        return self.currency_id.round(float(value))

    @api.model
    def _compared(self, treated, control):
        difference = difference_of_shares(treated, control)
        tells = tells_shares(treated, control)
        compared = {
            "bought_share": round(share_of(treated).estimate, DIGITS),
            "held_out_share": round(share_of(control).estimate, DIGITS),
            "verdict": verdict_of(difference, tells, control.size),
        }
        if compared["verdict"] == "no_group":
            difference = NOTHING
        return compared | _interval("difference", difference)

    @api.model
    def _compared_amounts(self, treated, control):
        difference = NOTHING
        verdict = "too_few" if control.size else "no_group"
        if min(treated.size, control.size) > 1:
            found = difference_of_means(treated, control)
            tells = tells_amounts(treated.size, control.size)
            difference, verdict = found, verdict_of(found, tells, control.size)
        names = ("value_difference", "value_low", "value_high")
        return dict(zip(names, difference, strict=True)) | {"value_verdict": verdict}

    @api.model
    def _gained(self, values, meant):
        """Return the gain and the return, with where they come from."""
        compared = values["value_verdict"] not in ("no_group", "too_few")
        gain = values["value_difference"] * meant if compared else float(values["own_contribution"])
        return {
            "gain": gain,
            "gain_basis": "held_out" if compared else "own",
            "profit": gain - values["cost"],
            "return_rate": round(return_on(gain, values["cost"]), DIGITS),
        }

    @api.model
    def _write_differing(self, effect_ids, values):
        """Write the figures of effects where they differ; return how many rows that were."""
        if not effect_ids:
            return 0
        names = list(values[0])
        columns = SQL(", ").join(map(SQL.identifier, names))
        rows = SQL(", ").join(
            SQL(
                "(%s, %s)",
                effect_id,
                SQL(", ").join(
                    SQL("%s::%s", value, SQL(self._fields[name].column_type[1]))
                    for name, value in of_effect.items()
                ),
            )
            for effect_id, of_effect in zip(effect_ids, values, strict=True)
        )
        return len(
            self.env.execute_query(
                SQL(
                    """
                    UPDATE crm_effect effect
                       SET (%(columns)s, write_uid, write_date) = ROW(%(new)s, %(user)s, %(now)s)
                      FROM (VALUES %(rows)s) new (id, %(columns)s)
                     WHERE effect.id = new.id AND (%(old)s) IS DISTINCT FROM (%(new)s)
                    RETURNING effect.id
                    """,
                    columns=columns,
                    rows=rows,
                    new=SQL(", ").join(SQL.identifier("new", name) for name in names),
                    old=SQL(", ").join(SQL.identifier("effect", name) for name in names),
                    user=self.env.uid,
                    now=self.env.cr.now(),
                )
            )
        )


def _interval(name, interval):
    """Return an interval as the values of three columns."""
    names = (name, f"{name}_low", f"{name}_high")
    return {key: round(number, DIGITS) for key, number in zip(names, interval, strict=True)}
