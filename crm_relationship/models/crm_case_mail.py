from odoo import api, models

from .crm_case import UNNUMBERED


class CrmCase(models.Model):
    """Cases by e-mail: from the customer, to those who look after him, and how content he was."""

    _inherit = "crm.case"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Open a case for an e-mail, for the customer who wrote it or else for its address."""
        values = self._prepare_case_of_mail(msg_dict) | (custom_values or {})
        return super().message_new(msg_dict, custom_values=values)

    @api.model
    def _prepare_case_of_mail(self, msg_dict):
        """Hook: return the values of a case that an e-mail opens."""
        customer = self.env["res.partner"].browse(msg_dict.get("author_id") or [])
        return {
            "name": UNNUMBERED,  # core would have the subject as the number
            "subject": msg_dict.get("subject") or self.env._("E-mail without a subject"),
            "description": msg_dict.get("body"),
            "partner_id": customer.id,
            "email_from": msg_dict.get("email_from") or msg_dict.get("from"),
            "company_id": (customer.company_id or self.env.company).id,
        }

    def message_update(self, msg_dict, update_vals=None):
        """Reopen a closed case that somebody else than our staff writes about again."""
        result = super().message_update(msg_dict, update_vals)
        author = self.env["res.partner"].browse(msg_dict.get("author_id") or [])
        if author.partner_share or not author:
            self.action_reopen()
        return result

    def _tell_of_opening(self, is_owner_told):
        """Subscribe the owner and the customer's salesperson and tell them, but nobody twice.

        ``is_owner_told``: the owner was named, and core has told him.
        """
        if self.env.context.get("tracking_disable"):
            return
        if self.user_id and not is_owner_told:
            self._message_auto_subscribe({"user_id": self.user_id.id})
        # sudo: who opens the case need not be allowed to see the users of the company
        salesperson = self.sudo()._customer_salespeople().filtered(self.sudo()._may_own)
        if salesperson and salesperson != self.user_id:
            self.message_subscribe(partner_ids=salesperson.partner_id.ids)
            if salesperson != self.env.user:
                self._tell_salesperson(salesperson)

    def _tell_salesperson(self, salesperson):
        case = self.with_context(lang=salesperson.lang)
        case.message_notify(
            partner_ids=salesperson.partner_id.ids,
            subject=case.env._("A case of your customer: %(case)s", case=case.display_name),
            body=case.env._(
                "%(case)s was opened for %(customer)s, who is your customer.",
                case=case.display_name,
                customer=case.partner_id.display_name,
            ),
            email_layout_xmlid="mail.mail_notification_layout",
        )

    def _request_rating(self):
        """Ask the customers of cases that were closed just now how content they are.

        Those only whom the gate lets pass: an inquiry is nothing that they asked for.
        """
        for case in self.filtered("partner_id.email_normalized"):
            template = case.stage_id.rating_template_id
            if template and case._may_be_asked():
                case.rating_send_request(template, force_send=False)

    def _may_be_asked(self):
        partner = self.partner_id.with_company(self.company_id)
        origin = self.env._("Satisfaction with %(case)s", case=self.display_name)
        passed = partner._ask_gate("email", "survey", origin)
        passed._log_contact(
            "email", "survey", origin, case_id=self.id, company_id=self.company_id.id
        )
        return bool(passed)

    def action_view_ratings(self):
        """Open what the customer answered."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("rating.rating_rating_action")
        domain = [("res_model", "=", self._name), ("res_id", "=", self.id), ("consumed", "=", True)]
        return action | {"domain": domain, "context": {}}
