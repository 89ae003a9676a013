from . import base_partner_merge
from . import crm_value_grade_override
from . import crm_member_number_replacement
