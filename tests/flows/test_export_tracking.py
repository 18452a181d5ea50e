"""Which consents an export writes, seen from Campaign Monitor."""

import json
from itertools import product

import pytest

from lytics_cm.store.memberships import Memberships
from tests.flows.exporting import FIELD, exporting, overheard
from tests.flows.importing import meanwhile

VALUES = {"yes": " YES ", "no": "false", "none": None, "junk": "perhaps"}
HAS = ("Yes", "No", "Unknown")
STATES = ("active", "unsubscribed", "deleted", "bounced", "unconfirmed")
WAYS = {"unsubscribed": "unsubscribe", "deleted": "delete", "bounced": "bounce"}
CASES = [
    *product(VALUES, ["new"], [""]),
    *product(VALUES, ["elsewhere", *STATES], HAS),
]
JANE = "jane@example.com"


@pytest.fixture
def stage():
    with exporting() as made:
        yield made


def address_of(case):
    return "-".join(filter(None, case)).lower() + "@example.com"


def put(stage, email, where, has, mailing_list=None):
    """Somebody is somewhere, with a consent."""
    found = mailing_list or stage.list
    if where == "unconfirmed":
        found.confirmed_opt_in = True
    stage.vendor.subscribe(found, email)
    found.confirmed_opt_in = False
    if where in WAYS:
        getattr(stage.vendor, WAYS[where])(found, email)
    decide(stage, email, has)


def decide(stage, email, value, **more):
    """Somebody decides at Campaign Monitor, and we are not told."""
    stage.vendor.decide(stage.list, email, value, silently=True, **more)


def consent_of(stage, email):
    return stage.list.client.tracking.value_of(email)


def says(stage, email, **fields):
    """Lytics tells of somebody's profile."""
    stage.lytics.change(email, "vip", **fields)
    stage.run()


def codes(stage, export):
    return {one["email"]: one["code"] for one in stage.failures(export)}


def told(stage):
    """Takes what the profile function is told of consents from its queue."""
    found = [one for body in stage.product.messages("RowsQueue") for one in json.loads(body)["consents"]]
    stage.product.queue("RowsQueue").clear()
    return [(one["email"], one["value"]) for one in found]


def expected(value, where, has, for_new):
    """The oracle: what the entry of somebody says, None without an entry."""
    if value == "no":
        return "No"
    if value == "yes":
        return "Unchanged" if has == "No" else "Yes"
    if where in STATES or for_new == "unchanged":
        return "Unchanged"
    if for_new == "refuse":
        return None
    return "Unchanged" if has in ("Yes", "No") else "No"


@pytest.mark.parametrize("at_once", [7, len(CASES)])
@pytest.mark.parametrize("for_new", ["unchanged", "no", "refuse"])
def test_what_is_said_of_whom(stage, for_new, at_once):
    other = stage.vendor.account.add_list(stage.list.client, "Another")
    stage.list.unsubscribe_setting = "OnlyThisList"
    for case in CASES:
        _, where, has = case
        if where != "new":
            put(stage, address_of(case), where, has, other if where == "elsewhere" else None)
    export = stage.start("vip", consent_field="agrees", consent_for_new=for_new)

    with overheard() as entries:
        for start in range(0, len(CASES), at_once):
            for case in CASES[start : start + at_once]:
                person = stage.lytics.person(address_of(case), agrees=VALUES[case[0]])
                stage.lytics.enter(person.email, "vip")
            stage.run()

    said = {entry["EmailAddress"]: entry["ConsentToTrack"] for entry in reversed(entries)}
    assert said == {
        address_of(case): wanted for case in CASES if (wanted := expected(*case, for_new)) is not None
    }
    assert {email: consent_of(stage, email) for email in map(address_of, CASES)} == {
        address_of(case): afterwards(*case, for_new) for case in CASES
    }
    assert not {214, 215} & set(codes(stage, export).values())
    assert stage.counts(export)["skipped"] == sum(expected(*case, for_new) is None for case in CASES)


def afterwards(value, where, has, for_new):
    """The consent that somebody has in the end: who is inactive is told of nothing but a No."""
    if where in STATES[1:] and value != "no":
        return has
    said = expected(value, where, has, for_new)
    return said if said in ("Yes", "No") else has or "Yes"
