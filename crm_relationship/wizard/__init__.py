from . import base_partner_merge
from . import base_partner_merge_rows
from . import crm_value_grade_override
from . import crm_member_number_replacement
from . import base_partner_merge_duplicate
from . import crm_personal_data_export
from . import crm_anonymisation
from . import privacy_lookup_wizard
