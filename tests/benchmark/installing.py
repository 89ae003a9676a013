"""P12: what it costs to install the addon in the database of a configuration file."""

import json
import sys
import time
from pathlib import Path

NANOSECOND = 1e-9


def cost_of_installing(config_file: str, addon: str) -> tuple[float, float]:
    """Return the seconds of the processor, here and in the database's backends, and the clock's."""
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["-c", config_file, "--log-level=error"], setup_logging=True)
    [name] = config["db_name"]
    start, cpu = time.perf_counter(), time.process_time()
    registry = Registry.new(name, update_module=True, install_modules=[addon])
    cpu, wall = time.process_time() - cpu, time.perf_counter() - start
    with registry.cursor() as cr:
        cr.execute("SELECT pid FROM pg_stat_activity WHERE datname = CURRENT_DATABASE()")
        schedules = [Path("/proc", str(pid), "schedstat") for (pid,) in cr.fetchall()]
    backends = [int(path.read_text().split()[0]) for path in schedules if path.exists()]
    return cpu + sum(backends) * NANOSECOND, wall


if __name__ == "__main__":
    print(json.dumps(cost_of_installing(*sys.argv[1:])))
