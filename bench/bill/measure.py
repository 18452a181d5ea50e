"""`python -m bench.bill.measure LOAD ARGUMENTS` plays one load and prints what it used as JSON.

A program of its own: the environment that handlers read when they are imported, and processor time, are its alone.
"""

import json
import os
import sys

for name in [each for each in os.environ if each.startswith("AWS_")]:
    del os.environ[name]
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "LyticsCm"  # read when a handler is imported


def main(load: str, arguments: str) -> None:
    """Play it; what HTTP costs is measured afterwards."""
    from bench.bill import http_cost  # noqa: PLC0415 - the environment comes first
    from bench.bill.loads import LOADS  # noqa: PLC0415

    played = LOADS[load](*json.loads(arguments))
    uses = {name: vars(use) for name, use in played.meter.uses.items() if use.invocations}
    costs = http_cost.seconds(played.meter.samples)
    print(json.dumps({"rows": played.rows, "uses": uses, "http": costs, "tables": played.tables}))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
