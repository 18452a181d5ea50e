"""Campaign Monitor tells of what people do: through the gateway, the functions and the queues as deployed."""

import gzip
import random
import time
from types import SimpleNamespace

import pytest
import requests

from simulators.campaign_monitor.clock import zone_of
from tests import lives
from tests.deliveries import make_body, make_event, make_large_body
from tests.e2e.runs import finished, profiles
from tests.e2e.workers import kill_one

KILLED = ("WebhookFunction", "RowsFunction")
ASTRAY = {"batch": 50, "repeat": 0.2, "shuffle": True, "split": 0.4, "delay": 0.2}
STRAIGHT = {"repeat": 0, "shuffle": False, "split": 0, "delay": 0}


@pytest.fixture(scope="module")
def hooked(up, admin, vendor, account, sized):
    """The only import there is, of one list, with its webhook."""
    for job in admin.get("/imports")["items"]:
        admin.call("DELETE", f"/imports/{job['id']}")
    listed = account.lists[0]
    body = {"authorization_id": account.authorization_id, "client_id": account.client["id"]}
    job = finished(admin, admin.post("/imports", {**body, "list_ids": [listed["id"]]}))
    up.hurry("Rows", sized(10, 30))  # longer than a batch takes, or it comes again while it is in hand
    client = next(one for one in vendor("/_state")["clients"] if one["id"] == account.client["id"])
    (hook,) = next(one["webhooks"] for one in client["lists"] if one["id"] == listed["id"])
    place = {"list_id": listed["id"], "list_name": listed["name"]}
    place |= {"client_id": client["id"], "client_name": client["name"]}
    yield SimpleNamespace(job=job, url=hook["url"], place=place, zone=zone_of(client["time_zone"]))
    admin.call("DELETE", f"/imports/{job['id']}")


@pytest.fixture
def control(up):
    """Lets things happen at the vendor."""

    def ask(**steps):
        answer = requests.post(f"{up.vendors.campaign_monitor}/_control", json=steps, timeout=600)
        assert answer.ok, answer.text
        return answer.json()

    yield ask
    ask(manner=STRAIGHT)


def test_repeats_disorder_delay_and_killed_workers_change_no_profile(up, admin, hooked, control, sized):
    rng = random.Random(5)
    deeds = lives.deeds_of(rng, sized(400, 20_000), sized(1000, 50_000))
    actions = [{**deed, "list": hooked.place["list_id"]} for deed in deeds]

    control(manner=ASTRAY)
    for start in range(0, len(actions), 1000):
        control(do=actions[start : start + 1000])
    killed = []
    while control(deliver_all=0)["deliver_all"]:
        killed += [kill_one(up, function) for function in KILLED]
        time.sleep(sized(1, 10))
    up.settle("Rows", seconds=sized(300, 7200))

    truth = lives.profiles(deeds, hooked.place, hooked.zone)
    assert killed
    assert all(killed)
    assert profiles(admin, truth) == truth
    assert up.waiting("RowsDeadLetter") == 0


def test_a_thousand_events_are_one_post_and_their_profiles_are_right(up, admin, hooked, sized):
    emails = [f"many{number}@example.com" for number in range(1000)]
    body = make_large_body(hooked.place["list_id"], emails).encode()

    answer = requests.post(hooked.url, data=body, headers={"Content-Type": "application/json"}, timeout=60)
    up.settle("Rows")

    deed = {"action": "subscribe", "at": "2026-03-05 14:30", "name": "Jane"}
    truth = lives.profiles(
        [{**deed, "email": email} for email in emails[:: sized(27, 1)]], hooked.place, hooked.zone
    )
    assert len(body) > 2_500_000
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1000})
    assert profiles(admin, truth) == truth
    assert admin.get(f"/imports/{hooked.job['id']}/failures")["items"] == []


GOOD = make_body("LIST", [make_event(email="refused@example.com")])
BAD = {
    "not JSON": ("POST", "{", {}, 400),
    "a form": ("POST", "ListID=LIST&Events=1", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
    "compressed": ("POST", gzip.compress(GOOD.encode()), {"Content-Encoding": "gzip"}, 400),
    "more than a function can be given": ("POST", GOOD + " " * 7_000_000, {}, 413),
    "a wrong method": ("PUT", GOOD, {}, 405),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_what_is_no_delivery_is_refused_and_stored_nowhere(up, admin, hooked, bad):
    method, body, headers, status = bad
    text = body.replace("LIST", hooked.place["list_id"]).encode() if isinstance(body, str) else body

    answer = requests.request(method, hooked.url, data=text, headers=headers, timeout=60)
    up.settle("Rows")

    assert (answer.status_code, sorted(answer.json())) == (status, ["details", "message"])
    assert admin.call("GET", "/profiles/refused@example.com").status_code == 404


def test_a_delivery_of_another_list_is_listed_and_stored_nowhere(up, admin, hooked):
    answer = requests.post(hooked.url, data=GOOD.replace("LIST", "0" * 32), timeout=60)
    up.settle("Rows")

    assert (answer.status_code, answer.json()) == (200, {"accepted": 0})
    assert admin.call("GET", "/profiles/refused@example.com").status_code == 404
    (failure,) = admin.get(f"/imports/{hooked.job['id']}/failures")["items"]
    assert "another list" in failure["message"]
