import logging

from odoo import api, models

BATCH = 200
_logger = logging.getLogger(__name__)


class SaleOrder(models.Model):
    """What no document announced, such as hours worked on a service, is earned in the night."""

    _inherit = "sale.order"

    @api.model
    def _cron_post_points(self):
        """Bring all orders with pending points to what their documents say; again changes nothing.

        An order that fails is left as it is, and named in the log.
        """
        job = self.env["ir.cron"]
        ids = self._ids_with_pending_points()
        job._commit_progress(remaining=len(ids))
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            for order in self.browse(batch).exists():
                order._post_points_or_report()
            if not job._commit_progress(len(batch)):
                return

    @api.model
    def _ids_with_pending_points(self):
        pending = self.env["loyalty.history"]._read_group(
            [("order_model", "=", self._name), ("state", "=", "pending")],
            ["order_id"],
            having=[("points:sum", "!=", 0)],
            order="order_id",
        )
        return [order_id for (order_id,) in pending]

    def _post_points_or_report(self):
        try:
            with self.env.cr.savepoint():
                self._post_points()
        except Exception:
            _logger.exception("The points of order %s could not be posted", self.name)
