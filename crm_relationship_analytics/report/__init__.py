from . import crm_customer_fact, crm_customer_fact_income, crm_customer_fact_service
from . import crm_segment_movement
from . import crm_segment_overlap
