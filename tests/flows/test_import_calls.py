"""How many calls to AWS a worker waits for around a page, one after the other; what it asks side by side counts once."""

import json
import time
from collections import Counter

import pytest

from simulators.campaign_monitor.generator import World
from tests.aws.clock import _sleep
from tests.aws.deaths import Deaths
from tests.flows.importing import Stage

WORLD = World(clients=1, lists=1, subscribers=3600, campaigns=1, activity=5000, recipients=40, journeys=0)
MOMENT = 0.3
"""Seconds that a call to AWS takes: much longer than it takes to begin another one beside it, also on a busy machine."""
WATCHED = ("active/", "opens/", "recipients/")
MOST = 4


class Watched(Deaths):
    """Kills nobody; lets every call of a page's worker take a moment, and keeps when it began and ended."""

    def __init__(self):
        super().__init__()
        self.pages, self._calls = {}, None

    def begin(self, messages):
        super().begin(messages)
        told = [json.loads(message.body) for message in messages]
        is_page = told[0].get("task") == "page" and any(part in told[0]["unit"] for part in WATCHED)
        self._calls = self.pages.setdefault(told[0]["unit"], []) if is_page else None

    def hear(self, service, operation):
        if (calls := self._calls) is not None:
            began = time.perf_counter()
            _sleep(MOMENT)
            calls.append((began, time.perf_counter(), operation))


def in_sequence(calls):
    """How many calls had to wait for one another: the most of which no two were under way at once."""
    count, over = 0, 0.0
    for began, ended, _ in sorted(calls, key=lambda call: call[1]):
        if began >= over:
            count, over = count + 1, ended
    return count


@pytest.fixture(scope="module")
def pages():
    """The calls around each page of a first import, by the page's unit."""
    with Stage(WORLD) as stage:
        stage.begin()
        watched = Watched()
        stage.pump(deaths=watched)
        stage.assert_run_is_whole()
        return watched.pages


def test_a_page_waits_for_four_calls_to_aws_at_most_and_the_last_of_several_for_the_end_that_it_sends(pages):
    waits = {unit: in_sequence(calls) for unit, calls in pages.items()}
    several = {series_of(unit) for unit in waits if unit.endswith("/2")}
    more = [series_of(unit) for unit, count in waits.items() if count == MOST + 1]

    assert max(waits.values()) <= MOST + 1
    assert any(unit.endswith("/3") for unit in waits)
    assert sorted(more) == sorted(several)


def test_a_page_costs_its_accounts_pace_two_calls(pages):
    asked = [Counter(operation for *_, operation in calls) for calls in pages.values()]

    assert {calls["GetItem"] for calls in asked} == {0}
    # the turn is taken and given back, the page is confirmed; one of several is marked as read
    assert {calls["UpdateItem"] for calls in asked} == {3, 4}


def series_of(unit):
    return unit.rpartition("/")[0]
