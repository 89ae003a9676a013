from . import base_partner_merge
from . import crm_value_grade_override
from . import crm_personal_data_export
from . import crm_anonymisation
from . import privacy_lookup_wizard
