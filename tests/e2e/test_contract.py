import pytest
import requests

from simulators import browser
from tests.e2e.clients import Api
from tests.e2e.runs import import_all
from tests.probing import probe


def test_a_call_without_the_admin_token_is_refused(up):
    answer = up.public.call("GET", "/imports")

    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized", "details": []})


def test_a_call_with_a_wrong_token_is_refused(up):
    answer = Api(up.deployment.url, "wrong").call("GET", "/imports")

    assert answer.status_code == 403
    assert sorted(answer.json()) == ["details", "message"]


def test_an_unknown_route_is_not_found(admin):
    answer = admin.call("GET", "/nothing/here")

    assert (answer.status_code, sorted(answer.json())) == (404, ["details", "message"])


def test_what_is_not_json_is_a_400_and_what_is_not_valid_names_its_fields(admin):
    broken = admin.call("POST", "/imports", data="{")
    invalid = admin.call("POST", "/imports", {"client_id": 7})

    assert broken.status_code == 400
    assert invalid.status_code == 422
    assert {"authorization_id", "client_id"} <= {detail["field"] for detail in invalid.json()["details"]}


def test_consent_denied_leaves_the_authorization_pending_and_says_what_to_do(admin):
    asked = admin.post("/authorizations", {"description": "Denied"})

    _, page = browser.consent(asked["authorize_url"], allow=False)

    assert admin.get(f"/authorizations/{asked['id']}")["status"] == "pending"
    assert "What to do next" in page


def test_a_forged_callback_is_refused_with_a_page(up):
    answer = requests.get(f"{up.deployment.url}/oauth/callback?code=1&state=forged", timeout=30)

    assert answer.status_code in (400, 403)
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_form_finds_clients_lists_and_fields(admin, account, sized):
    (listed, *_) = account.lists
    path = f"/authorizations/{account.authorization_id}/lists/{listed['id']}/custom-fields"

    fields = admin.get(path)["items"]

    assert all(sorted(field) == ["data_type", "key", "name", "options"] for field in fields)
    assert len(account.lists) == sized(3, 6)


def test_an_authorization_in_use_cannot_be_deleted(admin, account):
    import_all(admin, account)

    assert admin.call("DELETE", f"/authorizations/{account.authorization_id}").status_code == 409


def test_a_list_of_somebody_else_is_refused(admin, account):
    body = {"authorization_id": account.authorization_id, "client_id": account.client["id"]}

    answer = admin.call("POST", "/imports", {**body, "list_ids": ["0" * 32]})

    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/webhooks/campaign-monitor/unknown", "/webhooks/lytics/unknown"])
def test_a_webhook_with_an_unknown_key_is_not_found(up, path):
    assert up.public.call("POST", path, {"ListID": "1", "Events": []}).status_code == 404


def test_no_request_made_from_the_description_is_answered_otherwise_than_it_says(up):
    """A few of each operation: `tests/flows/test_described_front_door.py` plays many. API Gateway answers here."""
    found = probe(up.deployment.url, up.deployment.token, 1, phases=("fuzzing",))

    assert not found.problems, str(found)
    assert found.sent.total() >= 100
