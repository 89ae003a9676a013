from odoo import api, fields, models, tools
from odoo.exceptions import LockError, UserError


class CrmDuplicatePolicy(models.Model):
    """When two contacts are worth a look, for all companies: there is one policy.

    It has a record of its own, so that managers set it on one page with the weights of the rules.
    """

    _name = "crm.duplicate.policy"
    _description = "Duplicate Policy"

    name = fields.Char(required=True, translate=True)
    threshold = fields.Integer(
        default=40,
        required=True,
        help="Two contacts are listed from this many points on: the sum of the weights of the rules"
        " that hold for them.",
    )
    maximum_shared = fields.Integer(
        string="Shared by at Most",
        default=20,
        required=True,
        help="An e-mail, a phone number or a name that more contacts have than this says nothing"
        " about who they are, such as the number of a switchboard.",
    )
    rule_ids = fields.One2many(
        comodel_name="crm.duplicate.rule",
        inverse_name="policy_id",
        string="Rules",
        context={"active_test": False},
    )
    searched_at = fields.Datetime(string="Last Searched", readonly=True)

    _threshold_range = models.Constraint(
        "CHECK (threshold BETWEEN 1 AND 100)", "The threshold lies between 1 and 100 points."
    )
    _maximum_shared_range = models.Constraint(
        "CHECK (maximum_shared BETWEEN 2 AND 100)",
        "A value is shared by 2 to 100 contacts: choose a number between.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        self._rules_changed()
        return policies

    def write(self, vals):
        result = super().write(vals)
        if {"threshold", "maximum_shared"} & vals.keys():
            self._rules_changed()
        return result

    def action_search_now(self):
        """Search for duplicates by the rules as they are now."""
        return self.env["crm.duplicate"].action_search_now()

    @api.model
    def _the_policy(self):
        """Return the policy; the addon comes with it, and nobody may create or delete one."""
        # sudo: the rules hold for whoever types or searches
        return self.sudo().search([], limit=1)

    @api.model
    @tools.ormcache()
    def _settings(self) -> tuple[int, int, dict[str, int]]:
        """Return the threshold, by how many a value is shared, and the weights of active rules.

        Cached: a warning while typing does not read them each time.
        """
        policy = self._the_policy()
        weights = {rule.kind: rule.weight for rule in policy.rule_ids if rule.active}
        return policy.threshold, policy.maximum_shared, weights

    @api.model
    def _rules_changed(self):
        """Have the queue filled anew by the rules that hold from now on."""
        self.env.registry.clear_cache()
        self.env["crm.duplicate"]._search_soon()

    def _lock_for_search(self):
        """Make sure that nobody else fills the queue at the moment."""
        try:
            self.lock_for_update()
        except LockError:
            raise UserError(
                self.env._("Duplicates are being searched right now: try again in a minute.")
            ) from None
