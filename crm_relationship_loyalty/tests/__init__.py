from . import test_logic
from . import test_ledger
