"""The walk of `make demo`, on a stack in this process whose queues run beside it."""

import io
import math
import re
import threading
import time
from contextlib import contextmanager

from rich.console import Console

from local.vendors import acquaint
from local.walk import lines, walk
from lytics_cm_cli.finding import Place
from simulators.campaign_monitor.generator import World
from simulators.lytics.__main__ import AUDIENCES
from tests.aws import api_gateway
from tests.aws.stack import ADMIN_TOKEN
from tests.flows.exporting import exporting

SMALL = World(clients=1, lists=2, subscribers=90, campaigns=2, activity=160, journeys=0, one_name=True)


@contextmanager
def queues_running(product):
    """The queues are worked on until the block ends. They put the clock forward, so no call is late by it."""
    product.executions.timed = False
    ended, wrong = threading.Event(), []

    def work():
        while not ended.is_set() and not wrong:
            try:
                product.pump()
            except BaseException as error:  # noqa: BLE001 - raised again below
                wrong.append(error)
            time.sleep(0.02)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        ended.set()
        worker.join()
        for error in wrong:
            raise error


def told(console):
    """What was typed, and all that was answered."""
    text = console.file.getvalue()
    return [line[2:] for line in text.splitlines() if line.startswith("$ ")], text


def test_the_walk_shows_both_halves_of_the_product_and_one_person_in_both(monkeypatch):
    """Also in a shell that has another stack in mind."""
    monkeypatch.setenv("LYTICS_CM_STACK", "production")
    monkeypatch.setattr(api_gateway, "MAX_SECONDS", math.inf)
    console = Console(file=io.StringIO(), width=100, highlight=False)
    with exporting(audiences=AUDIENCES, scenario=SMALL) as stage, queues_running(stage.product):
        acquaint(stage.vendor.url, stage.lytics.url)
        place = Place(stage.product.url, ADMIN_TOKEN, stage.vendor.url, stage.lytics.url)
        walk(console, place)

        typed, text = told(console)
        person = typed[-1].split()[-1]
        newsletter, customers, *_ = stage.vendor.lists
        assert typed[-2:] == [f"lytics-cm profile {what} {person}" for what in ("show", "exports")]
        assert len(re.findall(r"\d\.\d s from the command to the", text)) == 2
        assert customers.find(person).state == "Unsubscribed"
        assert newsletter.find(person).state == "Active"
        assert stage.audiences(newsletter)[newsletter.find(person).email] == ["VIP"]
        assert [one.title for one in newsletter.segments.values()] == ["VIP", "At Risk"]
        assert "Customers (unsubscribed), Newsletter (active)" in text


def test_a_command_line_is_broken_between_its_options_alone():
    words = ("export", "start", "--list", "News letter", "--watch", "--map", "city=City")

    assert lines(words, 32) == [
        "lytics-cm export start",
        "--list 'News letter' --watch",
        "--map city=City",
    ]
