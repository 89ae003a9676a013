from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL


class EffectSource(NamedTuple):
    """Who was contacted by the subjects of one kind, and who answered them.

    ``subjects`` selects ``id, company_id, name`` of each thing that works or not; the name is JSON
    by language, an empty company means every company.

    Each of ``contacts`` selects ``subject_id, company_id, partner_id, held_out, planned, reached,
    channel_id, minutes``: whom a subject was meant for, whether he was left alone to compare with,
    the moment at which that was decided, and the moment at which he was reached (NULL when he was
    not). What a contact costs follows from its channel and minutes by the rate card.

    Each of ``answers`` selects ``subject_id, company_id, partner_id, moment, order_id``: what a
    customer did because of it, with the order that says so. An order is named once for a subject.
    Moments are in UTC.
    """

    kind: str
    model: str
    subjects: SQL
    contacts: list[SQL]
    answers: list[SQL]


class CrmEffect(models.Model):
    """Where contacts and answers are found; what is not installed has none."""

    _inherit = "crm.effect"

    @api.model
    def _effect_sources(self) -> list[EffectSource]:
        """Hook: return a source for each kind of subject; each kind is one of the selection."""
        sources = [self._plan_source(), self._campaign_source()]
        if "crm.offer.presentation" in self.env:
            sources.append(self._offer_source())
        if "loyalty.program" in self.env:
            sources.append(self._program_source())
        return sources

    @api.model
    def _plan_source(self) -> EffectSource:
        return EffectSource(
            "plan",
            "crm.touch.plan",
            SQL(
                """
                SELECT id, company_id, JSONB_BUILD_OBJECT('en_US', name)
                  FROM crm_touch_plan WHERE state <> 'draft'
                """
            ),
            [self._touch_contacts(SQL("touch.plan_id"), SQL("touch.channel_id"))],
            self._touch_answers(SQL("touch.plan_id"), SQL("TRUE")),
        )

    @api.model
    def _campaign_source(self) -> EffectSource:
        """Return campaigns; contacts cost as the log has them, where each touch is, too."""
        campaign = SQL("COALESCE(plan.campaign_id, occasion.campaign_id)")
        return EffectSource(
            "campaign",
            "utm.campaign",
            SQL("SELECT id, company_id, title FROM utm_campaign"),
            [
                self._touch_contacts(campaign, SQL("NULL::integer")),
                self._logged_contacts(),
                *self._mailed_contacts(),
            ],
            [
                *self._touch_answers(
                    campaign, SQL("sale.campaign_id IS DISTINCT FROM %s", campaign)
                ),
                *self._campaign_answers(),
            ],
        )

    @api.model
    def _touches(self) -> SQL:
        return SQL(
            """
            crm_touch touch
              LEFT JOIN crm_touch_plan plan ON plan.id = touch.plan_id
              LEFT JOIN crm_occasion occasion ON occasion.id = touch.occasion_id
            """
        )

    @api.model
    def _touch_contacts(self, subject: SQL, channel: SQL) -> SQL:
        return SQL(
            """
            SELECT %(subject)s, touch.company_id, touch.partner_id, touch.state = 'held_out',
                   touch.date_planned,
                   CASE WHEN touch.state IN ('sent', 'answered')
                        THEN COALESCE(touch.date_done, touch.date_planned) END,
                   %(channel)s, 0
              FROM %(touches)s
             WHERE %(subject)s IS NOT NULL
            """,
            subject=subject,
            channel=channel,
            touches=self._touches(),
        )

    @api.model
    def _touch_answers(self, subject: SQL, counted: SQL) -> list[SQL]:
        """Return the answers to touches, and the orders among them that are counted."""
        return [
            SQL(
                """
                SELECT %(subject)s, touch.company_id, touch.partner_id, touch.date_answered,
                       NULL::integer
                  FROM %(touches)s
                 WHERE touch.state = 'answered' AND %(subject)s IS NOT NULL
                """,
                subject=subject,
                touches=self._touches(),
            ),
            SQL(
                """
                SELECT DISTINCT %(subject)s, touch.company_id, sale.partner_id, sale.date_order,
                       sale.id
                  FROM %(touches)s
                  JOIN res_partner person ON person.id = touch.partner_id
                  JOIN res_partner buyer
                    ON buyer.commercial_partner_id = person.commercial_partner_id
                  JOIN sale_order sale
                    ON sale.partner_id = buyer.id AND sale.date_order = touch.date_answered
                   AND sale.company_id = touch.company_id AND sale.state = 'sale'
                 WHERE touch.state = 'answered' AND touch.answer = 'order'
                   AND %(subject)s IS NOT NULL AND %(counted)s
                """,
                subject=subject,
                counted=counted,
                touches=self._touches(),
            ),
        ]

    @api.model
    def _logged_contacts(self) -> SQL:
        return SQL(
            """
            SELECT entry.campaign_id, entry.company_id, entry.partner_id, FALSE, entry.date,
                   entry.date, entry.channel_id, COALESCE(entry.duration, 0)
              FROM crm_interaction entry
             WHERE entry.campaign_id IS NOT NULL AND entry.partner_id IS NOT NULL
               AND entry.direction = 'out'
               AND NOT EXISTS (
                    SELECT FROM crm_interaction correction
                     WHERE correction.corrects_id = entry.id
                   )
            """
        )

    @api.model
    def _mailed_contacts(self) -> list[SQL]:
        """Return to whom mailings of a campaign were sent, by contact or else by e-mail address."""
        if "mailing.trace" not in self.env:
            return []
        return [
            SQL(
                """
                SELECT mailing.campaign_id, campaign.company_id, person.id, FALSE,
                       trace.sent_datetime, trace.sent_datetime, NULL::integer, 0
                  FROM mailing_trace trace
                  JOIN mailing_mailing mailing ON mailing.id = trace.mass_mailing_id
                  JOIN utm_campaign campaign ON campaign.id = mailing.campaign_id
                  JOIN res_partner person
                    ON person.id = CASE WHEN trace.model = 'res.partner' THEN trace.res_id
                       ELSE (SELECT MIN(known.id) FROM res_partner known
                              WHERE known.email_normalized = trace.email) END
                 WHERE trace.trace_status IN ('sent', 'open', 'reply')
                   AND trace.sent_datetime IS NOT NULL AND trace.is_test_trace IS NOT TRUE
                """
            )
        ]

    @api.model
    def _campaign_answers(self) -> list[SQL]:
        """Return who ordered, wrote or asked because of a campaign, as the documents say."""
        return [
            SQL(
                """
                SELECT sale.campaign_id, sale.company_id, sale.partner_id, sale.date_order, sale.id
                  FROM sale_order sale
                 WHERE sale.campaign_id IS NOT NULL AND sale.state = 'sale'
                """
            ),
            SQL(
                """
                SELECT entry.campaign_id, entry.company_id, entry.partner_id, entry.date,
                       NULL::integer
                  FROM crm_interaction entry
                 WHERE entry.campaign_id IS NOT NULL AND entry.partner_id IS NOT NULL
                   AND entry.direction = 'in'
                """
            ),
            SQL(
                """
                SELECT lead.campaign_id, lead.company_id, lead.partner_id, lead.create_date,
                       NULL::integer
                  FROM crm_lead lead
                 WHERE lead.campaign_id IS NOT NULL AND lead.partner_id IS NOT NULL
                """
            ),
        ]

    @api.model
    def _offer_source(self) -> EffectSource:
        return EffectSource(
            "offer",
            "crm.alliance.offer",
            SQL("SELECT id, company_id, name FROM crm_alliance_offer WHERE state <> 'draft'"),
            [
                SQL(
                    """
                    SELECT shown.offer_id, shown.company_id, shown.partner_id, FALSE, shown.date,
                           shown.date, shown.channel_id, 0
                      FROM crm_offer_presentation shown
                    """
                )
            ],
            [
                SQL(
                    """
                    SELECT shown.offer_id, shown.company_id, shown.partner_id, shown.answered_on,
                           CASE WHEN ROW_NUMBER() OVER (
                               PARTITION BY shown.offer_id, shown.order_id ORDER BY shown.id
                           ) = 1 THEN shown.order_id END
                      FROM crm_offer_presentation shown
                     WHERE shown.state = 'accepted'
                    """
                )
            ],
        )

    @api.model
    def _program_source(self) -> EffectSource:
        """Return programs: who has a card or coupon was contacted, who redeemed it answered.

        Gift cards and eWallets are means of payment. A card that came with an order counts from
        the next day on, as that order is not its effect.
        """
        source = EffectSource(
            "program",
            "loyalty.program",
            SQL(
                """
                SELECT id, company_id, name FROM loyalty_program
                 WHERE program_type NOT IN ('gift_card', 'ewallet')
                """
            ),
            [self._card_contacts()],
            [],
        )
        if "reward_id" not in self.env["sale.order.line"]._fields:
            return source
        redeemed = SQL(
            """
            SELECT DISTINCT reward.program_id, sale.company_id, sale.partner_id, sale.date_order,
                   sale.id
              FROM sale_order_line line
              JOIN loyalty_reward reward ON reward.id = line.reward_id
              JOIN sale_order sale ON sale.id = line.order_id
             WHERE sale.state = 'sale'
            """
        )
        return source._replace(answers=[redeemed])

    @api.model
    def _card_contacts(self) -> SQL:
        moment = SQL("card.create_date")
        if "order_id" in self.env["loyalty.card"]._fields:
            moment = SQL(
                "card.create_date + CASE WHEN card.order_id IS NULL THEN 0 ELSE 1 END"
                " * INTERVAL '1 day'"
            )
        return SQL(
            """
            SELECT card.program_id, program.company_id, card.partner_id, FALSE, %(moment)s,
                   %(moment)s, NULL::integer, 0
              FROM loyalty_card card
              JOIN loyalty_program program ON program.id = card.program_id
             WHERE card.partner_id IS NOT NULL
            """,
            moment=moment,
        )
