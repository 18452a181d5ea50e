"""What one more row costs does not grow with the profile's age, as AWS's own emulation counts it."""

import boto3
import pytest

from lytics_cm.store.profiles import Profiles
from tests import partiql
from tests.store.conftest import ACCESS, new_table
from tests.store.people import JANE, RULES, expected, make_fact

LIVE = 120
"""More than two folds' worth."""
OLD = 1200
"""Rows of a profile that has been folded in two tiers."""


class Meter:
    """A client that adds up the write units of its calls."""

    def __init__(self, client, table):
        self._client = client
        self.table = table
        self.units = 0

    def batch_execute_statement(self, *, Statements):  # noqa: N803 - named by boto3
        """DynamoDB Local meters no PartiQL: each statement is made as the classic call that costs the same."""
        return partiql.batch(Statements, lambda operation, request: getattr(self, operation)(**request))

    def __getattr__(self, operation):
        def call(**request):
            answer = getattr(self._client, operation)(**request, ReturnConsumedCapacity="TOTAL")
            consumed = answer["ConsumedCapacity"]
            if operation not in ("get_item", "batch_get_item", "query"):
                consumed = consumed if isinstance(consumed, list) else [consumed]
                self.units += sum(one["CapacityUnits"] for one in consumed)
            return answer

        return call


@pytest.fixture
def meter(local_url):
    client = boto3.client("dynamodb", endpoint_url=local_url, **ACCESS)
    yield Meter(client, new_table(client))
    client.close()


def clicks(number, since=0):
    return [
        make_fact(minute=minute, url=f"https://www.example.com/page/{minute % 40}")
        for minute in range(since, since + number)
    ]


def units_per_live_row(meter, profiles, since):
    meter.units = 0
    for row in clicks(LIVE, since):
        profiles.write([row], RULES, since)
    return meter.units / LIVE


def test_a_live_row_costs_two_units_and_a_little_at_any_age(meter):
    profiles = Profiles(meter, meter.table, threads=4)

    young = units_per_live_row(meter, profiles, 0)
    profiles.write(clicks(OLD, LIVE), RULES, 1)
    old = units_per_live_row(meter, profiles, LIVE + OLD)

    assert young < 2.2
    assert old < 2.2
    found = profiles.read(JANE, RULES)
    assert (found.fields, found.rows) == expected(clicks(OLD + 2 * LIVE))


def test_rows_that_come_together_share_the_announcement(meter):
    profiles = Profiles(meter, meter.table, threads=4)
    meter.units = 0

    profiles.write(clicks(1000), RULES, 1)

    assert meter.units / 1000 < 1.2


def test_rows_that_are_known_cost_no_write(meter):
    profiles = Profiles(meter, meter.table, threads=4)
    profiles.write(clicks(300), RULES, 1)
    meter.units = 0

    assert profiles.write(clicks(300), RULES, 2).duplicates == 300
    assert meter.units == 0
