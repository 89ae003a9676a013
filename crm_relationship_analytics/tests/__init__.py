from . import test_logic
from . import test_contribution
from . import test_contribution_grade
from . import test_service_rate
