from . import portal
from . import referral_portal
