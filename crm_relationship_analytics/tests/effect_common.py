"""Plans with touches, campaigns and what customers bought, for the tests of what works."""

from odoo.fields import Command

from .common import AnalyticsCommon


class EffectCommon(AnalyticsCommon):
    """What is sold costs 40.00 a piece; purchases up to 30 days after a contact count."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service.standard_price = 40.0
        cls.Effect = cls.env["crm.effect"]
        cls.Customer = cls.env["crm.effect.customer"]
        cls.email = cls.env.ref("crm_relationship.crm_contact_channel_email")
        cls.purpose = cls.env.ref("crm_relationship.crm_contact_purpose_marketing")
        cls.template = cls.env["mail.template"].create(
            {"name": "Spring", "model_id": cls.env["ir.model"]._get_id("res.partner")}
        )
        cls.campaign = cls.env["utm.campaign"].create({"title": "Summer"})

    @classmethod
    def _plan(cls, name="Spring", **values):
        """Start a plan of one e-mail; its touches are those that a test makes."""
        step = {"name": "E-mail", "channel_id": cls.email.id, "mail_template_id": cls.template.id}
        plan = cls.env["crm.touch.plan"].create(
            {
                "name": name,
                "purpose_id": cls.purpose.id,
                "audience": "[('ref', '=', 'nobody')]",
                "step_ids": [Command.create(step)],
                **values,
            }
        )
        plan.action_start()
        return plan

    @classmethod
    def _touch(cls, plan, partner, state="sent", day="2025-11-01", **values):
        """Make the touch of a customer; it is decided, and sent, at ten on a day in Bangkok."""
        moment = f"{day} 03:00:00"
        return (
            cls.env["crm.touch"]
            .sudo()
            .create(
                {
                    "plan_id": plan.id,
                    "step_id": plan.step_ids[:1].id,
                    "company_id": plan.company_id.id,
                    "channel_id": cls.email.id,
                    "partner_id": partner.id,
                    "state": state,
                    "date_planned": moment,
                    "next_try": moment,
                    "date_done": moment if state in ("sent", "answered") else False,
                    **values,
                }
            )
        )

    @classmethod
    def _effect(cls, subject):
        """Work out all effects, and return that of a subject."""
        cls.Effect.refresh()
        return cls._effect_of(subject)

    @classmethod
    def _effect_of(cls, subject):
        return cls.Effect.search(
            [
                ("res_model", "=", subject._name),
                ("res_id", "=", subject.id),
                ("company_id", "=", cls.company.id),
            ]
        )

    @classmethod
    def _customer_of(cls, subject, partner):
        """Return the row of a customer in the list behind a subject."""
        cls.env.flush_all()
        return cls.Customer.search(
            [
                ("effect_id", "=", cls._effect_of(subject).id),
                ("partner_id", "=", partner.id),
            ]
        )
