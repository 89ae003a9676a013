from . import test_logic
from . import test_contribution
from . import test_contribution_grade
from . import test_service_rate
from . import test_outlook
from . import test_outlook_changes
from . import test_outlook_estimates
