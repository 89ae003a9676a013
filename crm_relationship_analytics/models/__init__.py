from . import crm_customer_standing
