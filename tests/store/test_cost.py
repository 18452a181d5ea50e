"""What one more row costs does not grow with the person's age, as AWS's own emulation counts it."""

import boto3
import pytest

from profile_app.mappings import InForce
from profile_app.profiles import Profiles
from tests.aws.dynamodb import partiql
from tests.aws.dynamodb.local import ACCESS
from tests.store.conftest import new_tables
from tests.store.people import JANE, RULES, expected, make_fact, make_snapshot

LIVE = 120
"""More than the rows of four leaves."""
OLD = 1200
READS = ("get_item", "batch_get_item", "query")


class Meter:
    """A client that adds up the write units of its calls, by table, and the items that it asks for by their keys.

    AWS asks for a unit for an item that is not there, DynamoDB Local does not.
    """

    def __init__(self, client):
        self._client = client
        self.rows, self.plain = new_tables(client)
        self.reset()

    def reset(self):
        self.written, self.asked = {self.rows: 0, self.plain: 0}, 0

    def batch_execute_statement(self, *, Statements):  # noqa: N803 - named by boto3
        """DynamoDB Local meters no PartiQL: each statement is made as the classic call that costs the same."""
        return partiql.batch(Statements, lambda operation, request: getattr(self, operation)(**request))

    def __getattr__(self, operation):
        def call(**request):
            answer = getattr(self._client, operation)(**request, ReturnConsumedCapacity="TOTAL")
            consumed = answer["ConsumedCapacity"]
            if operation not in READS:
                for one in consumed if isinstance(consumed, list) else [consumed]:
                    self.written[one["TableName"]] += one["CapacityUnits"]
            self.asked += sum(len(one["Keys"]) for one in request.get("RequestItems", {}).values())
            return answer

        return call


@pytest.fixture
def meter(local_url):
    client = boto3.client("dynamodb", endpoint_url=local_url, **ACCESS)
    yield Meter(client)
    client.close()


@pytest.fixture
def profiles(meter):
    return Profiles(meter, meter.rows, meter.plain, lambda: InForce(RULES, 0), threads=4)


def clicks(number, since=0):
    return [
        make_fact(minute=minute, url=f"https://www.example.com/page/{minute % 40}")
        for minute in range(since, since + number)
    ]


def units_per_live_row(meter, profiles, since):
    meter.reset()
    for row in clicks(LIVE, since):
        profiles.write([row])
    return meter.written[meter.rows] / LIVE


def test_a_live_row_costs_one_unit_and_a_little_at_any_age(meter, profiles):
    young = units_per_live_row(meter, profiles, 0)
    profiles.write(clicks(OLD, LIVE))
    old = units_per_live_row(meter, profiles, LIVE + OLD)

    assert young < 1.1
    assert old < 1.1
    found = profiles.read(JANE)
    assert (found.fields, found.rows) == expected(clicks(OLD + 2 * LIVE))


def test_the_two_rows_of_a_webhooks_event_share_a_unit(meter, profiles):
    profiles.write([*clicks(100), make_snapshot()])
    meter.reset()

    for minute in range(200, 220):
        told = make_snapshot(minute=minute, seen=minute, witness="hook", name=f"Jane {minute}")
        profiles.write([make_fact(event="update", minute=minute), told])

    assert meter.written[meter.rows] / 40 <= 0.7


def test_a_young_persons_event_costs_two_units_a_row_with_the_plain_profile(meter, profiles):
    meter.reset()
    for minute in range(20):
        told = make_snapshot(minute=minute, seen=minute, witness="hook", name=f"Jane {minute}")
        profiles.write([make_fact(event="update", minute=minute), told])
        profiles.project([JANE], is_live=True)

    assert sum(meter.written.values()) / 40 <= 2


def test_rows_that_come_together_share_units(meter, profiles):
    meter.reset()

    profiles.write(clicks(1000))

    assert meter.written[meter.rows] / 1000 < 0.1


def test_rows_that_are_known_cost_no_write(meter, profiles):
    profiles.write(clicks(300))
    profiles.project([JANE])
    meter.reset()

    written = profiles.write(clicks(300))
    profiles.project([JANE])

    assert written.duplicates == 300
    assert sum(meter.written.values()) == 0


def test_the_same_state_of_somebody_with_one_leaf_asks_for_one_item(meter, profiles):
    profiles.write([make_snapshot()])
    meter.reset()

    profiles.write([make_snapshot()])

    assert meter.asked == 1


def test_a_row_takes_80_bytes_at_most(meter, profiles):
    profiles.write(clicks(1000))

    items = [item for page in profiles._table.pages(JANE, ("leaf#", "leaf$")) for item in page]
    stored = sum(
        len(name) + len(next(iter(value.values()))) for item in items for name, value in item.items()
    )
    assert stored / 1000 <= 80
