"""Real connections, whose work is committed."""

import sys
import threading
from contextlib import contextmanager
from pathlib import Path

from odoo import SUPERUSER_ID, api
from odoo.service.model import retrying

TOGETHER = 6
CROWD = 300
PREFIX = "RACE"
PROGRAM = sys.executable, str(Path(__file__).parent)  # to it come a race and a database


@contextmanager
def transaction(registry):
    """Give an environment whose work is committed at the end."""
    with registry.cursor() as cursor:
        yield api.Environment(cursor, SUPERUSER_ID, {})


def together(registry, work, number=TOGETHER):
    """Run the work so many times at once, each repeated as the server does; return the errors."""
    start, errors = threading.Barrier(number), []

    def run(turn):
        with registry.cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            env.cr.execute("SELECT 1")  # the snapshot is older than what the others do
            start.wait()
            try:
                retrying(lambda: work(env, turn), env)
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=run, args=(turn,)) for turn in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors
