from . import crm_points_breakage
