"""The floor beside the measured figures: what the bytes alone would cost."""

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
