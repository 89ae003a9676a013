from . import portal
from . import referral_portal
from . import portal_tier
from . import offers
