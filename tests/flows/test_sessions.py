"""Sessions through the front door: how somebody comes by a token, what it opens, and how it ends."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from lytics_cm.errors import Forbidden
from tests.flows.exporting import exporting

HOUR = 3600


@pytest.fixture(scope="module")
def stage():
    with exporting() as stage:
        yield stage


@pytest.fixture
def product(stage):
    return stage.product


@pytest.fixture
def ask(product):
    """Call a route as whoever carries a token; as the admin unless told."""

    def call(method, path, body=None, token=None, **more):
        headers = {} if token is None else {"Authorization": f"Bearer {token}" if token else ""}
        text = None if body is None else json.dumps(body)
        return product.gateway.call(method, path, body=text, headers=headers, **more)

    return call


@pytest.fixture
def make(ask):
    """Give somebody a session; the answer."""

    def call(role="viewer", hours=1, token=None, **more):
        answer = ask("POST", "/sessions", {"name": "Ann", "role": role, "hours": hours, **more}, token)
        assert answer.status == 201, answer.body
        return answer.json

    return call


def ids(ask, **query):
    return [one["id"] for one in ask("GET", "/sessions", query=query).json["items"]]


def seconds_left(product, made):
    return round(datetime.fromisoformat(made["expires_at"]).timestamp() - product.clock.now())


def test_a_session_is_a_token_for_some_hours(product, ask, make):
    made = make("operator", hours=0.25)

    assert made.keys() == {"id", "name", "role", "expires_at", "token"}
    assert (made["name"], made["role"], seconds_left(product, made)) == ("Ann", "operator", HOUR // 4)
    assert ask("GET", "/imports", token=made["token"]).status == 200
    assert ask("GET", "/imports", token=made["token"][:-1]).status == 403


def test_sessions_are_listed_newest_first_without_their_tokens(ask, make):
    first, second = make("viewer"), make("admin", code=True)

    (newest, before, *_) = ask("GET", "/sessions").json["items"]

    assert (newest["id"], newest["pending"]) == (second["id"], True)
    told = {
        "name": "Ann",
        "role": "viewer",
        "pending": False,
        "created_by": "admin token",
        "code_until": None,
    }
    assert before == {
        "id": first["id"],
        "expires_at": first["expires_at"],
        "created_at": before["created_at"],
        **told,
    }


def test_many_sessions_are_listed_by_pages(ask, make):
    made = [make()["id"] for _ in range(101)]

    first = ask("GET", "/sessions").json
    second = ask("GET", "/sessions", query={"cursor": first["cursor"]}).json

    assert [one["id"] for one in first["items"]] == made[:0:-1]
    assert second["items"][0]["id"] == made[0]


def test_a_code_is_exchanged_once(product, ask, make):
    made = make("operator", hours=2, code=True)
    assert made.keys() == {"id", "name", "role", "expires_at", "code", "code_until"}

    answers = [exchange(ask, made["code"]) for _ in range(3)]

    (good,) = [answer.json for answer in answers if answer.status == 200]
    assert [answer.status for answer in answers if answer.status != 200] == [403] * 2
    assert good == {
        **{name: made[name] for name in ("id", "name", "role", "expires_at")},
        "token": good["token"],
    }
    assert ask("GET", "/imports", token=good["token"]).status == 200
    product.later(minutes=119)
    assert ask("GET", "/imports", token=good["token"]).status == 200


def test_of_many_who_bring_a_code_at_once_one_gets_the_session(product, make):
    from auth_app.handlers import sessions  # noqa: PLC0415 - its environment must be there

    code, now = make(code=True)["code"], int(product.clock.now() * 1000)

    def is_given(_):
        try:
            return bool(sessions().exchange(code, now))
        except Forbidden:
            return False

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(is_given, range(8)))

    assert sum(given) == 1


def exchange(ask, code):
    return ask("POST", "/sessions/exchange", {"code": code}, token="")


def test_a_code_is_good_for_a_minute_and_leaves_nothing_behind(product, ask, make):
    made = make(code=True)
    product.later(seconds=60)

    answer = exchange(ask, made["code"])

    assert (answer.status, "has ended" in answer.json["message"]) == (403, True)
    assert made["id"] not in ids(ask)


def test_an_invitation_waits_for_hours_and_not_beyond_its_session(product, ask, make):
    invited = make("operator", hours=72, code=True, code_hours=48)
    brief = make(hours=1, code=True, code_hours=2)
    listed = {one["id"]: one["code_until"] for one in ask("GET", "/sessions").json["items"]}
    assert (listed[invited["id"]], brief["code_until"]) == (invited["code_until"], brief["expires_at"])

    product.later(hours=47.9)
    taken, gone = exchange(ask, invited["code"]), exchange(ask, brief["code"])

    assert (taken.status, gone.status) == (200, 403)
    assert ask("GET", "/sessions/current", token=taken.json["token"]).json["role"] == "operator"


def test_an_invitation_ends(product, ask, make):
    made = make(hours=720, code=True, code_hours=168)
    product.later(hours=168)

    assert exchange(ask, made["code"]).status == 403
    assert made["id"] not in ids(ask)


def test_a_code_of_a_session_that_was_revoked_is_worth_nothing(ask, make):
    made = make(code=True)

    assert ask("DELETE", f"/sessions/{made['id']}").status == 204
    assert exchange(ask, made["code"]).status == 403


@pytest.mark.parametrize("code", ["x", ".", "0" * 21, "0" * 21 + ".", "0" * 21 + ".x", "é" * 199])
def test_a_code_that_nobody_gave_out_is_refused(ask, code):
    assert exchange(ask, code).status == 403


@pytest.mark.parametrize(
    "body",
    [{}, {"code": ""}, {"code": 7}, {"code": "x" * 201}, {"code": "\ud83d"}, {"code": "x", "y": 1}, []],
)
def test_what_is_no_code_is_not_valid(ask, body):
    assert ask("POST", "/sessions/exchange", body, token="").status == 422


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("hours", value) for value in (0, -1, 720.01, 1e300, True, "1", None, [1])),
        *(("role", value) for value in ("owner", "", "Admin", None, 1)),
        *(("name", value) for value in ("", " ", "x" * 251, "two\nlines", None)),
        *(("code", value) for value in (1, "true", None)),
        *(("code_hours", value) for value in (0, -1, 168.01, True, "1", 1)),
    ],
)
def test_a_session_that_cannot_be_is_refused_by_field(ask, field, value):
    wanted = {"name": "Ann", "role": "viewer", "hours": 1} | {field: value}

    answer = ask("POST", "/sessions", wanted)

    assert (answer.status, [one["field"] for one in answer.json["details"]]) == (422, [field])


@pytest.mark.parametrize("hours", ["NaN", "Infinity", "1e999", "-1e999"])
def test_hours_are_a_number_that_there_is(product, hours):
    text = f'{{"name": "Ann", "role": "viewer", "hours": {hours}}}'

    assert product.gateway.call("POST", "/sessions", body=text).status in {400, 422}


@pytest.mark.parametrize(("hours", "seconds"), [(720, 720 * HOUR), (1e-12, 0), (1.5, 5400)])
def test_hours_may_be_parts_of_one_and_thirty_days_at_most(product, make, hours, seconds):
    assert seconds_left(product, make(hours=hours)) == seconds


def test_a_name_may_be_in_any_script(ask, make):
    wanted = {"name": "Zoë 🎉 ", "role": "admin", "hours": 1}
    made = ask("POST", "/sessions", wanted).json

    listed = ask("GET", "/sessions", token=made["token"]).json["items"][0]

    assert (made["name"], listed["name"]) == ("Zoë 🎉", "Zoë 🎉")


def test_a_session_that_was_revoked_is_out(ask, make):
    made = make("admin")
    assert ask("GET", "/sessions", token=made["token"]).status == 200

    assert ask("DELETE", f"/sessions/{made['id']}").status == 204
    assert ask("GET", "/sessions", token=made["token"]).status == 403
    assert ask("DELETE", f"/sessions/{made['id']}").status == 404


def test_whoever_is_in_a_session_may_sign_out_and_end_no_other(ask, make):
    mine, other = make("viewer"), make("viewer")

    refused = ask("DELETE", f"/sessions/{other['id']}", token=mine["token"])
    unknown = ask("DELETE", "/sessions/000000000000000000000", token=mine["token"])

    assert (refused.status, unknown.status) == (403, 403)
    assert refused.json["message"] == "the session of others needs the role admin; yours is viewer"
    assert ask("DELETE", f"/sessions/{mine['id']}", token=mine["token"]).status == 204
    assert ask("GET", "/imports", token=mine["token"]).status == 403
    assert ask("GET", "/imports", token=other["token"]).status == 200


def test_a_session_ends_at_its_time_even_if_api_gateway_goes_on_letting_it_in(product, ask, make):
    """API Gateway keeps the authorizer's answer for a while."""
    made = make("admin", hours=1)
    decided = product.gateway.authorizer
    kept = {}

    def keeping(event, context):
        token = event["authorizationToken"]
        kept[token] = kept.get(token) or decided(event, context)
        return kept[token]

    product.gateway.authorizer = keeping
    try:
        before = ask("GET", "/sessions", token=made["token"]).status
        product.later(hours=1)
        answer = ask("GET", "/sessions", token=made["token"])
    finally:
        product.gateway.authorizer = decided

    assert (before, answer.status) == (200, 403)
    assert "has ended" in answer.json["message"]
    assert made["id"] not in ids(ask)


def test_exchange_is_no_session(product, ask):
    """Its path is public; what holds for the session of that name holds for nobody."""
    answer = ask("DELETE", "/sessions/exchange", token="")

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


def test_no_token_and_no_code_is_stored(product, ask, make):
    made, waiting = make(), make(code=True)
    fetched = exchange(ask, make(code=True)["code"]).json

    stored = repr(product.items("JobsTable"))

    secrets = [made["token"], fetched["token"], waiting["code"], waiting["code"].partition(".")[2]]
    assert [secret for secret in secrets if secret in stored] == []


def test_a_cursor_of_another_list_is_refused(ask):
    answer = ask("GET", "/sessions", query={"cursor": "ImphbmUi"})

    assert (answer.status, answer.json["details"][0]["field"]) == (422, "cursor")


def test_viewers_see_where_triggers_go_but_not_the_key(stage, ask, make):
    path = f"/exports/{stage.start('vip')}"
    url = ask("GET", path).json["audience_webhook_url"]

    shown = {}
    for role in ("viewer", "operator", "admin"):
        token = make(role)["token"]
        jobs = [ask("GET", path, token=token).json, *ask("GET", "/exports", token=token).json["items"]]
        shown[role] = {job["audience_webhook_url"] for job in jobs}

    assert shown == {"viewer": {url.rpartition("/")[0] + "/***"}, "operator": {url}, "admin": {url}}


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_whoever_is_in_a_session_can_ask_whose_it_is(ask, make, role):
    made = make(role)

    told = ask("GET", "/sessions/current", token=made["token"]).json

    assert told == {name: made[name] for name in ("id", "name", "role", "expires_at")}


def test_the_admin_token_is_no_session(ask):
    told = ask("GET", "/sessions/current").json

    assert told == {"id": None, "name": "admin token", "role": "admin", "expires_at": None}


def test_nobody_is_told_anything_of_a_session_that_was_revoked(ask, make):
    made = make()
    ask("DELETE", f"/sessions/{made['id']}", token=made["token"])

    assert ask("GET", "/sessions/current", token=made["token"]).status == 403
