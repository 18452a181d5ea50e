import re
from urllib.parse import parse_qs, urlsplit

import pytest

from simulators.browser import consent
from tests.flows.connect_stack import ConnectStack, cold_start, state_of

CALLBACK = "/oauth/callback"


@pytest.fixture
def stack():
    with ConnectStack() as stack:
        yield stack


def test_a_new_authorization_is_pending_and_tells_where_to_consent(stack):
    answer = stack.gateway.post("/authorizations", {"description": "  Main account "})

    begun = answer.json
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun["authorize_url"]).query).items()}
    assert answer.status == 201
    assert begun.keys() == {"id", "description", "status", "authorize_url"}
    assert (begun["description"], begun["status"]) == ("Main account", "pending")
    assert asked.keys() == {"type", "client_id", "redirect_uri", "scope", "state"}
    assert (asked["type"], asked["redirect_uri"]) == ("web_server", stack.url + CALLBACK)


def test_without_a_public_url_the_redirect_follows_the_request(stack, monkeypatch):
    monkeypatch.setenv("PUBLIC_API_URL", "")
    cold_start()

    url = stack.begin()["authorize_url"]

    expected = f"https://{stack.gateway.domain}/prod/oauth/callback"
    assert parse_qs(urlsplit(url).query)["redirect_uri"] == [expected]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "description"),
        ({"description": " "}, "description"),
        ({"description": 7}, "description"),
        ({"description": "x" * 201}, "description"),
        ({"description": "Main", "scope": "all"}, "scope"),
        ([], "body"),
    ],
)
def test_a_body_that_is_not_valid_is_refused_by_field(stack, body, field):
    answer = stack.gateway.post("/authorizations", body)

    assert (answer.status, [detail["field"] for detail in answer.json["details"]]) == (422, [field])


def test_a_body_that_is_not_json_is_refused(stack):
    assert stack.gateway.call("POST", "/authorizations", body="{").status == 400


def test_consent_makes_the_authorization_active(stack):
    begun = stack.begin("Main account")

    status, page = consent(begun["authorize_url"])

    shown = stack.show(begun["id"])
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert (status, "Your account is connected" in page, "Main account" in page) == (200, True, True)
    assert shown.keys() == {
        "id",
        "description",
        "status",
        "created_at",
        "connected_at",
        "answered_at",
        "message",
    }
    assert (shown["status"], shown["message"]) == ("active", None)
    assert shown["answered_at"] == shown["connected_at"]
    assert re.fullmatch(moment, shown["created_at"])
    assert re.fullmatch(moment, shown["connected_at"])


def test_the_page_is_html_that_nothing_may_keep_or_frame(stack):
    consent(stack.begin()["authorize_url"])

    headers = {name.lower(): value for name, value in stack.gateway.answers[-1].headers.items()}

    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("allow", [True, False])
def test_the_page_leads_back_to_the_account_in_the_console(stack, allow):
    begun = stack.begin()

    _, page = consent(begun["authorize_url"], allow=allow)

    assert f'href="../console#/authorizations/{begun["id"]}"' in page


def test_a_page_about_nothing_of_ours_leads_to_all_accounts(stack):
    answer = stack.gateway.get(CALLBACK, code="anything", state='"><a href="//evil.example')

    assert 'href="../console#/authorizations"' in answer.body
    assert "evil" not in answer.body


def test_a_person_who_denies_is_told_how_to_start_again(stack):
    begun = stack.begin()

    status, page = consent(begun["authorize_url"], allow=False)

    shown = stack.show(begun["id"])
    assert (status, "Access was denied" in page, "Start again" in page) == (400, True, True)
    expected = ("pending", "Access was denied on Campaign Monitor's page.")
    assert (shown["status"], shown["message"]) == expected


def test_a_state_works_once(stack):
    begun = stack.begin()
    consent(begun["authorize_url"], allow=False)

    status, page = consent(begun["authorize_url"])

    assert (status, "was used before" in page) == (409, True)
    assert stack.show(begun["id"])["status"] == "pending"
    assert len(stack.vendor.calls_to("/oauth/token")) == 0


def test_a_replayed_callback_of_a_connected_account_says_so_and_changes_nothing(stack):
    authorize_url = stack.begin()["authorize_url"]
    consent(authorize_url)
    before = stack.gateway.get("/authorizations").json

    answer = stack.gateway.get(CALLBACK, code="anything", state=state_of(authorize_url))

    assert (answer.status, "is connected already" in answer.body) == (409, True)
    assert stack.gateway.get("/authorizations").json == before
    assert len(stack.vendor.calls_to("/oauth/token")) == 1


def test_an_expired_state_is_refused_and_can_be_made_anew(stack):
    begun = stack.begin()
    stack.put(begun["id"], state_expires_at=1)

    status, page = consent(begun["authorize_url"])
    again = stack.begin("Main", reconnect=begun["id"])
    second, _ = consent(again["authorize_url"])

    assert (status, "has expired" in page) == (400, True)
    assert (again["id"], second) == (begun["id"], 200)


@pytest.mark.parametrize(
    "forge",
    [
        lambda state: "",
        lambda state: "x",
        lambda state: state[:-1] + ("A" if state[-1] != "A" else "B"),
        lambda state: state.partition(".")[0] + ".",
        lambda state: "0" * 16 + "." + state.partition(".")[2],
        lambda state: "\ud800.é",
        lambda state: state + "x" * 5000,
    ],
)
def test_a_forged_state_reaches_neither_the_vendor_nor_an_authorization(stack, forge):
    begun = stack.begin()
    before = stack.item(begun["id"])

    answer = stack.gateway.get(CALLBACK, code="stolen", state=forge(state_of(begun["authorize_url"])))

    assert (answer.status, "is not one of ours" in answer.body) == (400, True)
    assert (stack.item(begun["id"]), len(stack.vendor.calls_to("/oauth/token"))) == (before, 0)


def test_a_state_belongs_to_one_authorization(stack):
    first, second = stack.begin("First"), stack.begin("Second")
    secret = state_of(first["authorize_url"]).partition(".")[2]

    answer = stack.gateway.get(CALLBACK, code="code", state=f"{second['id']}.{secret}")

    assert (answer.status, stack.show(second["id"])["status"]) == (400, "pending")


def test_the_newest_of_two_links_is_the_one_that_works(stack):
    first = stack.begin()
    second = stack.begin("Main", reconnect=first["id"])

    old, _ = consent(first["authorize_url"])
    new, _ = consent(second["authorize_url"])

    assert (old, new) == (400, 200)


def test_nothing_of_the_request_appears_on_a_page(stack):
    state = state_of(stack.begin()["authorize_url"])
    marked = {"error": "<script>marker", "error_description": "<b>marker</b>"}

    pages = [
        stack.gateway.get(CALLBACK, **marked).body,
        stack.gateway.get(CALLBACK, code="marker", state="marker").body,
        stack.gateway.get(CALLBACK, state=state, **marked).body,
        stack.gateway.get(CALLBACK).body,
    ]

    assert [page for page in pages if "marker" in page or "What to do next" not in page] == []


def test_a_code_that_the_vendor_refuses_ends_on_a_page_with_its_words(stack):
    begun = stack.begin()

    answer = stack.gateway.get(CALLBACK, code="invented", state=state_of(begun["authorize_url"]))

    shown = stack.show(begun["id"])
    assert (answer.status, "invalid or expired" in answer.body) == (502, True)
    assert (shown["status"], "invalid or expired" in shown["message"]) == ("pending", True)


@pytest.mark.parametrize(
    ("path", "fault", "times"),
    [
        ("/oauth/token", "500-html", 1),  # a code is good once: it is traded once
        ("/oauth/token", "drop", 1),
        ("/oauth/token", "garbage", 1),
        ("/clients", "503", 100),
    ],
)
def test_a_vendor_in_trouble_ends_on_a_page_and_a_new_link_succeeds(stack, path, fault, times):
    stack.vendor.faults.script(fault, path, times=times)
    begun = stack.begin()

    status, page = consent(begun["authorize_url"])
    stack.vendor.faults.clear()
    again, _ = consent(stack.begin("Main", reconnect=begun["id"])["authorize_url"])

    assert (status, "could not be connected" in page, again) == (502, True, 200)
    assert stack.show(begun["id"])["message"] is None


def test_an_unknown_time_zone_fails_the_connection_and_is_named(stack):
    stack.vendor.account.add_client("Moonbase", time_zone="(GMT+25:00) Sea of Tranquility")
    begun = stack.begin()

    status, page = consent(begun["authorize_url"])

    shown = stack.show(begun["id"])
    assert (status, "Sea of Tranquility" in page) == (502, True)
    assert shown["answered_at"] is not None
    assert (shown["status"], "Sea of Tranquility" in shown["message"]) == ("pending", True)
    assert "sealed" not in stack.item(begun["id"])


def test_every_client_is_looked_at_a_few_at_a_time(stack):
    for number in range(9):
        stack.vendor.account.add_client(f"Client {number}")
    stack.vendor.faults.latency = 0.02

    status, page = consent(stack.begin()["authorize_url"])

    assert (status, "found 9 clients" in page) == (200, True)
    assert len(stack.vendor.calls_to("/clients/")) == 9
    assert stack.vendor.peak_parallel <= 4


def test_authorizations_are_listed_oldest_first(stack):
    ids = [stack.begin(name)["id"] for name in ("First", "Second", "Third")]

    listed = stack.gateway.get("/authorizations").json

    assert ([item["id"] for item in listed["items"]], listed["cursor"]) == (ids, None)


def test_what_is_not_there_is_not_found(stack):
    paths = ["/authorizations/none", "/authorizations/none/clients"]

    assert [stack.gateway.get(path).status for path in paths] == [404, 404]
    assert stack.gateway.delete("/authorizations/none").status == 404
    assert stack.gateway.post("/authorizations", {"description": "Main", "reconnect": "none"}).status == 404


def test_an_authorization_is_deleted_with_its_tokens(stack):
    known = stack.connected()

    answer = stack.gateway.delete(f"/authorizations/{known}")

    assert (answer.status, answer.body) == (204, "")
    assert stack.dynamodb.scan(TableName="authorizations")["Items"] == []


def test_an_authorization_that_a_job_uses_stays(stack):
    known = stack.connected()
    job = {"job": "import", "item": "job1", "id": "job1", "authorization_id": known, "description": "All"}
    item = {name: {"S": value} for name, value in job.items()} | {"created_at": {"N": "1"}}
    stack.dynamodb.put_item(TableName="jobs", Item=item)

    answer = stack.gateway.delete(f"/authorizations/{known}")

    assert (answer.status, "import All" in answer.json["message"]) == (409, True)
    assert stack.clients(known).status == 200


def test_deleting_while_the_browser_is_away_ends_on_a_page(stack):
    begun = stack.begin()
    stack.gateway.delete(f"/authorizations/{begun['id']}")

    status, page = consent(begun["authorize_url"])

    assert (status, "is not one of ours" in page) == (400, True)
