"""Scans, and triggers through the real gateway and queue, to a vendor that fails: in the end the list is what the oracle says."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import requests

from local.stack import answered
from lytics_cm.web import rfc3339
from tests.e2e.runs import until

AUDIENCES = {"spring_buyers": "Spring Buyers", "vip": "VIP", "at_risk": "At Risk"}
KEY = "[LyticsAudiences]"
POSTERS = 4
TROUBLES = [
    {"kind": "429", "match": "import", "times": 1},
    {"kind": "503-after", "match": "import", "times": 1},
    {"kind": "drop-after", "match": "import", "times": 1},
]


def history(rng, people, changes, began):
    """Enters and exits, each a moment later than the one before."""
    for number in range(changes):
        event = rng.choice(["enter", "enter", "exit"])
        yield f"p{rng.randrange(people)}@example.com", rng.choice(list(AUDIENCES)), event, began + number


def trigger(email, slug, event, at):
    told = {"slug": slug, "event": event, event: rfc3339(at)}
    return {"data": {"email": email, "name": email.partition("@")[0], "segment_events": [told]}}


def batches(rng, changes):
    """Shuffled, a fifth of them twice, in requests of any size."""
    told = [*changes, *rng.sample(changes, len(changes) // 5)]
    rng.shuffle(told)
    while told:
        size = rng.choice([1, 20, 200])
        yield [trigger(*change) for change in told[:size]]
        told = told[size:]


@pytest.fixture(scope="module")
def export(up, admin, account, vendor):
    """A running export to a list that others are on, after its scans; `scanned` are the audiences of those it found."""
    list_id = account.lists[-1]["id"]
    before = people(vendor, list_id)
    audiences = [{"slug": slug} for slug in AUDIENCES]
    wanted = {"authorization_id": account.authorization_id, "list_id": list_id, "audiences": audiences}
    job = admin.post("/exports", {**wanted, "existing_users": True})
    members = answered(requests.get(f"{up.vendors.lytics}/_state", timeout=30))["audiences"]
    scanned = {}
    for slug, found in members.items():
        for member in found:
            scanned.setdefault(member["email"], set()).add(AUDIENCES[slug])

    def is_scanned():
        """The vendor has everybody, and the job has heard its last answer."""
        told = admin.get(f"/exports/{job['id']}")
        is_told = all(scan["done"] for scan in told["existing"]) and told["counts"]["added"] == len(scanned)
        return is_told and chosen(people(vendor, list_id)) == options(scanned)

    until(is_scanned, 120)
    return SimpleNamespace(
        job=admin.get(f"/exports/{job['id']}"), list_id=list_id, before=before, scanned=scanned
    )


def people(vendor, list_id):
    return {person["email"]: person for person in vendor(f"/_state/lists/{list_id}")["subscribers"]}


def chosen(found):
    """The options of everybody who has any."""
    return options(
        {email: [value for key, value in person["fields"] if key == KEY] for email, person in found.items()}
    )


def options(found):
    return {email: sorted(values) for email, values in found.items() if values}


def test_existing_users_are_on_the_list_with_their_audiences(export, vendor):
    job, scanned = export.job, export.scanned

    assert job["status"] == "running"
    assert all(scan["done"] for scan in job["existing"])
    assert chosen(people(vendor, export.list_id)) == options(scanned)
    assert (job["counts"]["added"], job["counts"]["failed"]) == (len(scanned), 0)


def test_after_any_history_of_triggers_the_list_is_what_the_oracle_says(export, up, admin, vendor, sized):
    rng = random.Random(6)
    began = int(time.time() * 1000) - 3_600_000
    changes = list(history(rng, sized(400, 10_000), sized(2500, 60_000), began))
    control = f"{up.vendors.campaign_monitor}/_control"
    answered(requests.post(control, json={"faults": {"script": TROUBLES}}, timeout=30))
    path = export.job["audience_webhook_url"].removeprefix(up.deployment.url)

    with ThreadPoolExecutor(POSTERS) as posters:
        posted = list(
            posters.map(lambda body: up.public.call("POST", path, body).status_code, batches(rng, changes))
        )
    wanted = oracle(export.scanned, changes)

    def is_told(counts):
        return counts["added"] - counts["removed"] == len(options(wanted))

    until(
        lambda: (
            chosen(people(vendor, export.list_id)) == options(wanted) and is_told(counts_of(admin, export))
        ),
        sized(300, 3600),
    )

    after, counts = people(vendor, export.list_id), counts_of(admin, export)
    others = [email for email in after if email in export.before]
    assert set(posted) == {200}
    assert chosen(after) == options(wanted)
    assert {email: after[email] for email in others} == export.before
    assert {after[email]["state"] for email in set(after) - set(others)} == {"Active"}
    assert set(after) <= {*export.before, *wanted}
    assert (is_told(counts), counts["failed"]) == (True, 0)


def counts_of(admin, export):
    return admin.get(f"/exports/{export.job['id']}")["counts"]


def oracle(scanned, changes):
    """The audiences of each person in the end."""
    wanted = {email: set(found) for email, found in scanned.items()}
    for email, slug, event, _ in changes:
        found = wanted.setdefault(email, set())
        (found.add if event == "enter" else found.discard)(AUDIENCES[slug])
    return wanted
