import random
import time
from collections import Counter

import pytest

from tests import vendor_truth
from tests.e2e.runs import finished, import_all, people, profiles, start
from tests.e2e.workers import kill_one
from tests.e2e.world import client_of

COUNTED = {"cm_openct": "opens", "cm_clickct": "clicks", "cm_sendct": "recipients"}


@pytest.fixture(scope="module")
def world(vendor):
    return client_of(vendor)


@pytest.fixture(scope="module")
def job(admin, account):
    return import_all(admin, account)


@pytest.fixture(scope="module")
def truth(world):
    return vendor_truth.profiles(world)


@pytest.fixture(scope="module")
def imported(job, admin, truth, sized):
    """The fields of some, in a full run of everybody, as the API tells them after the import."""
    return profiles(admin, sorted(truth)[:: sized(6, 1)])


def test_every_subscriber_of_every_state_arrives_once(job, vendor, account):
    states = [state for person in people(vendor, account).values() for state in person.values()]

    assert job["run"]["rows"]["cm_user"] == len(states)
    assert job["run"]["rejected"] == 0
    assert job["status"] == "completed"


def test_every_profile_is_what_the_vendor_knows_of_the_person(imported, truth):
    assert imported == {email: truth[email] for email in imported}


def test_what_must_be_in_the_profiles_counts_as_the_vendor_counts(truth, world):
    counted = {field: sum(each.get(field, 0) for each in truth.values()) for field in COUNTED}
    reports = [sent.reports for sent in world.campaigns.values()]
    reports += [email.reports for journey in world.journeys.values() for email in journey.emails]

    assert counted == {
        field: sum(len(each[kind].rows) for each in reports) for field, kind in COUNTED.items()
    }


def test_hardly_a_call_more_is_made_than_there_are_pages(job, world):
    least = least_calls(world)
    print(f"{job['run']['calls']} calls, {least} at least, {sum(job['run']['rows'].values()):,} rows")

    assert job["run"]["calls"] <= 1.02 * least


def test_a_second_import_of_the_same_changes_no_profile(imported, admin, account):
    import_all(admin, account)

    assert profiles(admin, imported) == imported


def test_a_run_asked_for_while_one_is_going_on_is_a_conflict(admin, account):
    job = start(admin, account)

    answer = admin.call("POST", f"/imports/{job['id']}/run")

    assert answer.status_code == 409
    finished(admin, job)


def test_workers_killed_in_the_middle_cost_nothing_but_time(job, imported, up, admin, account, sized):
    for queue in ("Pages", "Bulk"):
        up.hurry(queue, sized(4, 90))  # longer than a batch takes, or it comes again while it is in hand
    rng = random.Random(5)

    again = start(admin, account)
    killed = Counter()
    for _ in range(sized(1, 10)):
        for function in ("PageFunction", "BulkFunction"):
            killed[function] += kill_one(up, function)
            time.sleep(sized(0, 5) * rng.random())
    again = finished(admin, again)

    assert all(killed.values())
    assert again["run"]["status"] == "succeeded"
    assert again["run"]["rows"] == job["run"]["rows"]
    assert profiles(admin, imported) == imported


def test_no_message_ended_in_a_dead_letter_queue(job, up):
    client = up.client("sqs")
    letters = {
        name: client.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])[
            "Attributes"
        ]["ApproximateNumberOfMessages"]
        for name, url in up.deployment.outputs.items()
        if name.endswith("DeadLetterQueueUrl")
    }

    assert set(letters.values()) == {"0"}


def test_no_log_line_has_a_secret_or_a_whole_address(job, up, vendor, account):
    secrets = [
        up.deployment.token,
        up.vendors.client_secret,
        up.vendors.lytics_token,
        *people(vendor, account),
    ]

    lines = up.logs()

    assert [secret for secret in secrets if any(secret in line for line in lines)] == []


def least_calls(world, page=1000):
    """Pages, at least one for each state of a list, and the calls for lists, campaigns, journeys and the client."""
    lists = [Counter(person.state for person in one.people.values()) for one in world.lists.values()]
    states = ("Active", "Unconfirmed", "Unsubscribed", "Bounced", "Deleted")
    sizes = [counts[state] for counts in lists for state in states]
    reports = [sent.reports for sent in world.campaigns.values()]
    reports += [email.reports for journey in world.journeys.values() for email in journey.emails]
    sizes += [len(report.rows) for each in reports for report in each.values() if report.rows]
    things = 2 + len(lists) + len(world.campaigns) + len(world.journeys) + 3
    return things + sum(max(1, -(-size // page)) for size in sizes)
