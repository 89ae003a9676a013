from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_relationship.models.crm_personal_data import PersonalData
from odoo.addons.crm_relationship.models.res_partner import RELATIONSHIP_GROUP

JOINED = ("open", "waiting", "rewarded")


class ResPartner(models.Model):
    """Whom a customer has brought, and who has brought him."""

    _inherit = "res.partner"

    referral_count = fields.Integer(
        string="Referrals",
        compute="_compute_relationship",
        groups=RELATIONSHIP_GROUP,
        help="Whom the customer has brought, and who has brought him, in the current companies.",
    )

    def _relationship_columns(self):
        self.env["crm.referral"].flush_model()
        return super()._relationship_columns() | {
            "referral_count": SQL(
                """
                (SELECT COUNT(*) FROM crm_referral referral
                  WHERE (referral.referrer_id = partner.id OR referral.partner_id = partner.id)
                    AND referral.company_id = ANY(%s))
                """,
                self.env.companies.ids,
            )
        }

    def action_view_referrals(self):
        """Open the referrals that this customer has a part in."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_loyalty.crm_referral_action"
        )
        his = Domain("referrer_id", "in", self.ids) | Domain("partner_id", "in", self.ids)
        return action | {"domain": list(his), "context": {}}

    def _referral_card(self, company):
        """Return what a customer reads of his referrals in the portal, or None without a program.

        ``{"number", "joined", "rewarded"}``: his number, and how many friends; no names.
        """
        self.ensure_one()
        if not self.env["crm.referral.program"]._running(company):
            return None
        number = self.env["crm.member.number"]._active_of(self)[:1]
        if not number:
            return None
        # sudo: the customer sees how many there are, not who
        groups = (
            self.env["crm.referral"]
            .sudo()
            ._read_group(
                [
                    ("referrer_id", "=", self.id),
                    ("company_id", "=", company.id),
                    ("state", "in", JOINED),
                ],
                ["state", "is_capped"],
                ["__count"],
            )
        )
        return {
            "number": number.number,
            "joined": sum(count for _state, _is_capped, count in groups),
            "rewarded": sum(
                count for state, is_capped, count in groups if state == "rewarded" and not is_capped
            ),
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_referrals(self):
        # sudo: a referral counts also where the user may not see it
        referral = (
            self.env["crm.referral"]
            .sudo()
            .search(
                Domain("referrer_id", "in", self.ids)
                | Domain("partner_id", "in", self.ids)
                | Domain("commercial_partner_id", "in", self.ids),
                limit=1,
            )
        )
        if referral:
            concerned = (
                referral.referrer_id | referral.partner_id | referral.commercial_partner_id
            ) & self
            raise UserError(
                self.env._(
                    "%(customer)s has a part in a referral: archive the contact instead of"
                    " deleting it.",
                    customer=concerned[:1].display_name,
                )
            )

    @api.model
    def _personal_data_models(self):
        removed = self.env._("Removed")
        referrals = PersonalData(
            "crm.referral",
            customer=("partner_id", "commercial_partner_id", "referrer_id"),
            exported=("company_id", "entered_on", "state", "reason", "rewarded_on"),
            removal="replace",
            replaced={"note": SQL("CASE WHEN note IS NOT NULL THEN %s END", removed)},
        )
        return [*super()._personal_data_models(), referrals]
