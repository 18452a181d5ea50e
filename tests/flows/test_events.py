"""The audit log through the front door: which calls leave an event, what it tells, and what it never does."""

import json
import re

import pytest

from lytics_cm.callers import Caller
from lytics_cm.store import events
from simulators.browser import consent
from tests.aws.template import Deployment
from tests.flows.exporting import exporting
from tests.flows.logged import logged

PUBLIC = Deployment().public_routes()
CHANGING = sorted(route for route in Deployment().routes() if not route.startswith("GET "))
CHANGING = [route for route in CHANGING if route not in PUBLIC]
READING = sorted(route for route in Deployment().routes() if route.startswith("GET "))
FINGERPRINT = re.compile(r"[0-9a-f]{12}")
ID = "a1b2c3"


@pytest.fixture(scope="module")
def stage():
    with exporting() as stage:
        yield stage


@pytest.fixture
def product(stage):
    return stage.product


@pytest.fixture
def ask(product):
    def call(route, query=(), body=None, token=None, ident=ID):
        method, path = route.split(" ")
        path = re.sub(r"{\w+}", ident, path.replace("{email}", "jane@example.com"))
        headers = {} if token is None else {"Authorization": f"Bearer {token}" if token else ""}
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        return product.gateway.call(method, path, query=query, body=text, headers=headers)

    return call


@pytest.fixture
def session(ask):
    def make(role, **more):
        return ask("POST /sessions", body={"name": f"the {role}", "role": role, "hours": 1, **more}).json

    return make


@pytest.fixture
def left(product):
    """What was left in the audit log by what a test does, oldest first."""
    before = [one["item"] for one in product.items("JobsTable") if one["job"] == "events"]

    def read():
        items = [one for one in product.items("JobsTable") if one["job"] == "events"]
        return sorted((one for one in items if one["item"] not in before), key=lambda one: one["item"])

    return read


def listed(ask, **query):
    return ask("GET /events", query=query).json["items"]


@pytest.mark.parametrize("route", CHANGING)
def test_a_call_that_may_change_something_leaves_one_event_with_its_result(ask, left, route):
    answer = ask(route, body="{")

    (event,) = left()
    assert (event["kind"], event["result"], event["source"]) == (route, answer.status, "192.0.2.1")
    assert event.get("subject") == (ID if re.search(r"{(?!email)", route) else None)
    assert event.get("job_id") == (ID if re.match(r"\w+ /(im|ex)ports/{id}", route) else None)
    assert event["expires_at"] == event["at"] // 1000 + 365 * 24 * 3600


@pytest.mark.parametrize("route", [*READING, *PUBLIC])
def test_reading_leaves_none_and_neither_does_what_a_stranger_tries(ask, left, route):
    ask(route, body="{")
    ask(route, body="{", token="")
    ask(route, body="{", token="garbage")

    assert left() == []


@pytest.mark.parametrize("route", CHANGING)
def test_nothing_of_a_call_is_kept_but_ids(product, ask, left, route):
    told = {"email": "jane@example.com", "description": "said-in-a-body", "block": True}
    ask(route, body=told, query={"odd": "said-in-a-query"})
    ask(route, body=told, ident="jane.doe%40example.com")

    kept = repr(left())
    assert [word for word in ("jane", "example", "said-in") if word in kept] == []


def test_who_was_refused_for_their_role_is_told_of(ask, session, left):
    known = session("viewer")
    refused = ask("POST /imports", body={}, token=known["token"])

    *_, event = left()
    assert (refused.status, event["kind"], event["result"]) == (403, "POST /imports", 403)
    assert event["who"] == {
        "name": "the viewer",
        "role": "viewer",
        "session": known["id"],
        "fingerprint": event["who"]["fingerprint"],
    }
    assert FINGERPRINT.fullmatch(event["who"]["fingerprint"])


def test_the_event_of_what_was_made_has_its_id(stage, ask):
    export = stage.start("vip")

    (newest, *_) = listed(ask)
    assert FINGERPRINT.fullmatch(newest["who"].pop("fingerprint"))
    assert {name: newest[name] for name in newest if name not in {"id", "at"}} == {
        "kind": "POST /exports",
        "who": {"name": "admin token", "role": "admin", "session": None},
        "from": "192.0.2.1",
        "job": export,
        "subject": export,
        "result": 201,
    }
    assert [one["kind"] for one in listed(ask, job=export)] == ["POST /exports"]


def test_a_consent_that_was_given_leaves_an_event_of_nobody(ask, left):
    begun = ask("POST /authorizations", body={"description": "Another"}).json
    for _ in range(2):
        consent(begun["authorize_url"])  # the second time in vain
    ask("GET /oauth/callback", query={"state": f"{begun['id']}.x", "code": "y"})

    made, given = left()
    assert (made["kind"], made["subject"]) == ("POST /authorizations", begun["id"])
    assert (given["kind"], given["subject"], given["result"]) == ("GET /oauth/callback", begun["id"], 200)
    assert listed(ask, kind="GET /oauth/callback")[0]["who"] is None


def test_a_code_that_was_exchanged_leaves_an_event_of_its_session(ask, session, left):
    made = session("operator", code=True)
    for _ in range(2):
        ask("POST /sessions/exchange", body={"code": made["code"]}, token="")

    _, exchanged = left()
    assert exchanged["who"] == {"name": "the operator", "role": "operator", "session": made["id"]}
    assert (exchanged["subject"], exchanged["result"]) == (made["id"], 200)


def test_events_are_filtered_by_all_that_is_asked_for(ask, session):
    ann, joe = session("operator"), session("operator")
    for known, job in ((ann, "j1"), (joe, "j1"), (ann, "j2")):
        for word in ("start", "stop"):
            ask(f"POST /imports/{{id}}/{word}", token=known["token"], ident=job)

    def found(**query):
        return [(one["who"]["session"], one["job"], one["kind"][-5:]) for one in listed(ask, **query)]

    a, j = ann["id"], joe["id"]
    assert found(job="j1") == [
        (j, "j1", "/stop"),
        (j, "j1", "start"),
        (a, "j1", "/stop"),
        (a, "j1", "start"),
    ]
    assert found(who=a, kind="POST /imports/{id}/stop") == [(a, "j2", "/stop"), (a, "j1", "/stop")]
    assert found(who=a, kind="POST /imports/{id}/stop", job="j2") == [(a, "j2", "/stop")]
    fingerprint = listed(ask, who=j)[0]["who"]["fingerprint"]
    assert found(who=fingerprint) == found(who=j) == [(j, "j1", "/stop"), (j, "j1", "start")]
    assert {one[0] for one in found(who="the operator", job="j1")} == {a, j}
    assert found(who="admin") == found(job="j") == []
    assert found(who="", job="j2") == found(job="j2")


def read_all(ask, **query):
    """Every page of the audit log: its items."""
    cursor = None
    while True:
        answer = ask("GET /events", query=query | ({"cursor": cursor} if cursor else {})).json
        yield answer["items"]
        if not (cursor := answer["cursor"]):
            return


def test_pages_together_are_the_whole_log_and_each_costs_one_read(product, ask):
    old = 1_700_000_000_000
    table = boto_table(product)
    for number in range(events.READ_AT_ONCE + 5):
        who = Caller("rare" if number == 0 else "often", "admin")
        events.record(table, events.Event(old + number, "run.failed", who, subject=str(number)))

    by_pages = list(read_all(ask, kind="run.failed", limit="300"))
    rare = list(read_all(ask, who="rare"))

    subjects = [one["subject"] for page in by_pages for one in page]
    assert subjects == [str(number) for number in reversed(range(events.READ_AT_ONCE + 5))]
    assert max(map(len, by_pages)) == 300
    assert [[one["subject"] for one in page] for page in rare] == [[], ["0"]]
    assert rare[1][0]["from"] is rare[1][0]["result"] is None


def boto_table(product):
    from lytics_cm.aws import table  # noqa: PLC0415 - the stand-ins must be there

    return table(product.names["JobsTable"])


@pytest.mark.parametrize(
    "query", [{"cursor": "ImphbmUi"}, {"cursor": "WzFd"}, {"limit": "501"}, {"limit": "0"}]
)
def test_a_page_that_cannot_be_is_refused(ask, query):
    answer = ask("GET /events", query=query)

    assert (answer.status, answer.json["details"][0]["field"]) == (422, *query)


def test_a_call_is_answered_also_when_its_event_cannot_be_written(product, ask, left):
    product.throttle().refuse("dynamodb", 3600)
    try:
        with logged() as lines:
            answer = ask("POST /imports", body="{")
    finally:
        product.throttle()

    called, line = lines()
    assert (called["message"], called["request_id"]) == ("called", answer.headers["X-Request-Id"])
    assert (answer.status, left()) == (400, [])
    assert (line["level"], line["message"]) == ("ERROR", "the audit log lacks this call")
    assert (line["kind"], line["result"], line["error"]) == ("POST /imports", 400, "Throttled")
    assert line["request_id"] == answer.headers["X-Request-Id"]
