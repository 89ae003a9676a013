from . import crm_points_breakage
from . import crm_offer_demand
