from . import crm_customer_fact
from . import crm_points_breakage
