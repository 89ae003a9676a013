from odoo import api, models
from odoo.exceptions import UserError


class CrmAppendOnly(models.AbstractModel):
    """A ledger: rows are added, never altered; a correction is a new row."""

    _name = "crm.append.only"
    _description = "Append-only Ledger"

    def write(self, vals):  # pylint: disable=method-required-super
        """Refuse for everybody, whatever his rights."""
        raise UserError(
            self.env._(
                "%(ledger)s is a history: its entries are never changed. Add a new entry instead.",
                ledger=self.env["ir.model"]._get(self._name).name,
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(
            self.env._(
                "%(ledger)s is a history: its entries are never deleted.",
                ledger=self.env["ir.model"]._get(self._name).name,
            )
        )
