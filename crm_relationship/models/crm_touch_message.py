from odoo import api, fields, models
from odoo.exceptions import ValidationError

CHANNELS_SENT = ("email", "sms", "letter", "phone")


class CrmTouchMessage(models.AbstractModel):
    """What a customer is sent, and on which channel."""

    _name = "crm.touch.message"
    _description = "Message of an Outreach"

    channel_id = fields.Many2one(
        comodel_name="crm.contact.channel",
        required=True,
        ondelete="restrict",
        domain=[("code", "in", CHANNELS_SENT)],
    )
    channel_code = fields.Char(related="channel_id.code", string="Channel Code")
    mail_template_id = fields.Many2one(
        comodel_name="mail.template",
        string="E-mail Template",
        ondelete="restrict",
        domain=[("model", "=", "res.partner")],
        help="For an e-mail; a letter can take its text from it.",
    )
    sms_template_id = fields.Many2one(
        comodel_name="sms.template",
        string="SMS Template",
        ondelete="restrict",
        domain=[("model", "=", "res.partner")],
    )
    letter_text = fields.Html(help="For a letter that has no template.")
    is_click_answer = fields.Boolean(
        string="A Click Is an Answer",
        default=True,
        help="The first click on a link of the e-mail counts as an answer. Links in an SMS are"
        " counted where the app Link Tracker is installed.",
    )
    call_summary = fields.Char(string="What to Say", help="For a call; empty: the name.")

    @api.constrains("channel_id", "mail_template_id", "sms_template_id", "letter_text")
    def _check_content(self):
        messages = {
            "email": self.env._("Choose an e-mail template made for contacts."),
            "sms": self.env._("Choose an SMS template made for contacts."),
            "letter": self.env._("Write the letter's text, or choose a template for contacts."),
            "phone": "",
        }
        for message in self:
            code = message.channel_id.code
            if code not in messages:
                raise ValidationError(
                    self.env._(
                        "Nothing can be sent by %(channel)s: choose e-mail, SMS, letter or phone.",
                        channel=message.channel_id.display_name,
                    )
                )
            if not message._has_content(code):
                raise ValidationError(messages[code])

    def _has_content(self, code):
        templates = (*self.mail_template_id, *self.sms_template_id)
        if any(template.model != "res.partner" for template in templates):
            return False
        has_content = {
            "email": self.mail_template_id,
            "sms": self.sms_template_id,
            "letter": self.mail_template_id or self.letter_text,
        }
        return bool(has_content.get(code, True))

    def _letters_to(self, partners):
        """Return ``{partner id: text}`` of the letters to these customers, in their languages."""
        if not self.mail_template_id:
            return dict.fromkeys(partners.ids, self.letter_text)
        return self.mail_template_id._render_field(
            "body_html", partners.ids, compute_lang=True, options={"post_process": True}
        )
