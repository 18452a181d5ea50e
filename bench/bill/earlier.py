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

UNITS: dict[str, Any] = {}
