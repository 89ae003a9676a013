from . import crm_customer_fact
from . import crm_personal_data_report
