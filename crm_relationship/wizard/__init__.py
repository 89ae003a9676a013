from . import base_partner_merge
from . import crm_value_grade_override
from . import base_partner_merge_duplicate
