import re
from datetime import timedelta
from html import escape, unescape
from urllib.parse import urlencode

from odoo import api, fields, models, tools
from odoo.tools.mail import TEXT_URL_REGEX

CLICK_SCOPE = "crm_relationship.click"
# Programs that look for malware fetch every link at the moment when a message arrives.
SCANNED_WITHIN = timedelta(minutes=1)
HTML_LINK = re.compile(r"""(<a\b[^>]*?\shref=)(["'])(https?://.*?)\2""", re.IGNORECASE | re.DOTALL)
# Whoever opens these is not interested in what he was sent.
NEVER_COUNTED = ("unsubscribe", "/my/contact-preferences")


class CrmTouch(models.Model):
    """Links of what was sent lead over the addon, which notes the first click."""

    _inherit = "crm.touch"

    date_left = fields.Datetime(
        string="Left on", readonly=True, help="When the mail server took the e-mail."
    )
    date_clicked = fields.Datetime(
        string="Clicked on",
        readonly=True,
        help="The first click on a link, later than a minute after the message left: what comes"
        " earlier are programs that check links.",
    )

    def _with_click_links(self, body):
        """Return the HTML of an e-mail with links to web pages that note the first click.

        Addresses of other kinds stay as they are, and so do links to unsubscribe: they are no
        answer, and work whatever becomes of the touch.
        """

        def replaced(match):
            opening, quote, address = match.groups()
            url = unescape(address)
            if not _is_counted(url):
                return match[0]
            return f"{opening}{quote}{escape(self._click_url(url))}{quote}"

        return HTML_LINK.sub(replaced, body or "")

    def _with_short_click_links(self, text):
        """Return the text of an SMS with links that note the first click.

        They are made short by core's link tracker. Where it is not installed they stay as they
        are: the signed address is so long that each SMS would cost several.
        """
        if "link.tracker" not in self.env:
            return text

        def replaced(match):
            url = match[0]
            if not _is_counted(url):
                return url
            # with a title, or the tracker would fetch the page, and so click
            values = {"url": self._click_url(url), "title": self._subject()}
            return self.env["link.tracker"].search_or_create([values]).short_url

        return re.sub(TEXT_URL_REGEX, replaced, text or "")

    def _click_url(self, url):
        """Return the address that notes a click of this touch's customer and leads to the URL."""
        query = urlencode({"token": self._click_token(self.id, url), "to": url})
        return f"{self.get_base_url()}/contact/click/{self.id}?{query}"

    @api.model
    def _click_token(self, touch_id, url):
        # sudo: the key of the database, which nobody may read
        return tools.hmac(self.sudo().env, CLICK_SCOPE, (int(touch_id), url))

    @api.model
    def _is_click_url(self, touch_id, url, token):
        """Tell whether the address of a click is one that was sent; nothing is looked up."""
        expected = self._click_token(touch_id, url)
        return tools.consteq(expected.encode(), token.encode(errors="replace"))

    def _note_click(self):
        """Note the first click; a touch that is gone, such as in a merge, notes none."""
        now = fields.Datetime.now()
        for touch in self.exists().filtered(lambda touch: not touch.date_clicked):
            is_email = touch.channel_id.code == "email"
            left = touch.date_left if is_email else touch.date_done
            if left and left + SCANNED_WITHIN <= now and not touch.partner_id.anonymised_on:
                touch.date_clicked = now


def _is_counted(url):
    return not any(part in url for part in NEVER_COUNTED)
