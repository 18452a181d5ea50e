"""Of what one request tells of a person at one time, what it tells last is true."""

import itertools
import json

import pytest

from simulators.campaign_monitor.fields import add
from tests.deliveries import make_event
from tests.flows.exporting import exporting
from tests.flows.hooked import listener, post, rows_of


def update(name, state="Active"):
    return make_event("Update", "jane.told@example.com", Name=name, State=state)


@pytest.mark.parametrize("names", list(itertools.permutations(["Anna", "Zoe", "Mia"])))
def test_of_several_updates_of_one_minute_in_one_delivery_the_last_is_kept(names):
    with listener() as product:
        events = [update(name) for name in names]

        for told in (events, events, events[:1], events[1:2]):
            post(product, *told)
            product.pump(twice=True)

        profile = product.profile("jane.told@example.com").json["fields"]
        assert profile["cm_name"] == names[-1]
        assert sum(row["stream"] == "cm_user" for row in rows_of(product, "jane.told@example.com")) == 1


@pytest.mark.parametrize("last", ["Active", "Unsubscribed", "Bounced"])
def test_of_several_states_of_one_minute_the_last_is_kept(last):
    with listener() as product:
        post(product, update("Jane", "Bounced"), update("Jane", "Unsubscribed"), update("Jane", last))
        product.pump()

        profile = product.profile("jane.told@example.com").json["fields"]
        assert profile["cm_list_ids_status"] == {product.list.id: last.lower()}


def trigger(slug, name, city):
    event = {"slug": slug, "event": "enter", "enter": "2026-11-05T14:30:00Z"}
    return {
        "data": {"email": "jane@example.com", "name": name, "city": city, "segment_events": [event]},
        "meta": {"timestamp": "2026-11-05T14:30:00Z"},
    }


@pytest.mark.parametrize("names", [("Zoe", "Anna"), ("Anna", "Zoe")])
def test_of_two_triggers_of_one_time_the_one_that_was_told_last_has_the_fields(names):
    with exporting() as stage:
        add(stage.list, "City", "Text")
        export = stage.start("vip", "new", field_mappings={"city": "City"})
        path = stage.job(export)["audience_webhook_url"].partition("/prod")[2]
        told = [trigger(slug, name, f"{name}burg") for slug, name in zip(("vip", "new"), names, strict=True)]

        stage.api.call("POST", path, body=json.dumps(told))
        stage.run(twice=True, seed=1)
        stage.api.call("POST", path, body=json.dumps(told))
        stage.run(seed=2)

        (person,) = stage.list.people.values()
        (_, fields) = stage.people()["jane@example.com"]
        assert person.name == names[-1]
        assert (fields["City"], fields["Lytics Audiences"]) == ([f"{names[-1]}burg"], ["New Readers", "VIP"])
