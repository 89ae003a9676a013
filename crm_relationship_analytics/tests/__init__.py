from . import test_logic
from . import test_wallet
from . import test_playbook
from . import test_cohort
from . import test_wallet_security
