from odoo import api, models
from odoo.exceptions import UserError


class CrmTouchLetter(models.AbstractModel):
    """The letters of an outreach, each on pages of its own, with the address in the window."""

    _name = "report.crm_relationship.crm_touch_letter"
    _description = "Letter"

    @api.model
    def _get_report_values(self, docids, data=None):
        touches = self.env["crm.touch"].browse(docids)
        if touches.filtered(lambda touch: not touch._is_being_printed()):
            raise UserError(
                self.env._(
                    "Letters are printed with the button of the plan or the occasion, which asks"
                    " whether each customer may be written to: press Print Letters there."
                )
            )
        return {
            "doc_ids": docids,
            "doc_model": "crm.touch",
            "docs": touches,
            "text_by_id": self._texts(touches),
        }

    @api.model
    def _texts(self, touches):
        """Return ``{touch id: text of the letter}``."""
        texts = {}
        for message, those in touches.grouped(lambda touch: touch._message()).items():
            letters = message._letters_to(those.partner_id)
            texts |= {touch.id: letters[touch.partner_id.id] for touch in those}
        return texts
