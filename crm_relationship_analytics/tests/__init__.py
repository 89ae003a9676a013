from . import test_logic
