"""Whom each route serves: a table of all of them, asked as every kind of caller."""

import json
import re

import pytest

from tests.aws.template import Deployment
from tests.flows.exporting import exporting

ROLES = ("viewer", "operator", "admin")
SERVES = {
    "viewer": """
        GET /audiences
        GET /authorizations
        GET /authorizations/{id}
        GET /authorizations/{id}/clients
        GET /authorizations/{id}/clients/{client_id}/lists
        GET /authorizations/{id}/clients/{client_id}/lists/{list_id}/custom-fields
        GET /authorizations/{id}/lists/{list_id}/custom-fields
        GET /blocks
        GET /dead-letters
        GET /exports
        GET /exports/{id}
        GET /exports/{id}/activity
        GET /exports/{id}/failures
        GET /exports/{id}/ledger
        GET /exports/{id}/plan
        GET /imports
        GET /imports/estimate
        GET /imports/{id}
        GET /imports/{id}/failures
        GET /imports/{id}/runs
        GET /lytics/fields
        GET /profiles
        GET /profiles/{email}
        GET /profiles/{email}/consent
        GET /profiles/{email}/explain
        GET /profiles/{email}/export
        GET /profiles/{email}/exports
        GET /profiles/{email}/rows
        DELETE /sessions/{id}
        GET /sessions/current
        GET /streams/reproject
        GET /streams/{stream}/mapping
        GET /system
    """,
    "operator": """
        POST /authorizations/{id}/lists/{list_id}/custom-fields
        POST /dead-letters/{queue}/redrive
        POST /exports
        DELETE /exports/{id}
        PATCH /exports/{id}
        POST /exports/{id}/retry-failures
        POST /exports/{id}/start
        POST /exports/{id}/stop
        POST /exports/{id}/try
        POST /imports
        DELETE /imports/{id}
        PATCH /imports/{id}
        POST /imports/{id}/run
        POST /imports/{id}/start
        POST /imports/{id}/stop
        POST /streams/reproject
        POST /streams/{stream}/mapping/check
    """,
    "admin": """
        POST /authorizations
        DELETE /authorizations/{id}
        POST /authorizations/{id}/reconnect
        DELETE /blocks/{email}
        GET /events
        POST /exports/{id}/rotate-webhook
        POST /imports/{id}/rotate-webhooks
        DELETE /profiles/{email}
        GET /sessions
        POST /sessions
        DELETE /streams/{stream}/mapping
        PUT /streams/{stream}/mapping
    """,
}
"""The routes that serve each role; those after it are served, too. `DELETE /sessions/{id}`: everybody their own."""
TABLE = {route.strip(): role for role, text in SERVES.items() for route in text.strip().splitlines()}
PUBLIC = Deployment().public_routes()
OURS = [route for route in PUBLIC if "/webhooks/" not in route]
METHODS_OF_OTHERS = Deployment().other_routes()
OPEN = Deployment().other_public_routes()


@pytest.fixture(scope="module")
def product():
    with exporting() as stage:
        yield stage.product


@pytest.fixture(scope="module")
def tokens(product):
    """Of every kind of caller."""

    def make(role, hours=1):
        answer = product.gateway.post("/sessions", {"name": role, "role": role, "hours": hours})
        return answer.json["id"], answer.json["token"]

    known = {role: make(role)[1] for role in ROLES}
    session, known["revoked"] = make("admin")
    assert product.gateway.delete(f"/sessions/{session}").status == 204
    _, known["expired"] = make("admin", hours=0.001)
    product.later(seconds=4)
    head, _, tail = known["admin"].partition(".")
    known["forged"] = f"{known['viewer'].partition('.')[0]}.{tail}"
    return {**known, "garbage": "garbage", "cut": head}


@pytest.fixture
def ask(product, tokens):
    def call(route, who):
        method, path = route.split(" ")
        path = re.sub(r"{\w+}", "x", path.replace("{email}", "nobody@example.com"))
        sent = {"Authorization": f"Bearer {tokens[who]}" if who else ""}
        return product.gateway.call(method, path, body="{", headers=sent)

    return call


def test_every_route_is_in_the_table():
    assert sorted(TABLE) == sorted(set(Deployment().routes()) - set(PUBLIC))


@pytest.mark.parametrize("route", sorted(TABLE))
def test_a_route_serves_its_role_and_those_above(ask, route):
    needed = TABLE[route]
    statuses = {role: ask(route, role) for role in ROLES}

    served = [role for role in ROLES if statuses[role].status != 403]
    expected = [role for role in ROLES if ROLES.index(role) >= ROLES.index(needed)]
    if route == "DELETE /sessions/{id}":  # not their own
        expected = ["admin"]
    assert served == expected
    for role in set(ROLES) - set(served):
        answer = statuses[role]
        assert f"needs the role {'admin' if 'sessions' in route else needed}; yours is {role}" in answer.body
        assert json.loads(answer.body)["details"] == []


@pytest.mark.parametrize("route", sorted(TABLE))
def test_a_route_serves_nobody_without_a_token_that_holds(ask, route):
    strangers = ("garbage", "expired", "revoked", "forged", "cut")

    assert ask(route, None).status == 401
    assert {who: ask(route, who).status for who in strangers} == dict.fromkeys(strangers, 403)


@pytest.mark.parametrize("route", sorted(OURS))
def test_a_public_route_serves_everybody(ask, route):
    (status,) = {ask(route, who).status for who in (None, "garbage", *ROLES)}

    assert status in {200, 400, 404}  # the last one: there is no file x


@pytest.mark.parametrize("route", sorted(METHODS_OF_OTHERS))
def test_whoever_is_let_in_may_be_told_which_methods_there_are(ask, route):
    assert ask(route, "viewer").status == 405
    assert ask(route, None).status == (405 if route in OPEN else 401)


def test_a_route_that_no_authorizer_stands_before_serves_nobody_unless_it_says_so(product, ask):
    """As it would be after a mistake in the template."""
    product.gateway.public += tuple(TABLE)
    try:
        answers = {ask(route, "admin").status for route in TABLE}
        told = ask("GET /imports", "admin").json
    finally:
        product.gateway.public = product.gateway.public[: -len(TABLE)]

    assert answers == {403}
    assert told == {"message": "this needs the role viewer; you have none", "details": []}
