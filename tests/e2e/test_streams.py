"""Rows and own mappings on the deployed stack: profiles are those of the set of rows, under the mapping in force."""

import itertools
import json
import random
from collections import Counter, defaultdict

import pytest

from tests import oracle
from tests.e2e.runs import profile

START = 1_709_640_000_000
MINUTE = 60_000
BATCH = 100
"""Rows of one message."""
FOLDED = 80
"""Rows of a person at which some have been folded into parts."""
CITIES = ", valuect(city) AS cities KIND map[string]intsum\nFROM cm_activity"
MAPPING = "/streams/cm_activity/mapping"


@pytest.fixture(scope="module")
def deliver(up):
    """Send messages of rows through the queue, and wait until they are stored."""
    sqs, url = up.client("sqs"), up.output("RowsQueueUrl")

    def send(*messages):
        for number, rows in enumerate(messages):
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"rows": rows}))
            if number % 200 == 199:
                up.settle("Rows", "Bulk", seconds=600)
        up.settle("Rows", "Bulk", seconds=600)

    return send


@pytest.fixture
def own_mapping(admin):
    yield admin.get(MAPPING)["mapping"].replace("FROM cm_activity", CITIES)
    admin.call("DELETE", MAPPING)


def make_open(email, minute, city):
    fields = {"email": email, "event": "open", "campaign_id": f"c{minute % 7}", "city": city}
    return {"stream": "cm_activity", "ts": START + minute * MINUTE, "fields": fields}


def history(count, people):
    """Different facts, and a snapshot of everybody on one list."""
    chance = random.Random(20)
    made = {}
    while len(made) < count - people:
        row = _fact(
            chance, f"Person {chance.randrange(people)} <P{chance.randrange(people)}@history.example>"
        )
        fields = row["fields"]
        made[tuple(fields.get(name) for name in ("email", "event", "campaign_id", "url")), row["ts"]] = row
    return [*made.values(), *(_snapshot(chance, number) for number in range(people))]


def _fact(chance, email):
    event = chance.choice(["sent", "open", "click", "subscribe", "deactivate", "bounce", "spam"])
    fields = {"email": email, "event": event, "list_id": "l1", "client_id": "k1", "client_name": "Acme"}
    if event in ("open", "click"):
        fields |= {
            "campaign_id": f"c{chance.randrange(9)}",
            "city": chance.choice(["Oslo", "Rome", "Ürümqi"]),
        }
    if event == "click":
        fields["url"] = f"https://www.example.com/{chance.randrange(30)}?utm_source=cm"
    if event == "deactivate":
        fields["status"] = chance.choice(["unsubscribe", "bounce"])
    return {"stream": "cm_activity", "ts": START + chance.randrange(10**6) * MINUTE, "fields": fields}


def _snapshot(chance, number):
    fields = {
        "email": f"p{number}@history.example",
        "name": f"Person {number}",
        "status": "active",
        "list_id": "l1",
    }
    return {
        "stream": "cm_user",
        "ts": START + chance.randrange(10**6) * MINUTE,
        "fields": fields,
        "seen": START,
    }


def shuffled_batches(rows, chance):
    rows = chance.sample(rows, len(rows))
    while rows:
        size = chance.randint(1, BATCH)
        yield rows[:size]
        rows = rows[size:]


def test_a_changed_mapping_counts_old_rows_in_its_new_field(up, admin, sized, deliver, own_mapping):
    emails = [f"p{number}@mapped.example" for number in range(sized(200, 10_000))]
    cities = {
        email: Counter(("Oslo", "Rome")[at % 3 == 0] for at in range(FOLDED if number % 20 == 0 else 3))
        for number, email in enumerate(emails)
    }
    rows = (
        make_open(email, minute, city)
        for email, each in cities.items()
        for minute, city in enumerate(each.elements())
    )
    deliver(*map(list, itertools.batched(rows, BATCH, strict=False)))
    before = profile(admin, emails[0])["fields"]

    changed = admin.call("PUT", MAPPING, {"mapping": own_mapping})
    admin.post("/streams/reproject")
    up.settle("Rows", "Bulk", seconds=600)

    state = admin.get("/streams/reproject")
    assert ("cities" in before, changed.status_code, state["status"]) == (False, 200, "completed")
    assert state["addresses"]["done"] == state["addresses"]["total"] >= len(emails)
    found = {email: profile(admin, email)["fields"] for email in emails[:: sized(3, 39)]}
    assert {email: fields["cities"] for email, fields in found.items()} == {
        email: cities[email] for email in found
    }
    assert {name: value for name, value in found[emails[0]].items() if name != "cities"} == before


def test_rows_delivered_three_times_in_any_batches_make_the_profiles_of_the_oracle(admin, sized, deliver):
    chance = random.Random(5)
    rows = history(sized(300, 5000), people=sized(10, 100))
    expected = defaultdict(list)
    for row in rows:
        expected[oracle.address_of(row["fields"]["email"])].append(row)
    batches = [batch for _ in range(3) for batch in shuffled_batches(rows, chance)]

    deliver(*chance.sample(batches, len(batches)))

    found = {email: profile(admin, email) for email in expected}
    assert {email: each["fields"] for email, each in found.items()} == {
        email: oracle.profile(each) for email, each in expected.items()
    }
    assert sum(each["rows"] for each in found.values()) == len(rows)
