import pytest

from tests.e2e.runs import finished, import_all, people, profile, start
from tests.e2e.workers import kill_one

SAMPLE = 40


@pytest.fixture(scope="module")
def job(admin, account):
    return import_all(admin, account)


def test_every_subscriber_of_every_state_arrives_once(job, vendor, account):
    states = [state for person in people(vendor, account).values() for state in person.values()]

    assert job["run"]["rows"]["cm_user"] == len(states)
    assert job["run"]["rejected"] == 0
    assert job["status"] == "completed"


def test_a_profile_has_the_state_on_each_list_as_the_vendor_has_it(job, admin, vendor, account):
    sample = dict(sorted(people(vendor, account).items())[:SAMPLE])

    profiles = {email: profile(admin, email)["fields"]["cm_list_ids_status"] for email in sample}

    assert profiles == sample


def test_a_second_import_of_the_same_changes_no_profile(job, admin, vendor, account):
    sample = sorted(people(vendor, account))[:SAMPLE]
    before = [profile(admin, email)["fields"] for email in sample]

    import_all(admin, account)

    assert [profile(admin, email)["fields"] for email in sample] == before


def test_a_run_asked_for_while_one_is_going_on_is_a_conflict(admin, account):
    job = start(admin, account)

    answer = admin.call("POST", f"/imports/{job['id']}/run")

    assert answer.status_code == 409
    finished(admin, job)


def test_workers_killed_in_the_middle_cost_nothing_but_time(job, up, admin, vendor, account):
    sample = sorted(people(vendor, account))[:SAMPLE]
    before = [profile(admin, email)["fields"] for email in sample]
    for queue in ("Pages", "Rows"):
        up.hurry(queue, 4)

    again = start(admin, account)
    killed = [kill_one(up, function) for function in ("PageFunction", "RowsFunction")]
    again = finished(admin, again)

    assert all(killed)
    assert again["run"]["status"] == "succeeded"
    assert again["run"]["rows"] == job["run"]["rows"]
    assert [profile(admin, email)["fields"] for email in sample] == before


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
