"""Connecting an account by the command line: it waits for the answer on the page of consent, and for nothing else."""

import pytest

from simulators.browser import consent
from simulators.campaign_monitor.generator import World
from tests.flows.exporting import exporting
from tests.terminal import terminal

QUIET = World(clients=1, lists=1, subscribers=5, campaigns=0, activity=0, journeys=0)
HURRY = "--wait", "5"
"""A command that is not told of an answer ends otherwise than it should, and soon."""
DENIED = "not connected: Access was denied on Campaign Monitor's page."


@pytest.fixture(scope="module")
def stage():
    with exporting(scenario=QUIET) as stage:
        yield stage


@pytest.fixture
def typed(stage, tmp_path):
    with terminal(tmp_path, stage.product, stage.lytics) as typed:
        yield typed


@pytest.fixture
def browse(monkeypatch):
    """`browse(visit)` is the browser that opens a page: `visit` is told its URL."""
    return lambda visit: monkeypatch.setattr("webbrowser.open", lambda url: bool(visit(url)))


def deny(url):
    return consent(url, allow=False)


def connect(stage, description):
    """Connect an account; return its path."""
    return f"/authorizations/{stage.product.connect(description)}"


def test_connecting_ends_with_the_answer(stage, typed, browse):
    browse(deny)
    refused = typed("connect", "Spare", *HURRY)
    browse(consent)
    allowed = typed.well("connect", "Other", "--json", *HURRY).json

    assert (refused.code, refused.errors.count(DENIED)) == (1, 1)
    assert "lytics-cm connect --again" in refused.errors
    assert allowed == stage.api.get(f"/authorizations/{allowed['id']}").json
    assert allowed["status"] == "active"


def test_a_second_denial_ends_the_waiting_too(stage, typed, browse):
    browse(deny)
    typed("connect", "Denied twice", *HURRY)

    assert DENIED in typed("connect", "--again", "Denied twice", *HURRY).errors


def test_an_account_that_is_active_is_connected_once_more_or_stays_as_it_is(stage, typed, browse):
    path = connect(stage, "Once more")
    before = stage.api.get(path).json

    browse(deny)
    refused = typed("connect", "--again", "Once more", *HURRY)
    kept = stage.api.get(path).json
    browse(consent)
    typed.well("connect", "--again", "Once more", *HURRY)

    assert (refused.code, DENIED in refused.errors) == (1, True)
    assert (kept["status"], kept["connected_at"]) == ("active", before["connected_at"])
    assert stage.api.get(path).json["connected_at"] > before["connected_at"]


@pytest.mark.parametrize("allow", [True, False])
def test_whoever_connects_an_account_is_told_what_a_later_one_answered(stage, typed, browse, allow):
    path = connect(stage, f"Of two: {allow}")

    def visit(_):  # somebody else asks for a consent too, so this one's URL works no more
        return consent(stage.api.post(f"{path}/reconnect").json["authorize_url"], allow=allow)

    browse(visit)
    said = typed("connect", "--again", f"Of two: {allow}", *HURRY)

    assert (said.code, DENIED in said.errors) == ((0, False) if allow else (1, True))


@pytest.mark.parametrize("is_new", [True, False])
def test_a_consent_that_nobody_gives_is_waited_for_until_its_time_is_over(stage, typed, browse, is_new):
    if not is_new:
        connect(stage, "Nobody comes")
    account = ("Nobody knows",) if is_new else ("--again", "Nobody comes")
    minutes = 15 * 60

    def left(seconds):
        browse(lambda _: stage.product.later(seconds=seconds) or True)
        return typed("connect", *account, "--wait", "1").errors

    waited, worked_on, over = left(minutes - 5), left(minutes + 5), left(minutes + 60)

    assert "no answer came in 1 s; the page stays open for a while" in waited
    assert "no answer came in 1 s\n" in worked_on
    assert "nobody has allowed access in time" in over
    assert all("lytics-cm connect --again" in said for said in (waited, worked_on, over))


def test_an_answer_that_is_lost_on_its_way_is_not_waited_for_longer_than_told(stage, typed, browse):
    path = connect(stage, "Lost")

    def hear(_, operation):
        if operation == "UpdateItem" and "authorize_until" not in stage.api.get(path).json:
            raise OSError("the worker dies with the answer in hand")

    def visit(url):
        stage.product.quick.before.append(hear)
        status, _ = consent(url)
        stage.product.quick.before.remove(hear)
        return status == 500

    browse(visit)
    lost = typed("connect", "--again", "Lost", "--wait", "1")
    browse(consent)
    typed.well("connect", "--again", "Lost", *HURRY)

    assert (lost.code, "no answer came in 1 s\n" in lost.errors) == (1, True)
    assert "lytics-cm connect --again" in lost.errors
