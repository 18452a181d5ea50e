"""Sessions on the deployed stack: API Gateway keeps what the authorizer said, and hands on who calls."""

import time
from uuid import uuid4

import pytest

from local.stack import Api

FORBIDDEN = 403
WITHIN_SECONDS = 60
"""A revoked session is refused by then."""
ROUTES = {
    "viewer": ("GET", "/imports"),
    "operator": ("POST", "/streams/reproject"),
    "admin": ("GET", "/sessions"),
}
"""A route of each role."""


@pytest.fixture
def make(up, admin):
    """A session: its id, and the API as its holder sees it."""

    def call(role, **more):
        made = admin.post("/sessions", {"name": role, "role": role, "hours": 1, **more})
        if "code" in made:
            made = up.public.post("/sessions/exchange", {"code": made["code"]})
        return made["id"], Api(up.deployment.url, made["token"])

    return call


def test_each_role_may_do_what_it_may_and_is_told_what_it_may_not(make):
    served = {}
    for role in ROUTES:
        _, api = make(role, code=True)
        answers = {needed: api.call(*route) for needed, route in ROUTES.items()}
        served[role] = [needed for needed, answer in answers.items() if answer.status_code != FORBIDDEN]

    assert served == {
        "viewer": ["viewer"],
        "operator": ["viewer", "operator"],
        "admin": ["viewer", "operator", "admin"],
    }
    assert make("viewer")[1].call("GET", "/sessions").json() == {
        "message": "this needs the role admin; yours is viewer",
        "details": [],
    }


def test_who_did_what_is_in_the_audit_log(admin, make):
    session, api = make("operator")
    job = uuid4().hex
    api.call("POST", f"/imports/{job}/run")

    (event,) = admin.get(f"/events?job={job}")["items"]

    assert (event["kind"], event["result"], event["who"]["session"]) == (
        "POST /imports/{id}/run",
        404,
        session,
    )
    assert event["from"]


def test_a_revoked_session_is_refused_within_a_minute(up, admin, make, sized):
    """A token that was used is known to API Gateway: waiting for it is for `make soak`."""
    gateway = up.client("apigateway")
    (api,) = gateway.get_rest_apis()["items"]
    (guard,) = gateway.get_authorizers(restApiId=api["id"])["items"]
    session, holder = make("viewer")
    if is_used := sized(False, True):
        assert holder.call("GET", "/imports").ok
    revoked = time.monotonic()
    assert admin.call("DELETE", f"/sessions/{session}").status_code == 204

    while is_used and holder.call("GET", "/imports").ok:
        assert time.monotonic() - revoked < WITHIN_SECONDS
        time.sleep(1)

    assert holder.call("GET", "/imports").status_code == FORBIDDEN
    assert 0 < guard["authorizerResultTtlInSeconds"] < WITHIN_SECONDS
