from odoo import api, fields, models, tools
from odoo.tools import SQL

BATCH = 1000
MIRROR_FIELDS = frozenset({"mirror_barcode", "company_ids", "active", "sequence"})


class CrmMemberScheme(models.Model):
    """The member number as the barcode of the contact, so that core's till knows the card.

    What a contact's barcodes should be follows from his numbers: in each company the active number
    of the first scheme that mirrors there. A barcode that is no number of his own stays his, and
    one that another contact has already stays the other's.
    """

    _inherit = "crm.member.scheme"

    mirror_barcode = fields.Boolean(
        string="Number Is the Barcode",
        tracking=True,
        help="Each active number is also the contact's barcode in the companies of the scheme, so"
        " that the point of sale knows the card. The barcode nomenclature of the till must have a"
        " rule of the type Customer that fits the numbers: Odoo's own fits numbers that begin with"
        " 042.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        schemes = super().create(vals_list)
        if any(schemes.mapped("mirror_barcode")):
            self._have_mirrored()
        return schemes

    def write(self, vals):
        result = super().write(vals)
        if MIRROR_FIELDS & vals.keys():
            self._have_mirrored()
        return result

    @api.model
    def _have_mirrored(self):
        """Have the job bring the barcodes up to date, in small steps that let users work."""
        # sudo: whoever may change a scheme has its barcodes follow
        self.env.ref("crm_relationship.ir_cron_mirror_member_numbers").sudo()._trigger()

    @api.model
    def _mirror(self, partners):
        """Bring the barcodes of contacts up to date with their numbers."""
        if not partners:
            return
        self.env["res.partner"].flush_model(["barcode"])
        self.env["crm.member.number"].flush_model()
        self.env["crm.member.scheme"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner partner
                   SET barcode = wanted.barcode, write_uid = %(uid)s, write_date = %(now)s
                  FROM (%(wanted)s) wanted
                 WHERE partner.id = wanted.id
                """,
                uid=self.env.uid,
                now=self.env.cr.now(),
                wanted=self._wanted_barcodes(partners.ids),
            )
        )
        if self.env.cr.rowcount:
            partners.invalidate_recordset(["barcode", "write_uid", "write_date"], flush=False)

    @api.model
    def _wanted_barcodes(self, partner_ids=None) -> SQL:
        """Return the SELECT of the contacts whose barcodes differ from what they should be.

        Its columns are ``id`` and ``barcode``; of all contacts when no ids are given.
        """
        among = SQL("= ANY(%s)", partner_ids) if partner_ids is not None else SQL("IS NOT NULL")
        return SQL(
            """
            WITH number AS (
                SELECT number.partner_id, number.number, number.state, number.scheme_id,
                       scheme.sequence, scheme.active AND scheme.mirror_barcode AS mirrors
                  FROM crm_member_number number
                  JOIN crm_member_scheme scheme ON scheme.id = number.scheme_id
                 WHERE number.partner_id %(among)s
            ), place AS (
                SELECT scheme.id AS scheme_id, company.id AS company_id
                  FROM crm_member_scheme scheme
                  JOIN res_company company ON %(usable)s
                 WHERE scheme.active AND scheme.mirror_barcode
            ), first AS (
                SELECT DISTINCT ON (number.partner_id, place.company_id)
                       number.partner_id, place.company_id, number.number
                  FROM number
                  JOIN place USING (scheme_id)
                 WHERE number.state = 'active'
                 ORDER BY number.partner_id, place.company_id, number.sequence, number.scheme_id
            ), mirrored AS (
                SELECT first.partner_id,
                       JSONB_OBJECT_AGG(first.company_id::text, first.number) AS barcode
                  FROM first
                 WHERE %(others)s IS NULL
                 GROUP BY first.partner_id
            ), kept AS (
                SELECT partner.id, JSONB_OBJECT_AGG(entry.key, entry.value) AS barcode
                  FROM res_partner partner
                 CROSS JOIN LATERAL JSONB_EACH_TEXT(partner.barcode) entry
                 WHERE partner.id %(among)s
                   AND partner.barcode IS NOT NULL
                   AND NOT EXISTS (
                       SELECT FROM number
                        WHERE number.partner_id = partner.id
                          AND number.number = entry.value
                          AND (number.mirrors OR number.state <> 'active')
                       )
                 GROUP BY partner.id
            )
            SELECT partner.id, NULLIF(wanted.barcode, '{}') AS barcode
              FROM res_partner partner
              JOIN (SELECT DISTINCT partner_id FROM number) known ON known.partner_id = partner.id
              LEFT JOIN mirrored ON mirrored.partner_id = partner.id
              LEFT JOIN kept ON kept.id = partner.id
             CROSS JOIN LATERAL (
                   SELECT COALESCE(mirrored.barcode, '{}') || COALESCE(kept.barcode, '{}')
                          AS barcode
                   ) wanted
             WHERE wanted.barcode <> COALESCE(partner.barcode, '{}')
             ORDER BY partner.id
            """,
            among=among,
            others=self._others_with_barcode(
                SQL("first.company_id"), SQL("first.number"), SQL("first.partner_id")
            ),
            usable=self._is_used_sql("scheme", SQL("company.id")),
        )

    @api.model
    def _cron_mirror(self):
        """Bring all barcodes up to date, a thousand contacts at a time, around those in use."""
        self.env.flush_all()
        rows = self.env.execute_query(SQL("SELECT id FROM (%s) wanted", self._wanted_barcodes()))
        partners = self.env["res.partner"].browse(partner_id for (partner_id,) in rows)
        job = self.env["ir.cron"]
        job._commit_progress(remaining=len(partners))
        for batch in tools.split_every(BATCH, partners.ids, self.env["res.partner"].browse):
            free = batch.try_lock_for_update(allow_referencing=True)
            self._mirror(free)
            if len(free) < len(batch):
                self._have_mirrored()
            if not job._commit_progress(len(batch)):
                return

    def _is_no_barcode_of_another_sql(self, number: SQL, partner: SQL) -> SQL:
        """Return the condition that a number can become the barcode of a contact."""
        self.ensure_one()
        if not self.mirror_barcode:
            return SQL("TRUE")
        return SQL(
            "NOT EXISTS (SELECT FROM unnest(%s) company(id) WHERE %s IS NOT NULL)",
            self._companies().ids,
            self._others_with_barcode(SQL("company.id"), number, partner),
        )

    def _barcodes_of_others(self, owner_by_number):
        """Return ``{number: contact}`` of the numbers that another contact has as his barcode."""
        if not self.mirror_barcode:
            return {}
        self.env["res.partner"].flush_model(["barcode"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT given.number, other.ids[1]
                  FROM unnest(%(numbers)s::varchar[], %(owners)s::integer[])
                    AS given(number, owner_id)
                 CROSS JOIN unnest(%(companies)s) company(id)
                 CROSS JOIN LATERAL (SELECT %(others)s AS ids) other
                 WHERE other.ids IS NOT NULL
                """,
                companies=self._companies().ids,
                numbers=list(owner_by_number),
                owners=[owner or 0 for owner in owner_by_number.values()],
                others=self._others_with_barcode(
                    SQL("company.id"), SQL("given.number"), SQL("given.owner_id")
                ),
            )
        )
        return {number: self.env["res.partner"].browse(other) for number, other in rows}

    @api.model
    def _others_with_barcode(self, company: SQL, number: SQL, partner: SQL) -> SQL:
        """Return the expression of the ids of other contacts with a barcode; NULL without any.

        It is looked up in the index whatever the statistics say: neither core's index on contacts
        with barcodes fits it, nor can PostgreSQL join an aggregate, one with the other.
        """
        return SQL(
            """
            (SELECT ARRAY_AGG(other.id) FROM res_partner other
              WHERE COALESCE(other.barcode, '{}')
                    @> JSONB_BUILD_OBJECT((%(company)s)::text, %(number)s)
                AND other.id <> %(partner)s)
            """,
            company=company,
            number=number,
            partner=partner,
        )

    def _companies(self):
        """Return the companies that use this scheme."""
        # sudo: a scheme without companies is used by all, also by those the user cannot see
        return self.company_ids or self.env["res.company"].sudo().search([])
