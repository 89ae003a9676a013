from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

BATCH = 1000


class CrmMemberScheme(models.Model):
    """Numbers for the customers a company has already."""

    _inherit = "crm.member.scheme"

    is_issuing = fields.Boolean(
        string="Being Issued to Existing Customers", readonly=True, copy=False
    )
    lacking_count = fields.Integer(string="Customers Without", compute="_compute_lacking_count")

    def _compute_lacking_count(self):
        for scheme in self:
            [(count,)] = self.env.execute_query(
                SQL("SELECT COUNT(*) FROM (%s) lacking", scheme._lacking_customers())
            )
            scheme.lacking_count = count

    def action_issue_to_customers(self):
        """Give every customer who lacks one a number of this scheme; a job does it at once."""
        self.check_access("write")
        for scheme in self:
            if not scheme.active:
                raise UserError(
                    self.env._(
                        "%(scheme)s is archived: take it out of the archive first.",
                        scheme=scheme.display_name,
                    )
                )
        self.is_issuing = True
        # sudo: whoever manages schemes may start the job that issues
        self.env.ref("crm_relationship.ir_cron_issue_member_numbers").sudo()._trigger()
        return True

    def action_stop_issuing(self):
        """Have the job stop; numbers that are out stay."""
        self.check_access("write")
        self.is_issuing = False
        return True

    @api.model
    def _cron_issue(self):
        """Issue the numbers that were asked for, scheme by scheme."""
        for scheme in self.search([("is_issuing", "=", True)]):
            if not scheme._issue_or_report():
                return

    def _issue_or_report(self):
        """Issue to all who lack a number; a scheme that cannot goes on saying so in its log."""
        try:
            return self._issue_to_lacking()
        except UserError as error:
            self.is_issuing = False
            self.message_post(body=str(error))
            return True

    def _issue_to_lacking(self):
        """Issue to all customers who lack a number; return False when the time is up.

        Committed every thousand; who gets one follows from the data, so that a run that was killed
        is taken up by the next. Contacts that somebody is just saving get theirs next time.
        """
        self.ensure_one()
        job, last, skipped = self.env["ir.cron"], 0, 0
        job._commit_progress(remaining=self.lacking_count)
        while lacking := self._lacking_after(last):
            free = lacking.try_lock_for_update(allow_referencing=True)
            self._issue_to(free.filtered(self._is_for))
            skipped += len(lacking) - len(free)
            last = lacking.ids[-1]
            if not job._commit_progress(len(lacking)):
                return False
        if skipped:
            self.env.ref("crm_relationship.ir_cron_issue_member_numbers")._trigger()
        self.is_issuing = bool(skipped)
        return True

    def _lacking_after(self, partner_id):
        rows = self.env.execute_query(
            SQL(
                "SELECT lacking.id FROM (%s) lacking WHERE lacking.id > %s ORDER BY 1 LIMIT %s",
                self._lacking_customers(),
                partner_id,
                BATCH,
            )
        )
        return self.env["res.partner"].browse(lacking_id for (lacking_id,) in rows)

    def _lacking_customers(self) -> SQL:
        """Hook: return the SELECT of the ids of existing customers who should have a number."""
        self.ensure_one()
        self.env["res.partner"].flush_model()
        self.env["crm.member.number"].flush_model()
        kinds = {"all": SQL("TRUE"), "company": SQL("partner.is_company")}
        return SQL(
            """
            SELECT partner.id
              FROM res_partner partner
             WHERE partner.active
               AND partner.commercial_partner_id = partner.id
               AND %(kind)s
               AND (partner.company_id IS NULL OR partner.company_id = ANY(%(companies)s))
               AND (
                   partner.customer_rank > 0
                   OR EXISTS (
                      SELECT FROM crm_customer_standing standing
                       WHERE standing.partner_id = partner.id
                   )
               )
               AND NOT EXISTS (
                   SELECT FROM crm_member_number number
                    WHERE number.partner_id = partner.id
                      AND number.scheme_id = %(scheme)s
                      AND number.state = 'active'
               )
            """,
            kind=kinds.get(self.audience, SQL("partner.is_company IS NOT TRUE")),
            companies=self._companies().ids,
            scheme=self.id,
        )
