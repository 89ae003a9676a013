from . import test_logic
from . import test_ledger
from . import test_points_overview
from . import test_points_transfer
from . import test_points_opening
from . import test_points_portal
from . import test_hoot
