"""What was measured of an earlier commit: the last one that kept each row in an item of its own."""

from typing import Any

from bench.bill.pricing import Bill

COMMIT = "c88f81f"
COSTS = {
    "import, backlog": Bill(
        writes=1.806,
        reads=1.679,
        calls=0.1158,
        processor=0.0003975,
        lasting=0.001403,
        dynamodb=1.339e-06,
        functions=1.907e-08,
        sqs=7.071e-09,
        api=9.555e-11,
        logs=6.878e-10,
    ),
    "import, shuffled": Bill(
        writes=1.744,
        reads=1.629,
        calls=0.1129,
        processor=0.0004148,
        lasting=0.001433,
        dynamodb=1.293e-06,
        functions=1.947e-08,
        sqs=7.071e-09,
        api=9.555e-11,
        logs=6.879e-10,
    ),
    "import, page by page": Bill(
        writes=1.877,
        reads=1.764,
        calls=0.1222,
        processor=0.0004475,
        lasting=0.00153,
        dynamodb=1.394e-06,
        functions=2.101e-08,
        sqs=7.939e-09,
        api=9.555e-11,
        logs=1.2e-09,
    ),
    "webhooks, one by one": Bill(
        writes=1.502,
        reads=3.0,
        calls=5.002,
        processor=0.005753,
        lasting=0.05722,
        dynamodb=1.314e-06,
        functions=8.493e-07,
        sqs=6e-07,
        api=1.75e-06,
        logs=4.269e-07,
    ),
    "Keep Updated, a day": Bill(
        writes=2.247,
        reads=9.618,
        calls=0.498,
        processor=0.002422,
        lasting=0.01331,
        dynamodb=2.607e-06,
        functions=1.837e-07,
        sqs=6e-08,
        api=3.5e-09,
        logs=1.141e-08,
    ),
}
"""A row of the earlier commit, by load, of 6,000 people and 8 campaigns: measured by `bench.costs` on two shared cores."""

UNITS: dict[str, Any] = {
    "one row|10": {"writes": 2.053, "reads": 2.105, "calls": 4.053, "seconds": 0.005081},
    "one row and its plain item|10": {"writes": 2.098, "reads": 2.132, "calls": 4.06, "seconds": 0.005052},
    "an event of two rows|10": {"writes": 1.552, "reads": 1.574, "calls": 3.034, "seconds": 0.004242},
    "an event of two rows and its plain item|10": {
        "writes": 1.552,
        "reads": 1.574,
        "calls": 3.034,
        "seconds": 0.004424,
    },
    "read a profile|10": {"writes": 0.0, "reads": 15.0, "calls": 4.0, "seconds": 0.0104},
    "one row|1000": {"writes": 2.1, "reads": 2.132, "calls": 4.06, "seconds": 0.006453},
    "one row and its plain item|1000": {"writes": 2.105, "reads": 2.147, "calls": 4.067, "seconds": 0.005786},
    "an event of two rows|1000": {"writes": 1.549, "reads": 1.566, "calls": 3.03, "seconds": 0.004125},
    "an event of two rows and its plain item|1000": {
        "writes": 1.552,
        "reads": 1.571,
        "calls": 3.034,
        "seconds": 0.004541,
    },
    "read a profile|1000": {"writes": 0.0, "reads": 18.0, "calls": 4.0, "seconds": 0.009029},
    "one row|20000": {"writes": 2.105, "reads": 2.143, "calls": 4.067, "seconds": 0.005667},
    "one row and its plain item|20000": {"writes": 2.11, "reads": 2.155, "calls": 4.075, "seconds": 0.00559},
    "an event of two rows|20000": {"writes": 1.551, "reads": 1.569, "calls": 3.034, "seconds": 0.004077},
    "an event of two rows and its plain item|20000": {
        "writes": 1.551,
        "reads": 1.567,
        "calls": 3.034,
        "seconds": 0.004099,
    },
    "read a profile|20000": {"writes": 0.0, "reads": 71.0, "calls": 4.0, "seconds": 0.02319},
    "import, 1 pages together|27990": {
        "writes": 2.0,
        "reads": 1.929,
        "calls": 0.1008,
        "seconds": 0.0003528,
        "tables": {"0": 562.0},
    },
    "import, 5 pages together|27990": {
        "writes": 1.572,
        "reads": 1.436,
        "calls": 0.07738,
        "seconds": 0.0002395,
        "tables": {"0": 562.0},
    },
    "import, 40 pages together|27990": {
        "writes": 1.071,
        "reads": 0.07145,
        "calls": 0.04359,
        "seconds": 0.0001262,
        "tables": {"0": 562.0},
    },
}
"""The store alone, a row, as `bench.units` measured it with its usual sizes on two shared cores."""
