from . import portal
from . import offers
