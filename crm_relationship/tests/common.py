"""Customers, orders and posted invoices for the tests of this addon and of those built on it."""

from datetime import datetime

from odoo import fields
from odoo.fields import Command

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


class RelationshipCommon(AccountTestInvoicingCommon):
    """One company in Bangkok with grades A, B, C; its customers are graded by what they ordered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("crm_relationship.group_relationship_manager")
        cls.env.user.group_ids += cls.env.ref("sales_team.group_sale_manager")
        cls.company = cls.env.company
        cls.company.business_timezone = "Asia/Bangkok"
        cls.env.user.lang = cls.company.partner_id.lang = "en_US"
        cls.grade_a = cls.env.ref("crm_relationship.crm_value_grade_a")
        cls.grade_b = cls.env.ref("crm_relationship.crm_value_grade_b")
        cls.grade_c = cls.env.ref("crm_relationship.crm_value_grade_c")
        cls.scheme = cls.env.ref("crm_relationship.crm_member_scheme_card")
        cls.policy = cls.env["crm.value.policy"]._of_company(cls.company)
        cls.policy.write({"basis": "ordered", "reference_date": "2025-12-31"})
        cls.Standing = cls.env["crm.customer.standing"]
        cls.service = cls.env["product.product"].create(
            {"name": "Advice", "type": "service", "taxes_id": False, "invoice_policy": "order"}
        )

    @classmethod
    def _archive_foreign_purposes(cls):
        """Leave the purposes that this addon ships; others that are installed have their own."""
        shipped = cls.env["crm.contact.purpose"]
        for code in ("marketing", "service", "survey"):
            shipped |= cls.env.ref(f"crm_relationship.crm_contact_purpose_{code}")
        (shipped.search([]) - shipped).active = False

    @classmethod
    def _customer(cls, name, **values):
        return cls.env["res.partner"].create({"name": name, **values})

    @classmethod
    def _order(cls, partner, amount, date="2025-12-01 05:00:00", **values):
        """Confirm an order of an amount without taxes; its date is UTC."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [
                    Command.create(
                        {"product_id": cls.service.id, "price_unit": amount, "tax_ids": False}
                    )
                ],
                **values,
            }
        )
        order.action_confirm()
        order.date_order = fields.Datetime.to_datetime(date)
        return order

    @classmethod
    def _invoice(cls, partner, amount, date="2025-12-01", move_type="out_invoice", **values):
        """Post an invoice or credit note of an amount without taxes."""
        move = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": partner.id,
                "invoice_date": date,
                "date": date,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": cls.service.id,
                            "price_unit": amount,
                            "tax_ids": False,
                        }
                    )
                ],
                **values,
            }
        )
        move.action_post()
        return move

    @classmethod
    def _pay(cls, invoice, date=None):
        wizard = cls.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({"payment_date": date or invoice.invoice_date}).action_create_payments()

    @classmethod
    def _standing_of(cls, partner, company=None):
        return cls.Standing.search(
            [("partner_id", "=", partner.id), ("company_id", "=", (company or cls.company).id)]
        )

    @classmethod
    def _refresh(cls):
        result = cls.Standing.refresh()
        cls.env.invalidate_all()
        return result

    @staticmethod
    def _moment(text):
        return datetime.fromisoformat(text)
