from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date

from odoo.addons.crm_relationship.models.crm_personal_data import PersonalData
from odoo.addons.crm_relationship.models.res_partner import (
    CONTACT_POINT_GROUP,
    RELATIONSHIP_GROUP,
)

from ..logic.tier_progress import percent_reached
from ..logic.tier_window import Window, last_day


class ResPartner(models.Model):
    """The tiers of a customer, on his form, at the desk, and among his personal data."""

    _inherit = "res.partner"

    loyalty_places = fields.Json(
        string="Stored Places on Ladders",
        compute="_compute_relationship",
        groups=fields.NO_ACCESS,
        help="The customer's places on the ladders of the current company, as they are stored.",
    )
    loyalty_tiers = fields.Json(
        string="Places on Ladders",
        compute="_compute_loyalty_tiers",
        groups=CONTACT_POINT_GROUP,
        help="What the customer holds on each ladder of the current company.",
    )
    loyalty_tier_summary = fields.Char(
        string="Tier",
        compute="_compute_loyalty_tier_summary",
        groups=CONTACT_POINT_GROUP,
        help="His tier, and how much more he needs for the next one.",
    )

    def _relationship_columns(self):
        return super()._relationship_columns() | {"loyalty_places": self._places_column()}

    def _places_column(self) -> SQL:
        lang = self.env.lang or "en_US"
        # a tier that ends with its ladder goes on as one of the new version
        return SQL(
            """
            (SELECT JSON_AGG(JSON_BUILD_OBJECT(
                        'membership', place.id,
                        'ladder', ladder.id,
                        'ladder_name', COALESCE(ladder.name->>%(lang)s, ladder.name->>'en_US'),
                        'metric', ladder.metric,
                        'window', ladder.window,
                        'year_end', ARRAY[ladder.year_end_month, ladder.year_end_day],
                        'warning_days', ladder.warning_days,
                        'tier', tier.id,
                        'name', COALESCE(tier.name->>%(lang)s, tier.name->>'en_US'),
                        'color', tier.color,
                        'until', NULLIF(place.tier_until, ladder.ends_on),
                        'next', COALESCE(following.name->>%(lang)s, following.name->>'en_US'),
                        'value', place.qualifying_value,
                        'missing', place.value_to_next,
                        'keep', place.value_to_keep,
                        'promise', COALESCE(
                            tier.service_promise->>%(lang)s, tier.service_promise->>'en_US'
                        ),
                        'note', COALESCE(tier.desk_text->>%(lang)s, tier.desk_text->>'en_US')
                    ) ORDER BY ladder.sequence, ladder.id)
               FROM crm_loyalty_membership place
               JOIN crm_loyalty_ladder ladder ON ladder.id = place.ladder_id
               LEFT JOIN crm_loyalty_tier tier ON tier.id = place.tier_id
               LEFT JOIN crm_loyalty_tier following ON following.id = place.next_tier_id
              WHERE place.partner_id = CASE ladder.scope
                        WHEN 'company' THEN partner.commercial_partner_id ELSE partner.id END
                AND place.company_id = %(company)s
                AND ladder.active AND ladder.state = 'published'
                AND ladder.is_over IS NOT TRUE)
            """,
            lang=lang,
            company=self.env.company.id,
        )

    @api.depends("loyalty_places")
    @api.depends_context("uid", "company", "lang")
    def _compute_loyalty_tiers(self):
        """Leave out the amounts that the reader may not see."""
        company, today = self.env.company, self.env.company._business_today()
        # sudo: what is stored holds amounts, which are taken out here
        for partner, system in zip(self, self.sudo(), strict=True):
            partner.loyalty_tiers = [
                self._tier_shown(place, company, today) for place in system.loyalty_places or ()
            ]

    def _tier_shown(self, place, company, today):
        """Return a place as a reader sees it.

        Amounts are there for those who see amounts, and of ladders of points for everybody:
        ``missing`` (for the next tier), ``keep`` (what keeps this one), ``progress`` (percent).
        They are in the currency ``currency_id``, points where that is False.
        """
        of_points = place["metric"] == "points"
        hidden = {"value", "metric", "window", "year_end", "warning_days"}
        if not of_points and not self._sees_amounts():
            hidden |= {"missing", "keep"}
        shown = {
            name: False if value is None else value
            for name, value in place.items()
            if name not in hidden
        }
        if "missing" in shown:
            shown["progress"] = percent_reached(place["value"], place["missing"])
        until = fields.Date.to_date(place["until"])
        end = self._last_day_to_buy(place, today)
        return shown | {
            "membership": self.env.user.has_group(RELATIONSHIP_GROUP) and place["membership"],
            "currency_id": not of_points and company.currency_id.id,
            "is_ending": bool(until) and (until - today).days <= place["warning_days"],
            "by": bool(end) and fields.Date.to_string(end),
        }

    @api.model
    def _last_day_to_buy(self, place, today):
        """Return the end of the year that counts, None where no year is counted for all alike."""
        if place["window"] not in ("year", "fiscal_year"):
            return None
        year_end = tuple(place["year_end"]) if place["window"] == "fiscal_year" else (12, 31)
        return last_day(Window("year", year_end=year_end), today)

    @api.depends("loyalty_tiers")
    @api.depends_context("uid", "company", "lang")
    def _compute_loyalty_tier_summary(self):
        for partner in self:
            partner.loyalty_tier_summary = (
                ", ".join(map(self._tier_sentence, partner.loyalty_tiers or ())) or False
            )

    def _tier_sentence(self, tier):
        """Return such as ``Silver until 12/31/2026 (Gold: $ 120.00 more by 12/31/2026)``."""
        text = tier["name"] or self.env._("No tier yet")
        if tier["until"]:
            text = self.env._(
                "%(tier)s until %(day)s", tier=text, day=format_date(self.env, tier["until"])
            )
        if not tier["next"] or "missing" not in tier:
            return text
        more = self.env._(
            "%(tier)s: %(amount)s more",
            tier=tier["next"],
            amount=self._tier_amount(tier["missing"], tier["currency_id"]),
        )
        if tier["by"]:
            more = self.env._(
                "%(more)s by %(day)s", more=more, day=format_date(self.env, tier["by"])
            )
        return f"{text} ({more})"

    @api.model
    def _tier_amount(self, amount, currency_id):
        """Return an amount in words; points where there is no currency."""
        if not currency_id:
            return self.env._("%s points", f"{amount:,.2f}".rstrip("0").rstrip("."))
        return format_amount(self.env, amount, self.env["res.currency"].browse(currency_id))

    def _prepare_customer_card(self):
        return super()._prepare_customer_card() | {
            "loyalty_tiers": self.loyalty_tiers or [],
            "loyalty_tier_summary": self.loyalty_tier_summary,
        }

    def _compute_application_statistics_hook(self):
        data_list = super()._compute_application_statistics_hook()
        if not self.env.user.has_group(CONTACT_POINT_GROUP):
            return data_list
        for partner in self:
            data_list[partner.id] += [
                {
                    "iconClass": "fa-trophy",
                    "value": tier["name"],
                    "label": self.env._("Loyalty tier"),
                    "tagClass": f"o_tag_color_{tier['color'] or 0}",
                }
                for tier in partner.loyalty_tiers or ()
                if tier["name"]
            ]
        return data_list

    @api.ondelete(at_uninstall=False)
    def _unlink_except_tiers(self):
        # sudo: a tier counts also where the user may not see it
        changes = self.env["crm.loyalty.tier.change"].sudo()
        kept = changes.search([("partner_id", "in", self.ids)], limit=1).partner_id
        if kept:
            raise UserError(
                self.env._(
                    "%(customer)s has a history of tiers: archive the contact instead of deleting"
                    " it.",
                    customer=kept.display_name,
                )
            )

    def _personal_data_models(self):
        removed = self.env._("Removed")
        return [
            *super()._personal_data_models(),
            PersonalData(
                "crm.loyalty.membership",
                exported=("ladder_id", "tier_id", "tier_since", "tier_until", "qualifying_value"),
            ),
            PersonalData(
                "crm.loyalty.tier.change",
                exported=("ladder_id", "date", "from_tier_id", "to_tier_id", "method", "reason"),
                removal="replace",
                replaced={"note": SQL("CASE WHEN note IS NOT NULL THEN %s END", removed)},
            ),
            PersonalData(
                "crm.loyalty.tier.warning",
                exported=("ladder_id", "tier_id", "last_day", "state", "date_done"),
            ),
            PersonalData(
                "crm.loyalty.floor",
                exported=("ladder_id", "tier_id", "date_from", "date_until", "reason"),
                removal="replace",
                replaced={"reason": SQL("%s", removed)},
            ),
            PersonalData("crm.loyalty.simulation.customer", removal="delete"),
            PersonalData(
                "crm.loyalty.level",
                exported=("company_id", "given_grade_id", "given_pricelist_id"),
            ),
            PersonalData(
                "crm.loyalty.gift",
                exported=("tier_id", "kind", "date", "coupon_code", "state"),
            ),
        ]
