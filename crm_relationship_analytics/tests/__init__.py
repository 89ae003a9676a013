from . import test_logic
from . import test_outlook_estimates
from . import test_outlook
