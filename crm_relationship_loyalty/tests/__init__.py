from . import test_logic
from . import test_ledger
from . import test_eligibility
from . import test_personal_coupon
from . import test_code_refusal
from . import test_partial_redemption
