from . import test_logic
from . import test_ledger
from . import test_expiry
from . import test_points_notice
from . import test_points_accounts
from . import test_points_difference
