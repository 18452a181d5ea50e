import pytest

from simulators.campaign_monitor.fields import add as add_field
from tests.flows.connect_stack import ConnectStack


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

    assert answer.json == {"items": [{"id": stack.news.id, "name": "News"}], "cursor": None}


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
