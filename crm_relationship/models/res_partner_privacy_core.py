from odoo import api, models
from odoo.tools import SQL

from .crm_personal_data import PersonalData

LEAD_EXPORT = ("create_date", "name", "contact_name", "email_from", "phone", "description")
LEAD_TEXTS = (
    "contact_name",
    "partner_name",
    "email_from",
    "email_normalized",
    "email_domain_criterion",
    "email_cc",
    "phone",
    "phone_sanitized",
    "function",
    "website",
    "street",
    "street2",
    "zip",
    "city",
    "state_id",
    "description",
    "referred",
    "lead_properties",
)
PAYMENT_TEXTS = (
    "partner_name",
    "partner_email",
    "partner_phone",
    "partner_address",
    "partner_zip",
    "partner_city",
    "state_message",
)


class ResPartner(models.Model):
    """Where the data of a customer is in core's own models."""

    _inherit = "res.partner"

    @api.model
    def _personal_data_of_communication(self):
        lead_texts = dict.fromkeys(LEAD_TEXTS)
        return [
            PersonalData(
                "crm.lead",
                exported=LEAD_EXPORT,
                email="email_normalized",
                removal="replace",
                replaced={**lead_texts, "name": SQL("%s", self.env._("Anonymised"))},
            ),
            PersonalData(
                "rating.rating",
                exported=("create_date", "rating", "feedback"),
                removal="replace",
                replaced=dict.fromkeys(
                    ("feedback", "publisher_comment", "res_name", "parent_res_name")
                ),
            ),
            PersonalData("sms.sms", removal="delete"),
            PersonalData(
                "snailmail.letter",
                removal="replace",
                replaced=dict.fromkeys(("street", "street2", "zip", "city", "info_msg")),
            ),
            PersonalData("mail.push.device", removal="delete"),
            PersonalData("mail.followers", removal="delete", needed=True),
            PersonalData(
                "mail.notification",
                ("res_partner_id",),
                removal="replace",
                replaced=dict.fromkeys(("mail_email_address", "sms_number", "failure_reason")),
                needed=True,
            ),
        ]

    @api.model
    def _personal_data_of_documents(self):
        return [
            PersonalData(
                "sale.order",
                removal="replace",
                replaced=dict.fromkeys(("signed_by", "client_order_ref", "note")),
                needed=True,
            ),
            PersonalData(
                "account.move",
                removal="replace",
                replaced={
                    "invoice_source_email": None,
                    "invoice_partner_display_name": SQL(
                        "(SELECT name FROM res_partner WHERE id = account_move.partner_id)"
                    ),
                },
                needed=True,
            ),
            PersonalData(
                "payment.transaction",
                removal="replace",
                replaced=dict.fromkeys(PAYMENT_TEXTS),
                needed=True,
            ),
            PersonalData(
                "payment.token",
                removal="replace",
                replaced={"payment_details": None, "active": SQL("FALSE")},
                needed=True,
            ),
            PersonalData(
                "account.bank.statement.line",
                removal="replace",
                replaced=dict.fromkeys(("partner_name", "account_number", "transaction_details")),
                needed=True,
            ),
            PersonalData(
                "res.partner.bank",
                exported=("acc_number", "acc_holder_name", "bank_id"),
                removal="replace",
                replaced={
                    "acc_number": SQL("'ANON-' || id"),
                    "sanitized_acc_number": SQL("'ANON' || id"),
                    "acc_holder_name": None,
                    "clearing_number": None,
                    "note": None,
                    "active": SQL("FALSE"),
                },
                needed=True,
            ),
            PersonalData(
                "res.users",
                exported=("login", "create_date"),
                removal="replace",
                replaced={
                    "login": SQL("'anonymised-' || id"),
                    "signature": None,
                    "out_of_office_message": None,
                },
                needed=True,
            ),
        ]
