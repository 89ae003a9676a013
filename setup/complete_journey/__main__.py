"""What ./setup/load_complete_journey runs in the provisioned Python."""

import argparse

from psycopg2 import DatabaseError, OperationalError

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.sql_db import db_connect

from environment.progress import Problem, run_command_line, say

from .grading import table_of
from .journey_loader import JourneyLoader


def main() -> int:
    """Load the data into the database and print the grades."""
    options = parse_arguments()
    odoo.tools.config.parse_config(
        ["-c", options.config, "-d", options.database, "--no-http", "--log-level=warn"],
        setup_logging=True,
    )
    check_database(options.database)
    with Registry(options.database).cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        loader = JourneyLoader(env, cursor.commit)
        loader.check()
        loader.lock()
        try:
            rows = loader.load(read_journey(options.households), in_bulk=options.households is None)
        except (UserError, DatabaseError) as error:
            raise Problem(
                f"the database refuses the data ({' '.join(str(error).split())}): what was loaded "
                "is complete, so put this right and run the command again."
            ) from error
    print(f"\n{table_of(rows)}\n", flush=True)
    return 0


def parse_arguments() -> argparse.Namespace:
    """Return the options, which ./setup/load_complete_journey has checked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--households", type=int)
    return parser.parse_args()


def check_database(name: str) -> None:
    """Raise Problem when there is no Odoo database of this name."""
    try:
        with db_connect(name).cursor() as cursor:
            cursor.execute("SELECT to_regclass('ir_module_module')")
            [is_odoo] = cursor.fetchone()
    except OperationalError as error:
        raise Problem(
            f"the database {name} cannot be opened ({' '.join(str(error).split())}): create it, "
            f"for example with ./setup/run --database {name} --fresh, or check the PG* variables."
        ) from error
    if not is_odoo:
        raise Problem(f"the database {name} is not one of Odoo: choose another with --database.")


def read_journey(household_count: int | None):
    """Return the data, all of them or of the first households."""
    say("reading the data ...")
    from .source import read  # takes seconds, and pandas, so after all checks

    return read(household_count)


if __name__ == "__main__":
    run_command_line(main)
