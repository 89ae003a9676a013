from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .crm_installed_reference import InstalledReference

CREDIT_NOTES = "out_refund"
DOCUMENTS = ("order_id", "invoice_id", "credit_note_id", "delivery_ref", "coupon_ref")
REFERENCES = {
    "delivery_ref": "stock.picking",
    "lot_ref": "stock.lot",
    "coupon_ref": "loyalty.card",
}


class CrmCase(models.Model):
    """What a case is about, and what the customer got for it.

    Who may not open orders or invoices sees their numbers here, and no amounts.
    """

    _inherit = "crm.case"

    order_id = fields.Many2one(
        comodel_name="sale.order",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        domain="[('partner_id.commercial_partner_id', '=', commercial_partner_id)]",
    )
    invoice_id = fields.Many2one(
        comodel_name="account.move",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        domain="[('move_type', 'in', ('out_invoice', 'out_receipt')),"
        " ('commercial_partner_id', '=', commercial_partner_id)]",
    )
    product_id = fields.Many2one(
        comodel_name="product.product",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )
    delivery_ref = InstalledReference(
        selection=lambda self: self._selection_installed("stock.picking"), string="Delivery"
    )
    lot_ref = InstalledReference(
        selection=lambda self: self._selection_installed("stock.lot"), string="Lot or Serial Number"
    )
    credit_note_id = fields.Many2one(
        comodel_name="account.move",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        check_company=True,
        domain="[('move_type', '=', 'out_refund'),"
        " ('commercial_partner_id', '=', commercial_partner_id)]",
        tracking=True,
        help="What the customer was paid back.",
    )
    coupon_ref = InstalledReference(
        selection=lambda self: self._selection_installed("loyalty.card"),
        string="Coupon",
        copy=False,
        help="What the customer was given for the trouble.",
    )

    @api.model
    def _selection_installed(self, model_name):
        """Return the choice of a model for a reference, none where its app is not installed."""
        if model_name not in self.env:
            return []
        # sudo: the name of a model is no secret
        return [(model_name, self.env["ir.model"].sudo()._get(model_name).name)]

    @api.constrains("partner_id", *DOCUMENTS)
    def _check_documents(self):
        for case in self.sudo():  # sudo: a document counts, whoever may open it
            for name in DOCUMENTS:
                case._check_customer_of(name)
            if case.credit_note_id and case.credit_note_id.move_type != CREDIT_NOTES:
                raise ValidationError(
                    self.env._(
                        "%(document)s is no credit note: choose one that the customer got.",
                        document=case.credit_note_id.display_name,
                    )
                )

    def _check_customer_of(self, name):
        """Refuse a document of somebody else; one that names nobody may be anybody's."""
        document = self[name]
        owner = document.partner_id if document else None
        if owner and owner.commercial_partner_id != self.commercial_partner_id:
            raise ValidationError(
                self.env._(
                    "%(document)s belongs to %(owner)s, not to the customer of this case: choose a"
                    " document of the customer, or the other customer.",
                    document=document.display_name,
                    owner=owner.display_name,
                )
            )

    @api.model
    def _references_hidden(self):
        """Return the references to apps that are not installed, or not open to the user."""
        return tuple(
            name
            for name, model_name in REFERENCES.items()
            if model_name not in self.env or not self.env[model_name].has_access("read")
        )

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, self._references_hidden())

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Return the view without what the user has no app or no right for; else as in core."""
        arch, view = super()._get_view(view_id, view_type, **options)
        for name in self._references_hidden():
            for node in arch.xpath(f"//field[@name='{name}']"):
                node.getparent().remove(node)
        return arch, view

    def action_credit_invoice(self):
        """Open core's form that credits the invoice of the case."""
        self.ensure_one()
        if not self.invoice_id:
            raise UserError(self.env._("Choose the invoice first that the credit note is for."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_view_account_move_reversal"
        )
        context = {
            "active_model": "account.move",
            "active_ids": self.invoice_id.ids,
            "default_case_id": self.id,
        }
        return action | {"context": context, "views": [(False, "form")]}
