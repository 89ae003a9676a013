"""A points program, and orders that earn and spend in it, for tests of this addon and others."""

from odoo.fields import Command

from odoo.addons.crm_relationship.tests.common import RelationshipCommon


class LoyaltyCommon(RelationshipCommon):
    """One point for each 10.00 of an order; 50 points take 5.00 off, one point 0.10."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([]).active = False
        cls.History = cls.env["loyalty.history"]
        cls.program = cls._program()
        cls.reward = cls.program.reward_ids
        cls.customer = cls._customer("Somchai Jaidee", email="somchai@example.com")
        cls.salesman = cls.env["res.users"].create(
            {
                "name": "Nok",
                "login": "nok",
                "email": "nok@example.com",
                "group_ids": [
                    Command.set(
                        [
                            cls.env.ref("sales_team.group_sale_salesman_all_leads").id,
                            cls.env.ref("crm_relationship.group_relationship_user").id,
                        ]
                    )
                ],
            }
        )

    @classmethod
    def _program(cls, **values):
        return cls.env["loyalty.program"].create(
            {
                "name": "Club",
                "program_type": "loyalty",
                "applies_on": "both",
                "trigger": "auto",
                "portal_point_name": "Points",
                "rule_ids": [
                    Command.clear(),
                    Command.create(
                        {
                            "reward_point_mode": "money",
                            "reward_point_amount": 0.1,
                            "minimum_qty": 0,
                        }
                    ),
                ],
                "reward_ids": [
                    Command.clear(),
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount_mode": "per_order",
                            "discount": 5.0,
                            "required_points": 50,
                        }
                    ),
                ],
                **values,
            }
        )

    @classmethod
    def _draft(cls, amount, partner=None, quantity=1, **values):
        """Return a quotation of a quantity at a price, with its programs applied."""
        line = {"product_id": cls.service.id, "price_unit": amount, "product_uom_qty": quantity}
        order = cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "order_line": [Command.create({**line, "tax_ids": False})],
                **values,
            }
        )
        order._update_programs_and_rewards()
        return order

    @classmethod
    def _sale(cls, amount, **values):
        order = cls._draft(amount, **values)
        order.action_confirm()
        return order

    @classmethod
    def _bill(cls, order):
        invoice = order._create_invoices(final=True)
        invoice.action_post()
        return invoice

    @classmethod
    def _credit(cls, invoice, quantity=None):
        """Post a credit note for an invoice, or for a quantity of its only line."""
        wizard = cls.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        form = wizard.create({"journal_id": invoice.journal_id.id})
        refund = cls.env["account.move"].browse(form.refund_moves()["res_id"])
        if quantity is not None:
            refund.invoice_line_ids.quantity = quantity
        refund.action_post()
        return refund

    @classmethod
    def _card_of(cls, partner=None, program=None):
        return cls.env["loyalty.card"].search(
            [
                ("partner_id", "=", (partner or cls.customer).id),
                ("program_id", "=", (program or cls.program).id),
            ]
        )

    @classmethod
    def _give(cls, points, partner=None, program=None, **values):
        """Return the customer's card, made with points."""
        return cls.env["loyalty.card"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "program_id": (program or cls.program).id,
                "points": points,
                **values,
            }
        )

    def _spend(self, order, reward=None, card=None):
        """Apply a reward to a quotation, from the customer's card."""
        result = order._apply_program_reward(reward or self.reward, card or self._card_of())
        self.assertFalse(result.get("error"), result)

    def _rows(self, card=None):
        """Return the ledger of a card from the first row on, as (kind, points, state)."""
        rows = self.History.search([("card_id", "=", (card or self._card_of()).id)], order="id")
        return [(row.kind, row.points, row.state) for row in rows]

    def assertLedgerHolds(self):
        """Check for every card that balance, rows and what remains of them are the same."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT card.id, card.points, SUM(row.points), SUM(row.remaining)
              FROM loyalty_card card
              LEFT JOIN loyalty_history row ON row.card_id = card.id AND row.state = 'active'
             GROUP BY card.id
            HAVING ROUND(card.points::numeric, 2) != COALESCE(SUM(row.points), 0)
                OR ROUND(card.points::numeric, 2) != COALESCE(SUM(row.remaining), 0)
            """
        )
        self.assertEqual(self.env.cr.fetchall(), [])
