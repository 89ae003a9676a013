from . import base_partner_merge
from . import crm_grade_migration
from . import crm_playbook_decision
from . import crm_playbook_start
from . import base_partner_merge_journey
