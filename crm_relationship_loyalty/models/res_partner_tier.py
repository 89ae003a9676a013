from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date

from odoo.addons.crm_relationship.models.crm_personal_data import PersonalData
from odoo.addons.crm_relationship.models.res_partner import CONTACT_POINT_GROUP

from ..logic.tier_window import last_day


class ResPartner(models.Model):
    """The tiers of a customer, on his form, at the desk, and among his personal data."""

    _inherit = "res.partner"

    loyalty_tiers = fields.Json(
        compute="_compute_relationship",
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
        return super()._relationship_columns() | {"loyalty_tiers": self._tiers_column()}

    def _tiers_column(self) -> SQL:
        lang = self.env.lang or "en_US"
        return SQL(
            """
            (SELECT JSON_AGG(JSON_BUILD_OBJECT(
                        'ladder', ladder.id,
                        'name', COALESCE(tier.name->>%(lang)s, tier.name->>'en_US'),
                        'color', tier.color,
                        'until', place.tier_until,
                        'next', COALESCE(following.name->>%(lang)s, following.name->>'en_US'),
                        'missing', place.value_to_next,
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
        # sudo: the rules of a ladder are no secret
        ladder = self.env["crm.loyalty.ladder"].sudo().browse(tier["ladder"])
        if not tier["next"] or not (self._sees_amounts() or ladder.metric == "points"):
            return text
        more = self.env._(
            "%(tier)s: %(amount)s more", tier=tier["next"], amount=self._missing(tier)
        )
        end = ladder.window in ("year", "fiscal_year") and last_day(
            ladder._window(), ladder.company_id._business_today()
        )
        if end:
            more = self.env._("%(more)s by %(day)s", more=more, day=format_date(self.env, end))
        return f"{text} ({more})"

    def _missing(self, tier):
        ladder = self.env["crm.loyalty.ladder"].sudo().browse(tier["ladder"])  # sudo: as above
        if ladder.metric == "points":
            return self.env._("%s points", f"{tier['missing']:g}")
        return format_amount(self.env, tier["missing"], ladder.currency_id)

    def _prepare_customer_card(self):
        """Add the tiers; the amount that is missing is for those who see amounts."""
        hidden = set() if self._sees_amounts() else {"missing"}
        tiers = [
            {key: value for key, value in tier.items() if key not in hidden}
            for tier in self.loyalty_tiers or ()
        ]
        return super()._prepare_customer_card() | {
            "loyalty_tiers": tiers,
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
                replaced={
                    "reason": SQL("CASE method WHEN 'manual' THEN %s ELSE reason END", removed)
                },
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
