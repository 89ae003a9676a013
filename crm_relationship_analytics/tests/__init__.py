from . import test_logic
from . import test_outlook
from . import test_outlook_changes
from . import test_outlook_estimates
