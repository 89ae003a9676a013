from . import test_logic
from . import test_segment
from . import test_segment_customer
from . import test_rfm
from . import test_segment_security
