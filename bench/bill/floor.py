"""The floor beside the measured figures, and what was measured of the earlier commit where git does not have it."""

from bench.bill.prices import API_REQUEST, LAMBDA_REQUEST, SQS_CHUNK, SQS_REQUEST, WRITE_UNIT
from bench.bill.pricing import Bill
from bench.bill.shapes import deflated, pages

KB = 1024
ROWS_OF_AN_EVENT = 2
EVENT = Bill(
    writes=1.0,
    dynamodb=WRITE_UNIT.dollars,
    sqs=3 * SQS_REQUEST.dollars,
    api=API_REQUEST.dollars,
    functions=2 * LAMBDA_REQUEST.dollars,
)
"""One POST that two functions see, through one queue, into one item."""


def floor_of(load: str, people: int, campaigns: int) -> Bill:
    """What the bytes of a row cost that is sent once and written once."""
    if load.startswith("webhooks"):
        return EVENT.times(1 / ROWS_OF_AN_EVENT)
    bytes_ = row_bytes(min(people, 6000), min(campaigns, 4))
    writes = bytes_ / KB
    return Bill(
        writes=writes,
        dynamodb=writes * WRITE_UNIT.dollars,
        sqs=2 * bytes_ / SQS_CHUNK * SQS_REQUEST.dollars,
    )


def row_bytes(people: int, campaigns: int) -> float:
    """Bytes of a row, deflated with the others of its page."""
    found = [(len(rows), deflated(rows)) for rows in pages(people, campaigns)]
    return sum(size for _, size in found) / sum(rows for rows, _ in found)


RECORDED = {
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
