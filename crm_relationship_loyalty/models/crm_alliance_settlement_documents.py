"""The draft invoice and bill of a settlement, a line for each offer and kind."""

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command

MOVE_TYPES = {
    # side: what is made of a positive and of a negative sum
    "receivable": ("out_invoice", "out_refund"),
    "payable": ("in_invoice", "in_refund"),
}


class CrmAlliance(models.Model):
    _inherit = "crm.alliance"

    def _check_settles(self):
        """Refuse to make documents before it is said how."""
        if not (self.settlement_product_id and self.sale_journal_id and self.purchase_journal_id):
            raise UserError(
                self.env._("Choose the settlement product and the journals of %s first.", self.name)
            )


class CrmAllianceSettlement(models.Model):
    _inherit = "crm.alliance.settlement"

    def action_invoice(self):
        """Make the draft invoice of what the partner owes us, and the bill of what we owe him.

        A side whose sum is zero has no document; one whose sum is below zero has a credit note.
        """
        self._check_may_settle()
        for settlement in self:
            settlement._check_draft()
            settlement.alliance_id._check_settles()
            settlement._hold()
            settlement.with_company(settlement.company_id)._make_documents()
        return True

    def _make_documents(self):
        if not self.line_count:
            raise UserError(self.env._("There is nothing to settle: collect the sources first."))
        alliance = self.alliance_id
        worked_out = self.sudo()  # sudo: amounts and documents are never typed
        worked_out.drawn = alliance._drawn_of(self.receivable)
        invoice = self._make_document("receivable", self.receivable)
        bill = self._make_document("payable", self.payable)
        worked_out.write({"invoice_id": invoice.id, "bill_id": bill.id, "state": "invoiced"})
        alliance.sudo()._alert_low_balance()  # sudo: who settles need not write alliances

    def _make_document(self, side, amount):
        """Return the draft of one side, or nothing when its sum is zero."""
        moves = self.env["account.move"]
        groups = self.group_ids.filtered(lambda group: group.side == side and group.amount)
        if self.currency_id.is_zero(amount):
            return moves
        is_refund = self.currency_id.compare_amounts(amount, 0.0) < 0
        # a bill's amounts are below zero, and so are those of a credit note to the partner
        sign = -1 if is_refund == (side == "receivable") else 1
        lines = [self._prepare_line(group, sign) for group in groups]
        if side == "receivable" and self.drawn:
            name = self.env._("Drawn from the prepayment")
            lines.append(self.alliance_id._prepayment_line(-sign * self.drawn, name))
        return moves.create(self._prepare_move(MOVE_TYPES[side][is_refund], lines))

    def _prepare_move(self, move_type, lines):
        """Hook: return the values of a draft document of the settlement."""
        alliance = self.alliance_id
        is_ours = move_type.startswith("out_")
        journal = alliance.sale_journal_id if is_ours else alliance.purchase_journal_id
        return {
            "move_type": move_type,
            "company_id": self.company_id.id,
            "partner_id": alliance.partner_id.id,
            "currency_id": self.currency_id.id,
            "journal_id": journal.id,
            "invoice_date": self.date_until,
            "ref": self.display_name,
            "invoice_origin": self.display_name,
            "invoice_line_ids": [Command.create(line) for line in lines],
        }

    def _prepare_line(self, group, sign):
        """Hook: return the values of the document's line of one offer and kind."""
        amount = sign * group.amount
        quantity = abs(group.quantity) or 1.0
        return {
            "product_id": self.alliance_id.settlement_product_id.id,
            "name": self._line_name(group),
            "quantity": quantity,
            "price_unit": amount / quantity,
            "discount": 0.0,
        }

    def _line_name(self, group):
        here = self.with_context(lang=self.alliance_id.partner_id.lang or self.env.lang)
        labels = dict(group._fields["kind"]._description_selection(here.env))
        offer = group.offer_id.with_env(here.env)
        return f"{labels[group.kind]}: {offer.name}" if offer else labels[group.kind]
