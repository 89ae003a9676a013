import logging
from datetime import timedelta
from typing import NamedTuple

from psycopg2 import DatabaseError, OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

CRON = "crm_relationship_loyalty.ir_cron_follow_tier_levels"
BATCH = 1_000
AGAIN_AFTER = timedelta(minutes=1)
EVERYWHERE = 0  # a level is one for all companies, a price list is of one
COLUMNS = {True: ("given_grade_id", "previous_grade_id")}
COLUMNS[False] = ("given_pricelist_id", "previous_pricelist_id")
_logger = logging.getLogger(__name__)


class Step(NamedTuple):
    """What a customer is to have next; ``company_id`` is 0 for his level.

    ``row_id`` is empty when he has nothing of a tier yet, ``wanted`` when his tiers give nothing
    any more: then he gets back what he had before.
    """

    partner_id: int
    company_id: int
    row_id: int | None
    present: int | None
    wanted: int | None
    previous: int | None

    @property
    def target(self):
        return self.wanted or self.previous


class CrmLoyaltyLevel(models.Model):
    """What a customer has of his tiers: the level, or a company's price list; and what he had.

    The level is the first ladder's that gives one, the price list the first one's of its company.
    What somebody sets by hand differs from what was given, and stays. No user writes here.
    """

    _name = "crm.loyalty.level"
    _description = "Level by Loyalty Tier"
    _order = "partner_id, company_id, id"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Customer", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        index="btree_not_null",
        ondelete="cascade",
        help="The company of the price list; empty for the level, which is the same in all.",
    )
    given_grade_id = fields.Many2one(
        comodel_name="res.partner.grade", string="Level of the Tier", ondelete="set null"
    )
    previous_grade_id = fields.Many2one(
        comodel_name="res.partner.grade", string="Level Before", ondelete="set null"
    )
    given_pricelist_id = fields.Many2one(
        comodel_name="product.pricelist", string="Price List of the Tier", ondelete="set null"
    )
    previous_pricelist_id = fields.Many2one(
        comodel_name="product.pricelist", string="Price List Before", ondelete="set null"
    )
    given = fields.Char(string="Of the Tier", compute="_compute_names")
    previous = fields.Char(string="Before", compute="_compute_names")
    is_by_hand = fields.Boolean(
        string="By Hand Now",
        compute="_compute_is_by_hand",
        help="Somebody has set another one: it stays. Who sets what the tier gave again has the"
        " customer follow his tiers again.",
    )

    _once = models.UniqueIndex(
        "(partner_id, COALESCE(company_id, 0))", "What the customer had before is known already."
    )

    @api.depends(
        "given_grade_id", "given_pricelist_id", "previous_grade_id", "previous_pricelist_id"
    )
    def _compute_names(self):
        for row in self.sudo():  # sudo: only names are told
            row.given = row.given_grade_id.name or row.given_pricelist_id.name
            row.previous = row.previous_grade_id.name or row.previous_pricelist_id.name

    def _compute_is_by_hand(self):
        for row in self:
            # sudo: the customer may be another company's; only a difference is told
            partner = row.partner_id.sudo().with_company(row.company_id)
            row.is_by_hand = (
                partner.specific_property_product_pricelist != row.given_pricelist_id
                if row.company_id
                else partner.grade_id != row.given_grade_id
            )

    @api.model
    def _ask(self):
        """Have the customers follow as soon as this transaction is committed."""
        asked = self.env.cr.precommit.data.setdefault("crm_relationship_loyalty.levels", set())
        if not asked:
            asked.add(True)
            # sudo: whoever changes what a tier gives, or what it follows from
            self.env.ref(CRON).sudo()._trigger()

    @api.model
    def _cron_follow(self):
        """Give and take back what differs from the tiers; customers that are held come later."""
        job, Partner = self.env["ir.cron"], self.env["res.partner"]
        partner_ids = sorted({step.partner_id for step in self._steps(self._wanted())})
        job._commit_progress(remaining=len(partner_ids))
        for ids in split_every(BATCH, partner_ids):
            free = Partner.browse(ids).try_lock_for_update(allow_referencing=True)
            self._follow_or_report(free)
            if len(free) < len(ids):
                self.env.ref(CRON)._trigger(fields.Datetime.now() + AGAIN_AFTER)
            if not job._commit_progress(len(ids)):
                return

    def _follow_or_report(self, partners):
        """Have these follow together; when that fails, each half of them, down to the one."""
        if not partners:
            return
        try:
            with self.env.cr.savepoint():
                self._take(self._steps(self._wanted(partners.ids), partners.ids))
        except OperationalError:  # such as a conflict with another transaction
            raise
        except (UserError, DatabaseError) as error:
            half = len(partners) // 2
            if not half:
                _logger.warning("Customer %s does not follow his tier: %s", partners.id, error)
                return
            self._follow_or_report(partners[:half])
            self._follow_or_report(partners[half:])

    @api.model
    def _give_back(self, partner_ids=None):
        """Give customers (all when None) back what they had before their tiers."""
        nothing = SQL("SELECT 0 AS partner_id, 0 AS company_id, 0 AS value WHERE FALSE")
        self._take(self._steps(nothing, partner_ids))

    @api.model
    def _wanted(self, partner_ids=None) -> SQL:
        """Return the SELECT of what the tiers give, one row for each level and price list."""
        mine = (
            SQL("TRUE") if partner_ids is None else SQL("place.partner_id = ANY(%s)", partner_ids)
        )
        return SQL(
            """
            SELECT partner_id, company_id, value
              FROM (
                    SELECT DISTINCT ON (place.partner_id, kind.company_id)
                           place.partner_id, kind.company_id, kind.value
                      FROM crm_loyalty_membership place
                      JOIN crm_loyalty_ladder ladder
                        ON ladder.id = place.ladder_id AND ladder.active
                           AND ladder.state = 'published'
                      JOIN crm_loyalty_tier tier ON tier.id = place.tier_id
                      JOIN res_partner_grade grade ON grade.id = tier.grade_id AND grade.active
                      JOIN res_partner partner ON partner.id = place.partner_id
                           AND partner.commercial_partner_id = partner.id
                      LEFT JOIN product_pricelist pricelist
                        ON pricelist.id = grade.default_pricelist_id AND pricelist.active
                           AND COALESCE(pricelist.company_id, place.company_id) = place.company_id
                     CROSS JOIN LATERAL (
                            VALUES (0, grade.id), (place.company_id, pricelist.id)
                           ) kind (company_id, value)
                     WHERE %s
                     ORDER BY place.partner_id, kind.company_id, ladder.sequence, ladder.id
                   ) first
             WHERE value IS NOT NULL
            """,
            mine,
        )

    @api.model
    def _steps(self, wanted, partner_ids=None) -> list[Step]:
        """Return what is to be done, nothing of what somebody has set by hand."""
        self.env.flush_all()
        mine = SQL("TRUE") if partner_ids is None else SQL("partner_id = ANY(%s)", partner_ids)
        rows = self.env.execute_query(
            SQL(
                """
                WITH wanted AS (%(wanted)s), given AS (
                    SELECT id, partner_id, COALESCE(company_id, 0) AS company_id,
                           COALESCE(given_grade_id, given_pricelist_id) AS value,
                           COALESCE(previous_grade_id, previous_pricelist_id) AS previous
                      FROM crm_loyalty_level WHERE %(mine)s
                ), place AS (
                    SELECT partner_id, company_id, given.id AS row_id, given.value AS given,
                           wanted.value AS wanted, previous
                      FROM wanted FULL JOIN given USING (partner_id, company_id)
                )
                SELECT place.partner_id, place.company_id, row_id, present, wanted, previous
                  FROM place
                  JOIN res_partner partner ON partner.id = place.partner_id
                 CROSS JOIN LATERAL (
                        SELECT CASE place.company_id WHEN 0 THEN partner.grade_id ELSE (
                            partner.specific_property_product_pricelist
                            ->>place.company_id::text
                        )::int END
                       ) now (present)
                 WHERE row_id IS NULL
                    OR (present IS NOT DISTINCT FROM given
                        AND (wanted IS NULL OR wanted IS DISTINCT FROM given))
                 ORDER BY place.partner_id, place.company_id
                """,
                wanted=wanted,
                mine=mine,
            )
        )
        return [Step(*row) for row in rows]

    @api.model
    def _take(self, steps):
        """Give the customers what the steps say, and note what they had before."""
        for (company_id, target), those in self._alike(steps, lambda one: one.target).items():
            changing = [one.partner_id for one in those if one.present != target]
            self.env["res.partner"].browse(changing)._receive(company_id, target)
        rows_to_make = []
        for step in steps:
            if not step.row_id:
                values = zip(
                    COLUMNS[step.company_id == EVERYWHERE], (step.wanted, step.present), strict=True
                )
                company = {"company_id": step.company_id or False}
                rows_to_make.append({"partner_id": step.partner_id, **company, **dict(values)})
        self.create(rows_to_make)
        self.browse(one.row_id for one in steps if one.row_id and not one.wanted).unlink()
        kept = [one for one in steps if one.row_id and one.wanted]
        for (company_id, wanted), those in self._alike(kept, lambda one: one.wanted).items():
            given = COLUMNS[company_id == EVERYWHERE][0]
            self.browse(one.row_id for one in those).write({given: wanted})

    @api.model
    def _alike(self, steps, value_of):
        """Return ``{(company's id, value): steps}``."""
        alike = {}
        for step in steps:
            alike.setdefault((step.company_id, value_of(step)), []).append(step)
        return alike
