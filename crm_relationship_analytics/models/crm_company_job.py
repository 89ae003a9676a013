import logging

from psycopg2 import DatabaseError

from odoo import api, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


class CrmCompanyJob(models.AbstractModel):
    """What is worked out each night for one company after the other."""

    _name = "crm.company.job"
    _description = "Job by Company"

    @api.model
    def _run_by_company(self, work):
        """Call ``work`` with each company, and keep what each has done.

        What goes wrong with one company is undone and logged, and stops no other.
        """
        companies = self.env["res.company"].search([])
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(companies))
        for company in companies:
            try:
                with self.env.cr.savepoint():
                    work(company)
                problem = False
            except (UserError, DatabaseError) as error:
                _logger.warning("%s of company %s: %s", self._description, company.id, error)
                problem = str(error)
            self._company_done(company, problem)
            if not commit_progress(1):
                break

    @api.model
    def _company_done(self, company, problem):
        """Hook: called after each company, with what went wrong or False."""
