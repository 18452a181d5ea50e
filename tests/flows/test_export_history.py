import json
import random

import pytest

from simulators.campaign_monitor import fields
from simulators.campaign_monitor.importing import MOST
from tests.aws.deaths import Deaths
from tests.flows.exporting import exporting

AUDIENCES = {f"a{number}": f"Audience {number}" for number in range(8)}
PEOPLE, CHANGES_EACH = 500, 7.5
FAULTS = {"429": 0.06, "500": 0.05, "503-after": 0.05, "drop": 0.04, "drop-after": 0.08}
HOUR = 3_600_000


def history(rng, now, people=PEOPLE):
    """Changes in the order of their times, each person's times all different."""
    changes, inside = [], {}
    for number in range(int(people * CHANGES_EACH)):
        email, slug = f"p{rng.randrange(people)}@example.com", rng.choice(list(AUDIENCES))
        event = (
            "exit"
            if (email, slug) in inside and rng.random() < 0.6
            else rng.choice(["enter", "enter", "exit"])
        )
        inside.pop((email, slug), None)
        if event == "enter":
            inside[email, slug] = True
        at = now - HOUR + number
        changes.append(
            {"email": email, "slug": slug, "event": event, "at": at, "fields": {"name": f"N{number}"}}
        )
    return changes


def oracle(changes):
    """What the list has to have in the end: everybody who ever had to be sent is not decided here."""
    audiences, names = {}, {}
    for change in sorted(changes, key=lambda one: one["at"]):
        found = audiences.setdefault(change["email"], set())
        (found.add if change["event"] == "enter" else found.discard)(AUDIENCES[change["slug"]])
        names[change["email"]] = change["fields"]["name"]
    return audiences, names


def as_messages(rng, export, changes):
    """Shuffled, some twice, some much later, in messages of any size."""
    told = changes + rng.sample(changes, len(changes) // 5)
    told.sort(key=lambda change: change["at"] + rng.choice([0, 0, 0, rng.randrange(3000)]))
    while told:
        size = rng.choice([1, 3, 10, 60])
        yield json.dumps({"export": export, "changes": told[:size]})
        told = told[size:]


@pytest.mark.parametrize(("seed", "semantics"), [(1, "replace"), (2, "add")])
def test_after_any_history_the_list_is_what_the_oracle_says(seed, semantics, sized):
    rng = random.Random(seed)
    with exporting(audiences=AUDIENCES, seed=seed) as stage:
        stage.vendor.switches.multi_select = semantics
        fields.add(stage.list, "Other", "Text")
        export = stage.start()
        stage.vendor.unsubscribe(stage.list, stage.vendor.subscribe(stage.list, "p0@example.com").email)
        stage.vendor.subscribe(stage.list, "bystander@example.com", fields={"Other": "mine"})
        deaths = Deaths(seed, 0.2)
        stage.vendor.faults.rates, stage.vendor.faults.match = (
            FAULTS,
            r"POST .*import|(GET|PUT) .*subscribers/",
        )
        changes = history(rng, int(stage.product.clock.now() * 1000), sized(PEOPLE, 10_000))
        waiting = list(as_messages(rng, export, changes))

        while waiting:
            for body in waiting[: rng.randrange(1, 8)]:
                stage.product.sqs.send_message(QueueUrl=stage.product.names["ChangesQueue"], MessageBody=body)
                waiting.pop(0)
            left = iter(range(rng.randrange(2)))
            stage.product.pump(
                seed=rng.random(), deaths=deaths, until=lambda left=left: next(left, None) is None
            )
        stage.product.pump(seed=seed, deaths=deaths, twice=True)
        stage.vendor.faults.clear()
        stage.product.pump()

        audiences, names = oracle(changes)
        people = stage.people()
        wanted = {
            email: sorted(found) for email, found in audiences.items() if found and email != "p0@example.com"
        }
        assert stage.audiences() == wanted
        assert {email: stage.list.people[email].name for email in wanted} == {
            email: names[email] for email in wanted
        }
        assert people.pop("p0@example.com") == ("Unsubscribed", {})
        assert people.pop("bystander@example.com") == ("Active", {"Other": ["mine"]})
        assert {state for state, _ in people.values()} == {"Active"}
        assert set(people) <= set(audiences)
        assert {one.resubscribe for one in stage.imports()} == {False}
        assert max(one.size for one in stage.imports()) <= MOST
        counts = stage.counts(export)
        assert counts["added"] - counts["removed"] == len(wanted)
        assert counts["failed"] == len(stage.failures(export))
        assert deaths.count > 3
        assert sum(stage.vendor.faults.suffered.values()) > 10
        assert stage.product.dead_letters() == {}


@pytest.mark.parametrize("semantics", ["replace", "add"])
def test_several_workers_and_exports_at_once_leave_the_list_as_the_oracle_says(semantics):
    rng = random.Random(7)
    with exporting(audiences=AUDIENCES) as stage:
        stage.vendor.switches.multi_select = semantics
        one, other = stage.start(*list(AUDIENCES)[:4]), stage.start(*list(AUDIENCES)[4:])
        changes = history(rng, int(stage.product.clock.now() * 1000))[:2000]
        for export, slugs in ((one, list(AUDIENCES)[:4]), (other, list(AUDIENCES)[4:])):
            mine = [change for change in changes if change["slug"] in slugs]
            for body in as_messages(rng, export, mine):
                stage.product.sqs.send_message(QueueUrl=stage.product.names["ChangesQueue"], MessageBody=body)

        stage.product.pump(seed=7, workers=3)

        audiences, _ = oracle(changes)
        assert stage.audiences() == {email: sorted(found) for email, found in audiences.items() if found}
        assert stage.product.dead_letters() == {}
