"""Leaving an audience adds nobody, whatever became of the person at Campaign Monitor, and costs few calls."""

import math
import time

import pytest

from tests.flows.exporting import FIELD, exporting


@pytest.fixture
def stage():
    with exporting() as made:
        yield made


def change(email, event, slug="vip"):
    return {"email": email, "slug": slug, "event": event, "at": int(time.time() * 1000), "fields": {}}


def remove_for_good(stage, email):
    """The vendor forgets somebody: nobody there knows the address any more."""
    with stage.vendor.account.lock:
        del stage.list.people[email]
        stage.list.touch_all()


GONE = {
    "changed address": lambda stage, email: stage.vendor.change_address(stage.list, email, f"new-{email}"),
    "removed": remove_for_good,
}


def enter(stage, export, emails, slugs=("vip",)):
    for slug in slugs:
        stage.tell(export, *(change(email, "enter", slug) for email in emails))
    stage.run()
    stage.vendor.calls.clear()


@pytest.mark.parametrize("others", [0, 3, 900])
@pytest.mark.parametrize("kind", GONE)
def test_who_is_not_on_the_list_any_more_is_not_added_by_leaving(stage, kind, others):
    export = stage.start("vip")
    emails = ["jane@example.com", *(f"p{n}@example.com" for n in range(others))]
    enter(stage, export, emails)
    GONE[kind](stage, "jane@example.com")
    before = set(stage.people())
    stage.vendor.account.imports.clear()

    stage.tell(export, *(change(email, "exit") for email in emails))
    stage.run(twice=True)

    assert set(stage.people()) == before
    assert [email for email in stage.audiences() if not email.startswith("new-")] == []
    assert stage.failures(export) == []
    counts = {"added": others + 1, "updated": 0, "removed": others + 1, "skipped": 0, "failed": 0}
    assert stage.counts(export) == counts
    assert sum(one.size for one in stage.imports()) == others


@pytest.mark.parametrize("kind", GONE)
def test_who_leaves_one_of_several_audiences_is_not_added_either_and_it_is_told(stage, kind):
    export = stage.start("vip", "new")
    enter(stage, export, ["jane@example.com"], ("vip", "new"))
    GONE[kind](stage, "jane@example.com")
    before = set(stage.people())

    stage.tell(export, change("jane@example.com", "exit"))
    stage.run(twice=True)
    after, listed = set(stage.people()), stage.failures(export)
    stage.tell(export, change("jane@example.com", "enter", "vip"))
    stage.run()

    assert after == before
    assert [(one["email"], one["code"]) for one in listed] == [("jane@example.com", "not_on_list")]
    assert "not on the list any more" in listed[0]["message"]
    assert stage.audiences()["jane@example.com"] == ["New Readers", "VIP"]
    assert stage.failures(export) == []


def test_leaving_one_export_while_another_to_the_list_has_the_person_adds_nobody(stage):
    one, other = stage.start("vip"), stage.start("new")
    enter(stage, one, ["jane@example.com"])
    enter(stage, other, ["jane@example.com"], ("new",))
    remove_for_good(stage, "jane@example.com")

    stage.tell(one, change("jane@example.com", "exit"))
    stage.run()

    assert stage.people() == {}


def test_people_who_are_still_there_cost_a_read_and_a_write_per_thousand(stage):
    export = stage.start("vip")
    emails = [f"p{n}@example.com" for n in range(2500)]
    enter(stage, export, emails)
    stage.vendor.account.imports.clear()
    stage.api.post(f"/exports/{export}/stop")
    stage.api.post(f"/exports/{export}/start")  # the brake is off for an hour
    stage.run()
    stage.vendor.calls.clear()

    stage.tell(export, *(change(email, "exit") for email in emails))
    stage.run()

    assert stage.audiences() == {}
    assert [one.size for one in stage.imports()] == [1000, 1000, 500]
    assert len(stage.vendor.calls) == 2 * math.ceil(2500 / 1000)


@pytest.mark.parametrize(("leaving", "calls"), [(1, 1), (2, 2), (3, 4), (5, 5)])
def test_a_few_who_leave_a_large_list_are_not_searched_in_all_of_it(stage, leaving, calls):
    export = stage.start("vip")
    emails = [f"z{n}@example.com" for n in range(leaving)]
    for n in range(3300):
        stage.vendor.subscribe(stage.list, f"p{n}@example.com")
    enter(stage, export, emails)

    stage.tell(export, *(change(email, "exit") for email in emails))
    stage.run()

    assert stage.audiences() == {}
    assert len(stage.vendor.calls) == calls


@pytest.mark.parametrize("state", ["Unsubscribed", "Deleted", "Bounced"])
def test_who_is_inactive_loses_the_audience_and_stays_inactive(stage, state):
    export = stage.start("vip")
    emails = [f"p{n}@example.com" for n in range(5)]
    enter(stage, export, emails)
    stage.list.people["p3@example.com"].state = state
    stage.list.touch_all()

    stage.tell(export, *(change(email, "exit") for email in emails))
    stage.run()

    assert stage.audiences() == {}
    assert stage.people()["p3@example.com"] == (state, {})
    assert stage.counts(export)["removed"] == 5


@pytest.mark.parametrize("fault", ["429", "500", "drop", "drop-after", "garbage"])
@pytest.mark.parametrize("match", ["active", "PUT", "import"])
def test_a_call_that_fails_while_people_leave_is_made_again(stage, match, fault):
    export = stage.start("vip")
    emails = [f"p{n}@example.com" for n in range(6)]
    enter(stage, export, emails)
    stage.vendor.change_address(stage.list, "p0@example.com", "new@example.com")
    stage.vendor.faults.script(fault, match, times=2)

    stage.tell(export, *(change(email, "exit") for email in emails))
    stage.run()

    assert set(stage.people()) == {"new@example.com", *emails[1:]}
    assert stage.audiences() == {"new@example.com": ["VIP"]}
    assert stage.counts(export) == {"added": 6, "updated": 0, "removed": 6, "skipped": 0, "failed": 0}
    assert FIELD in {field.name for field in stage.list.fields}
