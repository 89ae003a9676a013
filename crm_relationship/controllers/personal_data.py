from odoo import http
from odoo.http import content_disposition, request


class PersonalDataController(http.Controller):
    """Hands out the file with a customer's data; it is made on the way and kept nowhere."""

    @http.route(
        "/crm_relationship/personal_data/<model('res.partner'):partner>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def personal_data(self, partner):
        """Return the customer's data as a JSON file, for whoever may read it."""
        return request.make_response(
            partner._personal_data_as_json(),
            headers=[
                ("Content-Type", "application/json; charset=utf-8"),
                ("Content-Disposition", content_disposition(f"personal-data-{partner.id}.json")),
                ("Cache-Control", "no-store"),
            ],
        )
