from . import base_partner_merge
from . import loyalty_card_update_balance
from . import loyalty_generate_wizard
from . import sale_loyalty_reward_wizard
from . import crm_points_repair
from . import loyalty_points_transfer
from . import crm_offer_decline
from . import base_partner_merge_offers
