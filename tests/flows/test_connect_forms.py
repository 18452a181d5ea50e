import json

import pytest

from simulators.browser import consent
from simulators.campaign_monitor.fields import add as add_field
from tests.aws.functions import lambda_context
from tests.flows.connect_stack import ConnectStack, http, state_of


@pytest.fixture
def stack():
    with ConnectStack() as stack:
        account = stack.vendor.account
        stack.one = account.add_client("Client One")
        stack.two = account.add_client("Client Two")
        stack.news = account.add_list(stack.one, "News")
        stack.id = stack.connected()
        stack.base = f"/authorizations/{stack.id}/clients"
        yield stack


def test_the_clients_of_the_account_can_be_chosen_from(stack):
    answer = stack.gateway.get(stack.base)

    expected = [{"id": client.id, "name": client.name} for client in (stack.one, stack.two)]
    assert (answer.status, answer.json) == (200, {"items": expected, "cursor": None})


def test_the_lists_of_a_client_can_be_chosen_from(stack):
    answer = stack.gateway.get(f"{stack.base}/{stack.one.id}/lists")

    shown = {"id": stack.news.id, "name": "News", "subscribers": 0}
    assert answer.json == {"items": [shown], "cursor": None}


def test_lists_come_with_their_sizes_which_cost_a_call_each_and_can_be_left_out(stack):
    for number in range(3):
        stack.vendor.subscribe(stack.news, f"p{number}@example.com")
    stack.vendor.account.add_list(stack.one, "Another")
    path = f"{stack.base}/{stack.one.id}/lists"

    sizes = {one["name"]: one["subscribers"] for one in stack.gateway.get(path).json["items"]}
    asked = len(stack.vendor.calls)
    plain = stack.gateway.get(path, sizes="false").json["items"]

    assert sizes == {"News": 3, "Another": 0}
    assert [set(one) for one in plain] == [{"id", "name"}] * 2
    assert len(stack.vendor.calls) - asked == 1
    assert stack.gateway.get(path, sizes="perhaps").json["details"][0]["field"] == "sizes"


def test_a_size_that_cannot_be_told_is_none_and_the_lists_are_shown_all_the_same(stack):
    stack.vendor.faults.script("code", "/stats.json", times=1, status=400, code=101, message="Invalid ListID")

    (one,) = stack.gateway.get(f"{stack.base}/{stack.one.id}/lists").json["items"]

    assert one == {"id": stack.news.id, "name": "News", "subscribers": None}


def test_the_custom_fields_of_a_list_come_with_their_options(stack):
    add_field(stack.news, "Favourite colours", "MultiSelectMany", ["Red", "Blue"])

    answers = [
        stack.gateway.get(f"/authorizations/{stack.id}/lists/{stack.news.id}/custom-fields"),
        stack.gateway.get(f"{stack.base}/{stack.one.id}/lists/{stack.news.id}/custom-fields"),
    ]

    colours = {
        "key": "[Favouritecolours]",
        "name": "Favourite colours",
        "data_type": "MultiSelectMany",
        "options": ["Red", "Blue"],
    }
    assert [answer.json for answer in answers] == [{"items": [colours], "cursor": None}] * 2


def test_clients_and_lists_of_others_are_not_found(stack):
    foreign = "f" * 32
    paths = [
        f"/authorizations/{stack.id}/lists/{foreign}/custom-fields",
        f"{stack.base}/{foreign}/lists",
        f"{stack.base}/{foreign}/lists/{stack.news.id}/custom-fields",
        f"{stack.base}/{stack.one.id}/lists/{foreign}/custom-fields",
        f"{stack.base}/{stack.two.id}/lists/{stack.news.id}/custom-fields",
    ]

    assert [stack.gateway.get(path).status for path in paths] == [404] * 5


def test_a_pending_authorization_has_no_clients_yet(stack):
    pending = stack.begin("Later")["id"]

    answer = stack.clients(pending)

    assert (answer.status, "is not connected yet" in answer.json["message"]) == (409, True)


@pytest.mark.parametrize("fault", ["429", "500-html", "garbage"])
def test_a_vendor_whose_trouble_lasts_is_a_bad_gateway(stack, fault):
    stack.vendor.faults.script(fault, "/clients.json", times=100)

    answer = stack.gateway.get(stack.base)

    assert (answer.status, answer.json.keys()) == (502, {"message", "details"})


def test_a_pending_authorization_shows_its_url_for_as_long_as_it_works(stack):
    begun = stack.begin("Later")

    pending = stack.show(begun["id"])
    status, _ = consent(pending["authorize_url"])
    after = stack.show(begun["id"])

    assert pending["authorize_url"] == begun["authorize_url"]
    assert (pending["status"], pending["message"]) == ("pending", None)
    assert status == 200
    assert (after["status"], "authorize_url" in after) == ("active", False)
    assert "state_sealed" not in stack.item(begun["id"])
    listed = {one["id"]: one for one in stack.gateway.get("/authorizations").json["items"]}
    assert "authorize_url" not in listed[begun["id"]]


def test_a_pending_authorization_whose_url_is_over_says_how_to_go_on(stack):
    begun = stack.begin("Later")
    stack.put(begun["id"], state_expires_at=1)

    over = stack.show(begun["id"])
    again = stack.gateway.post(f"/authorizations/{begun['id']}/reconnect").json["authorize_url"]
    after = stack.show(begun["id"])

    assert (over["authorize_url"], over["authorize_until"]) == (None, None)
    assert over["message"] == "The URL was not opened in time."
    assert over["remedy"] == f"POST /authorizations/{begun['id']}/reconnect gives a new URL to open"
    assert (after["authorize_url"], after["message"], after["remedy"]) == (again, None, None)
    assert after["authorize_until"] is not None


def test_one_that_was_refused_says_why_and_how_to_go_on(stack):
    begun = stack.begin("Later")
    state = state_of(begun["authorize_url"])
    stack.gateway.get("/oauth/callback", error="access_denied", state=state)

    shown = stack.show(begun["id"])

    assert shown["authorize_url"] is None
    assert shown["message"] == "Access was denied on Campaign Monitor's page."
    assert shown["remedy"].startswith("POST ")


@pytest.mark.parametrize(("role", "sees"), [("viewer", False), ("operator", False), ("admin", True)])
def test_only_admins_see_the_url(stack, role, sees):
    begun = stack.begin("Later")
    event = {
        "httpMethod": "GET",
        "path": f"/authorizations/{begun['id']}",
        "headers": {},
        "requestContext": {"authorizer": {"role": role}, "requestId": "r"},
    }

    shown = json.loads(http(event, lambda_context())["body"])

    assert (shown["authorize_url"] is not None) == sees


def make_field(stack, **body):
    return stack.gateway.post(f"/authorizations/{stack.id}/lists/{stack.news.id}/custom-fields", body)


def test_a_missing_field_can_be_made_and_is_there_then(stack):
    made = make_field(stack, name="Favourite city")

    number = make_field(stack, name="Visits", data_type="Number")

    path = f"/authorizations/{stack.id}/lists/{stack.news.id}/custom-fields"
    fields = stack.gateway.get(path).json["items"]
    assert (made.status, number.status) == (201, 201)
    assert made.json == {
        "key": "[Favouritecity]",
        "name": "Favourite city",
        "data_type": "Text",
        "options": [],
    }
    assert [one for one in fields if one["name"] in ("Favourite city", "Visits")] == [made.json, number.json]


@pytest.mark.parametrize("name", ["Favourite city", "favouriteCITY", "[FavouriteCity]"])
def test_a_field_that_is_there_is_not_made_again(stack, name):
    make_field(stack, name="Favourite city")

    again = make_field(stack, name=name)

    assert (again.status, "'Favourite city' already, of the type Text" in again.body) == (409, True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "A", "data_type": "Map"}, "data_type"),
    ],
)
def test_what_can_be_no_field_is_refused_with_its_name(stack, body, field):
    answer = make_field(stack, **body)

    assert (answer.status, answer.json["details"][0]["field"]) == (422, field)


def test_each_answer_is_told_with_its_time_whatever_it_was(stack):
    begun = stack.begin()
    seen = [stack.show(begun["id"])]
    for allow in (False, False, True, False, True):
        consent(again(stack, begun["id"]), allow=allow)
        seen.append(stack.show(begun["id"]))

    answers = [one["answered_at"] for one in seen]
    connections = [one["connected_at"] for one in seen]
    denied = "Access was denied on Campaign Monitor's page."
    assert answers[0] is None
    assert answers[1:] == sorted({*answers[1:]})  # five times, each later than the one before
    assert connections == [None, None, None, answers[3], answers[3], answers[5]]
    assert [one["status"] for one in seen] == ["pending"] * 3 + ["active"] * 3
    assert [one["message"] for one in seen] == [None, denied, denied, None, denied, None]
    assert seen[5] in stack.gateway.get("/authorizations").json["items"]


def test_a_consent_that_is_awaited_is_no_answer_and_tells_its_time_also_of_an_account_that_is_active(stack):
    known = stack.connected()
    before = stack.show(known)

    again(stack, known)
    asked = stack.show(known)
    stack.put(known, state_expires_at=1)
    over = stack.show(known)

    assert asked == before | {"authorize_until": asked["authorize_until"]}
    assert asked["authorize_until"] > before["answered_at"]
    assert over == before


def again(stack, authorization_id):
    """Ask for a new consent; return where to give it."""
    return stack.gateway.post(f"/authorizations/{authorization_id}/reconnect").json["authorize_url"]
