"""What has to be done once when the ledger comes to a database, and when it leaves."""

from odoo.tools import SQL

PURPOSE = "crm_relationship_loyalty.crm_contact_purpose_loyalty"


def pre_init_hook(env):
    """Leave one card for each customer and program, with the points of all of them.

    Core allows several; the oldest stays, and the others are archived with no points.
    """
    env.flush_all()
    env.cr.execute(
        """
        WITH account AS (
            SELECT card.id, card.points,
                   MIN(card.id) OVER same AS kept,
                   SUM(card.points) OVER same AS total
              FROM loyalty_card card
              JOIN loyalty_program program ON program.id = card.program_id
             WHERE card.active AND card.partner_id IS NOT NULL
               AND (program.applies_on = 'both'
                    OR (program.program_type IN ('ewallet', 'loyalty')
                        AND program.applies_on = 'future'))
            WINDOW same AS (PARTITION BY card.partner_id, card.program_id)
        )
        UPDATE loyalty_card card
           SET points = CASE WHEN card.id = account.kept THEN account.total ELSE 0 END,
               active = card.id = account.kept
          FROM account
         WHERE account.id = card.id
           AND (account.kept != card.id OR account.total != card.points)
        """
    )
    env.invalidate_all()


def post_init_hook(env):
    """Open the ledger of every card that has points with one row that keeps its balance.

    Older rows of the history stay to be read; they have no state and count for nothing.
    """
    env.flush_all()
    env.cr.execute("UPDATE loyalty_history SET kind = NULL, state = NULL, date = create_date")
    env.cr.execute(
        SQL(
            """
            UPDATE loyalty_card SET points = ROUND(points::numeric, 2)
             WHERE points != ROUND(points::numeric, 2)
            """
        )
    )
    env.cr.execute(
        SQL(
            """
            INSERT INTO loyalty_history (
                card_id, program_id, kind, state, date, description,
                issued, used, points, remaining, create_uid, create_date, write_uid, write_date
            )
            SELECT card.id, card.program_id, 'opening', 'active', %(now)s, %(description)s,
                   GREATEST(card.points, 0), GREATEST(-card.points, 0), card.points, card.points,
                   %(user)s, %(now)s, %(user)s, %(now)s
              FROM loyalty_card card
             WHERE card.points != 0
            """,
            now=env.cr.now(),
            description=env._("Opening balance"),
            user=env.uid,
        )
    )
    env.invalidate_all()


def uninstall_hook(env):
    """Give customers back what they had before their tiers, and core its own rule.

    That is: the history of a card goes with the card. What the ledger says of referrals stays as
    words, as there will be no document to name. The purpose of the mails stays where customers
    have agreed or objected to it.
    """
    env["crm.loyalty.level"]._give_back()
    _keep_purpose_in_use(env)
    env.cr.execute(
        """
        UPDATE loyalty_history SET order_model = NULL, order_id = NULL
         WHERE order_model = 'crm.referral'
        """
    )
    env.cr.execute(
        """
        ALTER TABLE loyalty_history DROP CONSTRAINT IF EXISTS loyalty_history_card_id_fkey;
        ALTER TABLE loyalty_history ADD CONSTRAINT loyalty_history_card_id_fkey
            FOREIGN KEY (card_id) REFERENCES loyalty_card (id) ON DELETE CASCADE
        """
    )


def _keep_purpose_in_use(env):
    """Have the purpose belong to nobody, so that it is not deleted, where rows refer to it."""
    purpose = env.ref(PURPOSE, raise_if_not_found=False)
    links = env["ir.model.fields"].search(
        [("relation", "=", "crm.contact.purpose"), ("ttype", "=", "many2one"), ("store", "=", True)]
    )
    if purpose and any(
        env[link.model].search_count([(link.name, "=", purpose.id)], limit=1)
        for link in links
        if not env[link.model]._abstract
    ):
        module, _dot, name = PURPOSE.partition(".")
        env["ir.model.data"].search([("module", "=", module), ("name", "=", name)]).unlink()
