"""The SQL that brings contacts and answers of all kinds of subjects into one shape."""

from odoo.tools import SQL


class EffectEvents:
    """Builds the events of subjects for the policies of some companies.

    Each is a contact (with ``planned_day``) or an answer (with ``answer_day``) of a customer, up to
    the last day that counts for the company.
    """

    def __init__(self, effects, policies):
        """Take the model, and the policies of the companies."""
        self.effects = effects
        self.facts = effects.env["crm.customer.fact"]
        self.policies = policies
        self.sources = effects._effect_sources()
        self.kinds = [source.kind for source in self.sources]

    def _events(self) -> list[SQL]:
        return [
            *(
                self._contact_events(source.kind, contacts)
                for source in self.sources
                for contacts in source.contacts
            ),
            *(
                self._answer_events(source.kind, answers)
                for source in self.sources
                for answers in source.answers
            ),
            *self._audience_events(),
        ]

    def _contact_events(self, kind, contacts) -> SQL:
        planned = self._day("contact.planned")
        reached = self._day("contact.reached")
        return SQL(
            """
            SELECT effect.id AS effect_id, effect.company_id,
                   person.commercial_partner_id AS partner_id, contact.partner_id AS contact_id,
                   contact.held_out, %(planned)s AS planned_day,
                   CASE WHEN %(reached)s <= %(as_of)s THEN %(reached)s END AS reached_day,
                   %(cost)s AS cost, NULL::date AS answer_day, NULL::integer AS order_id,
                   0 AS revenue, 0 AS contribution
              FROM (%(contacts)s) contact (
                   subject_id, company_id, partner_id, held_out, planned, reached, channel_id,
                   minutes)
              JOIN crm_effect effect
                ON %(of_subject)s
              JOIN res_partner person ON person.id = contact.partner_id
              %(rates)s
             WHERE %(planned)s <= %(as_of)s
            """,
            planned=planned,
            reached=reached,
            as_of=self._as_of(),
            contacts=contacts,
            of_subject=self._of_subject("contact", kind),
            cost=self._contact_cost(),
            rates=self._rates(reached),
        )

    def _answer_events(self, kind, answers) -> SQL:
        """Return answers, with what the orders among them brought; an order that is off none."""
        day = self._day("answer.moment")
        return SQL(
            """
            SELECT effect.id, effect.company_id, person.commercial_partner_id, answer.partner_id,
                   NULL::boolean, NULL::date, NULL::date, 0, %(day)s, sale.id, %(revenue)s,
                   %(margin)s
              FROM (%(answers)s) answer (subject_id, company_id, partner_id, moment, order_id)
              JOIN crm_effect effect ON %(of_subject)s
              JOIN res_partner person ON person.id = answer.partner_id
              LEFT JOIN sale_order sale ON sale.id = answer.order_id AND sale.state = 'sale'
             WHERE %(day)s <= %(as_of)s
            """,
            day=day,
            revenue=self._in_company_currency("amount_untaxed"),
            margin=self._in_company_currency("margin"),
            answers=answers,
            of_subject=self._of_subject("answer", kind),
            as_of=self._as_of(),
        )

    def _audience_events(self) -> list[SQL]:
        """Return whom managers named as contacted by what was run elsewhere."""
        return [
            SQL(
                """
                SELECT effect.id, effect.company_id, person.commercial_partner_id, person.id, FALSE,
                       effect.contacted_on, effect.contacted_on, 0, NULL::date, NULL::integer, 0, 0
                  FROM crm_effect effect
                  JOIN res_partner person ON person.id IN %(audience)s
                 WHERE effect.id = %(effect)s AND effect.contacted_on <= %(as_of)s
                """,
                audience=audience,
                effect=effect_id,
                as_of=self._as_of(),
            )
            for effect_id, audience in self.effects._audiences(
                self.policies.company_id, self.kinds
            ).items()
        ]

    def _of_subject(self, alias, kind) -> SQL:
        return SQL(
            """
            effect.kind = %(kind)s AND effect.res_id = %(subject)s
               AND effect.company_id = COALESCE(%(company)s, effect.company_id)
               AND effect.company_id = ANY(%(companies)s)
            """,
            kind=kind,
            subject=SQL.identifier(alias, "subject_id"),
            company=SQL.identifier(alias, "company_id"),
            companies=self.policies.company_id.ids,
        )

    def _in_company_currency(self, column) -> SQL:
        """Return an amount of the order ``sale`` in its company's currency, 0 where it is none."""
        amount = SQL.identifier("sale", column)
        return SQL(
            """
            CASE WHEN COALESCE(sale.currency_rate, 0) IN (0, 1) THEN COALESCE(%(amount)s, 0)
                 ELSE ROUND(%(amount)s / sale.currency_rate, %(digits)s) END
            """,
            amount=amount,
            digits=self.facts._digits_of(SQL("sale.company_id")),
        )

    def _contact_cost(self) -> SQL:
        """Return what it cost to reach a customer, by the rates ``own`` and ``other``."""
        return SQL(
            """
            CASE WHEN own.amount IS NULL AND other.amount IS NULL THEN 0
                 ELSE ROUND(
                      COALESCE(own.amount, other.amount)
                      + contact.minutes * COALESCE(own.minute_amount, other.minute_amount),
                      %(digits)s
                 ) END
            """,
            digits=self.facts._digits_of(SQL("effect.company_id")),
        )

    def _rates(self, day) -> SQL:
        company = SQL("effect.company_id")
        return SQL(
            """
            LEFT JOIN %(rates)s own ON own.channel_id = contact.channel_id AND %(own_in_force)s
            LEFT JOIN %(rates)s other
              ON other.channel_id IS NULL AND own.company_id IS NULL
             AND contact.channel_id IS NOT NULL AND %(other_in_force)s
            """,
            rates=self.facts._rates("interaction"),
            own_in_force=self.facts._in_force(SQL("own"), company, day),
            other_in_force=self.facts._in_force(SQL("other"), company, day),
        )

    def _day(self, column) -> SQL:
        return self.facts._day(SQL(column), SQL("effect.company_id"))

    def _as_of(self) -> SQL:
        """Return the last day that counts for the company of ``effect``."""
        policies_by_day = self.policies.grouped(lambda policy: policy._as_of())
        if len(policies_by_day) == 1:
            return SQL("%s::date", next(iter(policies_by_day)))
        cases = (
            SQL("WHEN effect.company_id = ANY(%s) THEN %s::date", policies.company_id.ids, day)
            for day, policies in policies_by_day.items()
        )
        return SQL("CASE %s END", SQL(" ").join(cases))
