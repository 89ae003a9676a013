from . import account_move_line
from . import crm_customer_standing
from . import crm_customer_standing_contribution
from . import crm_service_rate
from . import crm_value_grade
from . import crm_value_policy
from . import product_value
