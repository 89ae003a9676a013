from . import crm_customer_standing
from . import crm_customer_standing_rfm
from . import crm_segment
from . import crm_segment_evaluation
from . import crm_segment_membership
from . import res_partner_segment
