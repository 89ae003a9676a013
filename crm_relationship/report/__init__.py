from . import crm_customer_fact
from . import crm_member_card
from . import crm_personal_data_report
from . import crm_touch_letter
