from . import crm_customer_standing
from . import crm_customer_outlook
from . import crm_customer_outlook_refresh
from . import crm_customer_state_change
from . import crm_outlook_fit
from . import crm_value_policy_outlook
from . import res_partner_outlook
