from . import crm_customer_fact
