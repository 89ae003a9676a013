from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from .crm_personal_data import Obstacle

NAMES_SHOWN = 5
INVOICES = ("out_invoice", "out_receipt", "out_refund", "in_invoice", "in_receipt", "in_refund")


class ResPartner(models.Model):
    """What stands in the way of anonymising a customer."""

    _inherit = "res.partner"

    def _anonymisation_obstacles(self) -> list[Obstacle]:
        """Hook: return what prevents anonymising this customer, the worst first."""
        self.ensure_one()
        contacts = self._privacy_contacts()
        return [
            *contacts._obstacles_for_ever(),
            *contacts._obstacles_of_users(),
            *contacts._obstacles_of_orders(),
            *contacts._obstacles_of_invoices(),
            *contacts._obstacles_of_cases(),
            *contacts._obstacles_of_activities(),
            *contacts._obstacles_of_law(),
        ]

    def _obstacles_for_ever(self):
        # sudo: a company or a colleague keeps his name, whoever may see him
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        for company in companies.search([("partner_id", "in", self.ids)]):
            yield Obstacle(
                "never",
                self.env._(
                    "This is the contact of the company %(company)s: change the company instead.",
                    company=company.name,
                ),
            )
        for user in self._users_of().filtered(lambda user: not user.share):
            yield Obstacle(
                "never",
                self.env._(
                    "%(user)s is or was a user of this system: archive the user instead.",
                    user=user.name,
                ),
            )
        if self._is_known_elsewhere():
            yield Obstacle(
                "never",
                self.env._(
                    "He is a customer of another company too: ask a manager who may work for all"
                    " of his companies."
                ),
            )

    def _is_known_elsewhere(self):
        """Tell whether a company that the user may not work for has documents of the customer."""
        self.env["sale.order"].flush_model(["partner_id", "company_id"])
        self.env["account.move"].flush_model(["partner_id", "company_id"])
        self.env["crm.lead"].flush_model(["partner_id", "company_id"])
        self.env["crm.case"].flush_model(["partner_id", "company_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT 1
                  FROM (
                        SELECT partner_id, company_id FROM sale_order
                         UNION ALL
                        SELECT partner_id, company_id FROM account_move
                         UNION ALL
                        SELECT partner_id, company_id FROM crm_lead
                         UNION ALL
                        SELECT partner_id, company_id FROM crm_case
                       ) document
                 WHERE partner_id = ANY(%s) AND company_id <> ALL(%s)
                 LIMIT 1
                """,
                self.ids,
                self.env.user.company_ids.ids,
            )
        )
        return bool(rows)

    def _obstacles_of_users(self):
        for user in self._users_of().filtered(lambda user: user.share and user.active):
            yield Obstacle(
                "open",
                self.env._(
                    "%(login)s can still log in: archive this user first.", login=user.login
                ),
            )

    def _users_of(self):
        # sudo: an account that logs in counts, whoever may see users
        users = self.env["res.users"].sudo().with_context(active_test=False)
        return users.search([("partner_id", "in", self.ids)])

    def _obstacles_of_orders(self):
        # sudo: an open order counts, whether or not the manager may open it
        orders = self.env["sale.order"].sudo().search(self._as_any_contact_of_order())
        quotations = orders.filtered(lambda order: order.state in ("draft", "sent"))
        if quotations:
            yield Obstacle(
                "open",
                self.env._(
                    "Quotations are open: %(orders)s. Confirm or cancel them.",
                    orders=_listed(quotations),
                ),
            )
        unfinished = (orders - quotations).filtered(
            lambda order: order.invoice_status in ("to invoice", "no")
        )
        if unfinished:
            yield Obstacle(
                "open",
                self.env._(
                    "Orders are not invoiced yet: %(orders)s. Invoice or cancel them.",
                    orders=_listed(unfinished),
                ),
            )

    def _as_any_contact_of_order(self):
        contact = Domain.OR(
            Domain(name, "in", self.ids)
            for name in ("partner_id", "partner_invoice_id", "partner_shipping_id")
        )
        confirmed = Domain("state", "=", "sale") & Domain(
            "invoice_status", "in", ("to invoice", "no")
        )
        return contact & (Domain("state", "in", ("draft", "sent")) | confirmed)

    def _obstacles_of_invoices(self):
        drafts = self._moves(Domain("state", "=", "draft"))
        if drafts:
            yield Obstacle(
                "open",
                self.env._(
                    "Invoices or entries are drafts: %(invoices)s. Post or delete them.",
                    invoices=_listed(drafts),
                ),
            )
        unpaid = self._moves(
            Domain("state", "=", "posted")
            & Domain("move_type", "in", INVOICES)
            & Domain("payment_state", "in", ("not_paid", "partial"))
        )
        if unpaid:
            yield Obstacle(
                "open",
                self.env._(
                    "Invoices are not paid: %(invoices)s. Register their payments first.",
                    invoices=_listed(unpaid),
                ),
            )

    def _moves(self, domain, **options):
        named = Domain.OR(
            Domain(name, "in", self.ids)
            for name in ("partner_id", "partner_shipping_id", "line_ids.partner_id")
        )
        # sudo: an accounting document counts, whether or not the manager may open it
        return self.env["account.move"].sudo().search(named & domain, **options)

    def _obstacles_of_cases(self):
        # sudo: an open case counts, whether or not the manager may open it
        cases = self.env["crm.case"].sudo()
        is_open = Domain("partner_id", "in", self.ids) & Domain("is_closed", "=", False)
        open_cases = cases.search(is_open)
        if open_cases:
            yield Obstacle(
                "open",
                self.env._("Cases are open: %(cases)s. Close them.", cases=_listed(open_cases)),
            )

    def _obstacles_of_activities(self):
        # sudo: what a colleague still has to do counts too
        activities = self.env["mail.activity"].sudo()
        leads = self.env["crm.lead"].sudo().search([("partner_id", "in", self.ids)])
        on_contact = Domain("res_model", "=", "res.partner") & Domain("res_id", "in", self.ids)
        on_lead = Domain("res_model", "=", "crm.lead") & Domain("res_id", "in", leads.ids)
        count = activities.search_count(on_contact | on_lead)
        if count:
            yield Obstacle(
                "open",
                self.env._(
                    "Activities are planned for this customer (%(count)s): finish or cancel them.",
                    count=count,
                ),
            )

    def _obstacles_of_law(self):
        """Tell from which day on no accounting document of the customer has to be kept."""
        obliging = [
            (free, move)
            for move in self._newest_postings()
            if (free := move.company_id._documents_free_from(move.date))
            > move.company_id._business_today()
        ]
        if not obliging:
            return
        free, move = max(obliging, key=lambda pair: (pair[0], pair[1].id))
        yield Obstacle(
            "law",
            self.env._(
                "%(document)s of %(date)s must be kept until %(years)s years after the accounts of"
                " its year are closed (%(law)s). The customer can be anonymised from %(free)s.",
                document=move.display_name,
                date=format_date(self.env, move.date),
                years=move.company_id.accounting_retention_years,
                law=move.company_id._accounting_law(),
                free=format_date(self.env, free),
            ),
        )

    def _newest_postings(self):
        # sudo: the law of each company counts
        companies = self.env["res.company"].sudo().with_context(active_test=False).search([])
        for company in companies:
            posted = Domain("state", "=", "posted") & Domain("company_id", "=", company.id)
            yield from self._moves(posted, order="date desc, id desc", limit=1)


def _listed(records) -> str:
    """Return the names of the first records, and how many more there are."""
    names = records[:NAMES_SHOWN].mapped("display_name")
    left = len(records) - len(names)
    return ", ".join(names) + (f" (+{left})" if left > 0 else "")
