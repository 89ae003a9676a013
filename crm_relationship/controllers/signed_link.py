"""What whoever opens a signed link that is not ours is answered."""

from odoo import SUPERUSER_ID, api
from odoo.http import Response, request

from ..models.crm_wrong_link import WRONG_LINKS_WITHIN


def refuse_wrong_link():
    """Return "not found", or "too many requests" (429) to who has sent many wrong links of late.

    It is asked only after the signature was found wrong: right links work for everybody, also
    behind an address that many people share.
    """
    address = request.httprequest.remote_addr
    # sudo: nobody has rights on the list of wrong links
    if request.env["crm.wrong.link"].sudo()._are_too_many(address):
        return Response(
            request.env._("Too many wrong links were opened from here: try again in ten minutes."),
            status=429,
            headers={"Retry-After": str(int(WRONG_LINKS_WITHIN.total_seconds()))},
            content_type="text/plain; charset=utf-8",
        )
    _note_after_rollback(request.env.registry, address)
    return request.not_found()


def _note_after_rollback(registry, address):
    """Note a wrong link in a transaction of its own, as "not found" rolls the request's back."""

    def note():
        with registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["crm.wrong.link"]._note(address)

    request.env.cr.postrollback.add(note)
