from . import crm_segment_movement
from . import crm_segment_overlap
