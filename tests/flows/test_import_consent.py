"""Consent to be tracked is looked at: by every run page by page, and by a webhook person by person."""

import json
from collections import Counter

import pytest

from simulators.campaign_monitor.generator import World
from tests.aws.deaths import Deaths
from tests.deliveries import make_body, make_event
from tests.flows.importing import Stage

WORLD = World(
    clients=1, lists=2, subscribers=40, campaigns=0, activity=0, journeys=0, overlap=0, consents=("Yes",)
)
LARGE = World(
    clients=1, lists=3, subscribers=120, campaigns=0, activity=0, journeys=0, overlap=0, consents=("Yes",)
)
EVERYBODY = "1900-01-01"
NOBODY = "nobody@example.com"


@pytest.fixture
def stage():
    with Stage(WORLD) as made:
        yield made.imported(keep_updated=True)


@pytest.fixture
def large():
    with Stage(LARGE) as made:
        made.vendor.switches.largest_page = 4
        yield made.imported(keep_updated=True)


def active(stage, number=0):
    """The addresses of a list's active people, in the order of pages."""
    return sorted(one.email.lower() for one in stage.lists[number].in_state("Active"))


def consent(stage, email):
    """What the rows of a person say, by list."""
    rows = stage.product.gateway.get(f"/profiles/{email}/rows").json["items"]
    told = [row["fields"] for row in rows if row["stream"] == "cm_user"]
    return {fields["list_id"]: fields.get("consent_to_track") for fields in told}


def looks(stage):
    """The pages of active people that were read whoever they are, as (list, page)."""
    return [
        (path.split("/")[1], int(query["page"]))
        for path, query in stage.asked()
        if path.endswith("/active") and query["date"] == EVERYBODY
    ]


def lookups(stage):
    """The people who were asked for one by one."""
    return [query["email"] for path, query in stage.asked() if path.startswith("subscribers/")]


def sent_by_looks(stage):
    """How many batches of rows each look of the latest run sent."""
    run = stage.job["run"]["id"]
    place = f"unit#{run}#consents/"
    items = stage.product.items("JobsTable")
    return {
        item["item"].removeprefix(place): int(item.get("rows", 0))
        for item in items
        if item["job"] == stage.job_id and item["item"].startswith(place) and "/rows" not in item["item"]
    }


def later_tick(stage, **period):
    stage.product.later(**(period or {"minutes": 5}))
    stage.tick()


def test_a_run_finds_a_no_that_nothing_else_tells_of(stage):
    email = active(stage)[3]
    stage.vendor.decide(stage.lists[0], email, "No", silently=True)

    later_tick(stage)

    assert consent(stage, email) == {stage.lists[0].id: "No"}
    assert sorted(looks(stage)) == sorted((one.id, 1) for one in stage.lists)
    assert stage.job["run"]["stages"]["consents"] == {"done": 2, "total": 2}
    stage.assert_run_is_whole("scheduled")
    stage.assert_profiles_are_true()


def test_the_first_run_reads_everybody_and_looks_at_nobody_again(stage):
    assert Counter(looks(stage)) == {(one.id, 1): 1 for one in stage.lists}
    assert "consents" not in stage.job["run"]["stages"]


def test_a_list_that_is_read_as_a_whole_is_not_looked_at_too(stage):
    later_tick(stage, hours=200)

    assert Counter(looks(stage)) == {(one.id, 1): 1 for one in stage.lists}
    assert "consents" not in stage.job["run"]["stages"]


def test_a_page_whose_consents_are_as_they_were_sends_nothing(stage):
    later_tick(stage)
    email = active(stage, 1)[0]
    later_tick(stage)
    quiet = sent_by_looks(stage)
    stage.vendor.decide(stage.lists[1], email, "Unknown", silently=True)

    later_tick(stage)

    assert quiet == {f"{one.id}/1": 0 for one in stage.lists}
    assert sent_by_looks(stage) == {f"{stage.lists[0].id}/1": 0, f"{stage.lists[1].id}/1": 1}
    assert consent(stage, email) == {stage.lists[1].id: "Unknown"}


def test_people_who_move_by_a_page_are_known_and_the_one_who_says_no_among_them_is_found(large):
    large.product.later(minutes=5)
    for _ in range(9):  # all pages of all lists
        later_tick(large)
    mailing_list = large.lists[0]
    large.vendor.subscribe(mailing_list, "000@example.com", at="2020-01-01 10:00")
    mover = active(large)[4]  # who was the last of page 1
    large.vendor.decide(mailing_list, mover, "No", silently=True)
    rows = Counter()
    for _ in range(9):
        before = large.product.row_messages("BulkQueue")
        later_tick(large)
        assert before == []
        rows.update(
            batches for unit, batches in sent_by_looks(large).items() if unit.startswith(mailing_list.id)
        )

    assert consent(large, mover) == {mailing_list.id: "No"}
    assert rows[1] == 2  # the one who came, and the one who said No


def test_a_run_looks_at_ten_pages_and_the_next_goes_on_where_it_ended(large):
    pages = {
        (one.id, number + 1) for one in large.lists for number in range(-(-len(one.in_state("Active")) // 4))
    }
    seen = []
    for _ in range(-(-len(pages) // 10)):
        later_tick(large)
        assert len(looks(large)) == 10
        seen += looks(large)

    assert len(pages) >= 20
    assert set(seen) == pages
    assert sorted(seen[: len(pages)]) == sorted(pages)


def test_an_import_that_ignores_consent_looks_at_nobody(stage):
    stage.change(tracking_consent="ignore")
    email = active(stage)[0]
    stage.vendor.decide(stage.lists[0], email, "No")
    stage.vendor.deliver()
    later_tick(stage)

    assert (looks(stage), lookups(stage)) == ([], [])
    assert consent(stage, email) != {stage.lists[0].id: "No"}


def test_an_import_that_begins_to_respect_consent_reads_everybody_in_its_next_run(large):
    large.change(tracking_consent="ignore")
    large.change(tracking_consent="respect")

    later_tick(large)
    first = looks(large)
    later_tick(large)

    pages = sum(-(-len(one.in_state("Active")) // 4) for one in large.lists)
    assert len(first) == len(set(first)) == pages
    assert len(looks(large)) == 10


def test_a_page_that_cannot_be_had_costs_the_others_nothing(stage):
    first, second = sorted(one.id for one in stage.lists)
    email = active(stage, [one.id for one in stage.lists].index(second))[0]
    stage.vendor.decide(stage.client.lists[second], email, "No", silently=True)
    stage.vendor.faults.script(
        "code", match=f"GET .*{first}/active.*1900", times=1, status=400, code=1, message="No"
    )

    later_tick(stage)

    assert consent(stage, email) == {second: "No"}
    assert stage.job["run"]["status"] == "failed"
    assert [one["message"] for one in stage.failures] != []
    later_tick(stage)
    stage.assert_run_is_whole("scheduled")
    assert sorted(looks(stage)) == [(first, 1), (second, 1)]


def test_looks_whose_workers_die_anywhere_find_the_same(stage):
    people = [active(stage, number)[0] for number in (0, 1)]
    for mailing_list, email in zip(stage.lists, people, strict=True):
        stage.vendor.decide(mailing_list, email, "No", silently=True)
    stage.product.later(minutes=5)
    body = json.dumps({"job": stage.job_id, "task": "scheduled"})
    stage.product.sqs.send_message(QueueUrl=stage.product.names["PagesQueue"], MessageBody=body)

    stage.pump(deaths=Deaths(seed=5), twice=True)

    assert [set(consent(stage, email).values()) for email in people] == [{"No"}, {"No"}]
    stage.assert_run_is_whole("scheduled")


def test_what_is_kept_of_a_look_names_nobody(stage):
    later_tick(stage)

    kept = [str(item) for item in stage.product.items("JobsTable") if "known#consents" in item["item"]]
    assert len(kept) == 2
    assert not any(email in text for email in active(stage) for text in kept)
    assert all('"Yes"' not in text for text in kept)


# By webhook


def hook_of(stage, number=0):
    (hook,) = stage.lists[number].webhooks.values()
    return hook.url.removeprefix(stage.product.url)


def post(stage, *emails, kind="Update", path="", **more):
    """A webhook's POST of the first list; nothing of it is done yet."""
    stage.mark = len(stage.vendor.calls)
    events = [make_event(kind, email, State="Active", **more) for email in emails]
    answer = stage.product.gateway.call(
        "POST", path or hook_of(stage), body=make_body(stage.lists[0].id, events)
    )
    assert answer.status == 200, answer.body


def due(stage):
    return {item["item"] for item in stage.product.items("JobsTable") if item["item"].startswith("due#")}


@pytest.mark.parametrize("kind", ["Update", "Subscribe"])
def test_a_person_whom_a_webhook_names_is_looked_at_within_a_minute(stage, kind):
    email = active(stage)[2]
    stage.vendor.decide(stage.lists[0], email, "No", silently=True)
    began = stage.product.clock.now()

    post(stage, email, kind=kind)
    stage.pump()

    assert consent(stage, email) == {stage.lists[0].id: "No"}
    assert stage.product.clock.now() - began < 60
    assert lookups(stage) == [email]
    assert (looks(stage), due(stage), stage.failures) == ([], set(), [])


def test_a_decision_in_the_preference_centre_is_known_without_a_run(stage):
    email = active(stage)[2]
    stage.mark = len(stage.vendor.calls)

    stage.vendor.decide(stage.lists[0], email, "No")
    stage.vendor.deliver()
    stage.pump()

    assert consent(stage, email) == {stage.lists[0].id: "No"}
    assert lookups(stage) == [email]


def test_who_leaves_is_not_looked_at(stage):
    email = active(stage)[0]

    events = [make_event("Deactivate", email, State="Unsubscribed")]
    stage.mark = len(stage.vendor.calls)
    stage.product.gateway.call("POST", hook_of(stage), body=make_body(stage.lists[0].id, events))
    stage.pump()

    assert lookups(stage) == []


def test_a_test_delivery_has_nobody_looked_at(stage):
    events = [
        make_event(kind, "test@example.org", State="Unsubscribed" if kind == "Deactivate" else "Active")
        for kind in ("Subscribe", "Update", "Deactivate")
    ]
    stage.mark = len(stage.vendor.calls)
    stage.product.gateway.call("POST", hook_of(stage), body=make_body(stage.lists[0].id, events))
    stage.pump()

    assert lookups(stage) == []


def test_a_person_who_is_named_often_in_a_post_is_looked_at_once(stage):
    email = active(stage)[0]

    post(stage, email, email.upper(), email)
    stage.pump()

    assert lookups(stage) == [email]


@pytest.mark.parametrize("state", ["gone", "deleted"])
def test_who_is_gone_is_no_failure(stage, state):
    email = active(stage)[0]
    if state == "deleted":
        stage.vendor.delete(stage.lists[0], email)
        stage.vendor.account.outbox.waiting.clear()
    else:
        email = NOBODY

    post(stage, email)
    stage.pump()

    assert lookups(stage) == [email]
    assert (stage.failures, due(stage), stage.product.dead_letters()) == ([], set(), {})
    assert stage.job["status"] == "scheduled"


def test_of_very_many_some_are_looked_at_and_the_next_run_reads_all_active_people_once(large):
    people = active(large)
    assert len(people) > 12
    for email in people[:12]:
        large.vendor.decide(large.lists[0], email, "No", silently=True)

    post(large, *people[:12])
    large.pump()
    asked = lookups(large)
    later_tick(large)
    whole = [page for list_id, page in looks(large) if list_id == large.lists[0].id]
    others = [list_id for list_id, _ in looks(large) if list_id != large.lists[0].id]
    later_tick(large)
    again = Counter(list_id for list_id, _ in looks(large))

    assert asked == people[:10]
    assert sorted(whole) == list(range(1, -(-len(people) // 4) + 1))
    assert len(others) == 10
    assert sum(again.values()) == 10
    assert [consent(large, email) for email in people[:12]] == [{large.lists[0].id: "No"}] * 12


def test_a_hundred_people_of_a_list_are_looked_at_in_an_hour(large):
    people = active(large)[:10]
    for _ in range(10):
        post(large, *people)
        large.pump()
    assert (lookups(large), due(large)) == (people, set())

    post(large, people[0])
    large.pump()
    beyond = (lookups(large), due(large))
    large.product.later(hours=1)
    post(large, people[0])
    large.pump()

    assert beyond == ([], {f"due#{large.lists[0].id}"})
    assert lookups(large) == [people[0]]


def test_who_was_erased_after_the_webhook_stays_erased(stage):
    email = active(stage)[0]
    post(stage, email)
    stage.product.later(seconds=1)

    assert stage.product.gateway.delete(f"/profiles/{email}").status == 200
    stage.pump()

    assert lookups(stage) == [email]
    assert stage.product.profile(email).status == 404


def test_a_look_waits_while_the_vendor_asks_for_patience(stage):
    email = active(stage)[0]
    stage.vendor.faults.script("429", match="GET .*/subscribers/", times=1)

    post(stage, email)
    stage.pump()

    assert lookups(stage) == [email, email]
    assert (due(stage), stage.failures) == (set(), [])


def test_a_look_waits_for_its_turn_like_any_call(stage):
    until = int(stage.product.clock.now()) + 40
    stage.product.dynamodb.update_item(
        TableName="JobsTable",
        Key={"job": {"S": f"pace#{stage.authorization}"}, "item": {"S": "pace"}},
        UpdateExpression="SET quiet_until = :until",
        ExpressionAttributeValues={":until": {"N": str(until)}},
    )

    post(stage, active(stage)[0])
    stage.pump(until=lambda: lookups(stage) != [])

    assert stage.product.clock.now() >= until


def test_what_cannot_be_looked_at_for_two_days_is_left_to_the_next_run(stage):
    email = active(stage)[0]
    stage.vendor.faults.script("503", match="GET .*/subscribers/", times=1000)

    post(stage, email)
    stage.pump()

    assert len(lookups(stage)) > 8
    assert due(stage) == {f"due#{stage.lists[0].id}"}
    assert (stage.failures, stage.product.dead_letters()) == ([], {})


def test_a_look_whose_worker_dies_comes_again(stage):
    email = active(stage)[0]
    stage.vendor.decide(stage.lists[0], email, "No", silently=True)
    post(stage, email)

    stage.pump(deaths=Deaths(seed=3, chance=1), twice=True)

    assert consent(stage, email) == {stage.lists[0].id: "No"}
    assert stage.product.dead_letters() == {}


@pytest.mark.parametrize("action", ["stop", "delete", "ignore"])
def test_a_job_that_wants_it_no_more_looks_at_nobody(stage, action):
    post(stage, active(stage)[0])
    if action == "stop":
        stage.post("stop")
    elif action == "delete":
        stage.product.gateway.delete(f"/imports/{stage.job_id}")
    else:
        stage.change(tracking_consent="ignore")

    stage.pump()

    assert lookups(stage) == []
    assert stage.product.dead_letters() == {}
    left = [item for item in stage.product.items("JobsTable") if item["job"] == stage.job_id]
    assert action != "delete" or left == []


def test_a_look_without_access_is_left_to_the_run_after_the_account_is_back(stage):
    stage.vendor.account.grants.revoke()

    post(stage, active(stage)[0])
    stage.pump()

    assert due(stage) == {f"due#{stage.lists[0].id}"}
    assert (stage.job["status"], stage.product.dead_letters()) == ("scheduled", {})
