"""What all routes of the admin's API have in common, asked through the front door."""

import re

import pytest

from tests.aws.described import lists
from tests.aws.template import Deployment
from tests.contract import TAKES
from tests.flows.exporting import exporting
from tests.flows.logged import logged

PUBLIC = Deployment().public_routes()
ROUTES = sorted(route for route in Deployment().routes() if route not in PUBLIC)
OTHER = Deployment().other_routes()
METHODS = {
    path: sorted(route.split(" ")[0] for route in Deployment().routes() if route.endswith(f" {path}"))
    for path in {route.split(" ")[1] for route in OTHER}
}
RECEIVERS = [route for route in PUBLIC if "/webhooks/" in route]
HARMLESS = "a.client-s_id-1"


@pytest.fixture(scope="module")
def product():
    with exporting() as stage:
        yield stage.product


@pytest.fixture
def ask(product):
    def call(route, query=(), **more):
        method, path = route.split(" ")
        path = re.sub(r"{\w+}", "x", path.replace("{email}", "jane@example.com"))
        return product.gateway.call(method, path, query=query, **more)

    return call


@pytest.fixture
def log():
    """The lines that functions log, each as a dictionary, but for those of calls that may change something."""
    with logged() as lines:
        yield lambda: [line for line in lines() if line["message"] != "called"]


def detail(field, message):
    return {"field": field, "message": message}


def failed(ask, monkeypatch, **more):
    """An erasure that something unforeseen befalls."""
    with monkeypatch.context() as broken:
        broken.delenv("LOG_RETENTION_DAYS")
        return ask("DELETE /profiles/{email}", **more)


@pytest.mark.parametrize("route", ROUTES)
def test_an_unknown_parameter_is_refused_and_the_known_ones_are_named(ask, route):
    answer = ask(route, [("odd", "1"), ("limit ", ""), ("", "x")])

    told = f"unknown; this route takes {', '.join(TAKES.get(route, [])) or 'no parameters'}"
    assert answer.status == 422
    assert answer.json["details"] == [detail(name, told) for name in ("odd", "limit ", "query")]


@pytest.mark.parametrize("route", sorted(TAKES))
def test_a_parameter_that_is_told_twice_is_refused(ask, route):
    answer = ask(route, [(name, value) for name in TAKES[route] for value in ("7", "7")])

    told = [detail(name, "given more than once; give it once") for name in TAKES[route]]
    assert (answer.status, answer.json["details"]) == (422, told)


@pytest.mark.parametrize("route", sorted(route for route, names in TAKES.items() if "cursor" in names))
def test_an_empty_cursor_is_the_first_page(ask, route):
    assert ask(route, {"cursor": ""}).status == ask(route).status


@pytest.mark.parametrize("route", lists())
def test_every_list_takes_a_cursor(ask, route):
    assert ask(route, {"cursor": ""}).status == ask(route).status


@pytest.mark.parametrize(
    "path", ["authorizations", "imports", "exports", "audiences", "lytics/fields", "dead-letters"]
)
def test_a_list_of_one_page_refuses_a_cursor_that_it_never_gave(ask, path):
    answer = ask(f"GET /{path}", {"cursor": "WzFd"})

    told = [detail("cursor", "cursor must be the cursor of an earlier answer")]
    assert (answer.status, answer.json["details"]) == (422, told)


def test_many_and_long_parameters_are_answered_with_the_first_ones_cut(ask):
    answer = ask("GET /imports", [(f"{number}{'x' * 5000}", "") for number in range(300)])

    fields = [each["field"] for each in answer.json["details"]]
    assert (answer.status, len(fields), max(map(len, fields))) == (422, 100, 100)


@pytest.mark.parametrize("route", RECEIVERS)
def test_vendors_may_put_anything_behind_the_url_that_they_have(ask, route):
    assert ask(route, {"odd": "1"}, body="{}").status == 404


def test_the_consent_page_may_hand_over_anything(ask):
    answer = ask("GET /oauth/callback", [("odd", "1"), ("state", "a"), ("state", "b")])

    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.status == 400


@pytest.mark.parametrize("query", [{}, {"odd": "1"}], ids=["as it should be", "refused"])
@pytest.mark.parametrize("route", ROUTES)
def test_every_answer_has_an_id_of_its_own_and_is_kept_by_no_cache(ask, route, query):
    first, second = ask(route, query), ask(route, query)

    for answer in (first, second):
        assert (answer.headers["Cache-Control"], answer.headers["Content-Type"]) == (
            "no-store",
            "application/json",
        )
    assert len({first.headers["X-Request-Id"], second.headers["X-Request-Id"]}) == 2


def test_an_answer_keeps_the_headers_that_its_route_gave_it(ask):
    answer = ask("GET /oauth/callback")

    assert answer.headers.keys() > {"Cache-Control", "Content-Security-Policy", "X-Request-Id"}


def test_the_log_has_the_id_of_the_answer(ask, log, monkeypatch):
    answers = [failed(ask, monkeypatch), ask("GET /oauth/callback")]

    assert [answer.status for answer in answers] == [500, 400]
    assert [line["request_id"] for line in log()] == [each.headers["X-Request-Id"] for each in answers]
    assert all(line["gateway_request_id"] for line in log())
    assert not any("client_request_id" in line for line in log())


@pytest.mark.parametrize("header", ["X-Request-Id", "x-request-id"])
def test_the_log_has_an_id_of_the_caller_beside_ours(ask, log, monkeypatch, header):
    answer = failed(ask, monkeypatch, headers={header: HARMLESS})
    failed(ask, monkeypatch)

    first, second = log()
    assert (first["client_request_id"], first["request_id"]) == (HARMLESS, answer.headers["X-Request-Id"])
    assert answer.headers["X-Request-Id"] != HARMLESS
    assert "client_request_id" not in second


@pytest.mark.parametrize(
    "given", ["", " ", "x" * 65, "jane@example.com", 'a"}\n{"level": "INFO', "half \ud83d", "İ", "x\n"]
)
def test_an_id_of_the_caller_that_is_not_harmless_is_not_logged(ask, log, monkeypatch, given):
    answer = failed(ask, monkeypatch, headers={"X-Request-Id": given})

    (line,) = log()
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert "client_request_id" not in line


@pytest.mark.parametrize("path", sorted(METHODS))
def test_a_wrong_method_is_refused_and_the_right_ones_are_named(ask, path):
    wrong = [route for route in OTHER if route.endswith(f" {path}")]
    answers = [ask(route, {"odd": "1"}, body="{") for route in wrong]

    allow = ", ".join(METHODS[path])
    expected = (405, allow, {"message": f"this path takes {allow}", "details": []}, "no-store")
    assert [(a.status, a.headers["Allow"], a.json, a.headers["Cache-Control"]) for a in answers] == [
        expected
    ] * len(wrong)


def test_a_stranger_is_not_told_which_methods_there_are(product):
    refused = [
        product.gateway.call("PUT", "/imports", headers={"Authorization": header})
        for header in ("", "Bearer wrong")
    ]

    assert [answer.status for answer in refused] == [401, 403]
    assert product.gateway.call("PUT", "/oauth/callback", headers={"Authorization": ""}).status == 405
