"""Races on real concurrent connections; run as a program of its own beside the tests.

    python tests/races RACE DATABASE

It commits what it needs, prints one line of JSON with what it saw, and takes its rows away again.
The configuration is the one that ``ODOO_RC`` names.
"""

import json
import sys

import accepting
import earning
import grading
import numbering
import offering
import ranking
import referring
import segmenting
import settling
import touching

import odoo.tools
from odoo.modules.registry import Registry

RACES = {
    race.__name__: race
    for race in (
        numbering.issue,
        numbering.take,
        numbering.replace,
        numbering.merge,
        numbering.issuing_killed,
        numbering.issuing_around,
        numbering.issue_slowly,
        touching.log_once,
        touching.send_together,
        touching.sending_killed,
        touching.send_and_die,
        earning.earn_together,
        earning.spend_together,
        earning.expiring_killed,
        earning.expire_and_die,
        offering.last_use,
        referring.reward_together,
        referring.refer_together,
        referring.rewarding_killed,
        referring.reward_and_die,
        accepting.last_acceptance,
        accepting.same_acceptance,
        accepting.acceptance_of_one_firm,
        ranking.evaluate_together,
        ranking.evaluation_killed,
        ranking.evaluate_and_die,
        segmenting.refresh_segment_together,
        settling.settle_together,
        settling.report_together,
        settling.settling_killed,
        settling.settle_and_die,
        grading.refresh,
        grading.killed,
        grading.die,
    )
}


def main():
    race, database = sys.argv[1:]
    odoo.tools.config.parse_config(["-d", database, "--no-http", "--log-level=critical"])
    registry = Registry(database)
    sys.stdout.write(json.dumps(RACES[race](registry)) + "\n")


if __name__ == "__main__":
    main()
