"""What becomes of an export when somebody changes its list at Campaign Monitor."""

import createsend
import pytest

from simulators.campaign_monitor import fields
from tests import official
from tests.aws.deaths import Deaths
from tests.flows.exporting import FIELD, exporting
from tests.flows.importing import meanwhile

KEY = "[LyticsAudiences]"
PEOPLE = {
    "jane@example.com": ["VIP"],
    "joe@example.com": ["New Readers", "VIP"],
    "ann@example.com": ["New Readers"],
}


@pytest.fixture
def stage():
    with exporting() as made:
        yield made


@pytest.fixture
def theirs(stage, monkeypatch):
    """The list, as somebody works on it with Campaign Monitor's own client."""
    return createsend.List(official.pointed_at(stage.vendor, monkeypatch), stage.list.id)


def populated(stage, **more):
    """A running export with three people in two audiences; its calls and imports are forgotten."""
    export = stage.start("vip", "new", **more)
    for email, options in PEOPLE.items():
        for slug in [{"VIP": "vip", "New Readers": "new"}[option] for option in options]:
            stage.lytics.enter(email, slug)
    stage.run()
    assert stage.audiences() == PEOPLE
    forget(stage)
    return export


def forget(stage):
    stage.vendor.account.imports.clear()
    stage.vendor.calls.clear()


def a_day_later(stage):
    """The schedules of the template that send messages do what they do once a day."""
    stage.product.later(days=1)
    stage.product.send_scheduled()
    stage.run()


def start_again(stage, *exports):
    for export in exports:
        stage.api.post(f"/exports/{export}/stop")
        stage.api.post(f"/exports/{export}/start")
    stage.run()


def rules(stage):
    return {
        segment.title: [[(rule["RuleType"], rule["Clause"]) for rule in group] for group in segment.groups]
        for segment in stage.list.segments.values()
    }


def sent(stage):
    return sum(one.size for one in stage.imports())


def notes(stage, export):
    """What the job tells, without the times in front."""
    told = stage.job(export)["notes"]
    assert all(len(note.split(" ", 1)[0]) == len("2026-11-28T10:00:00.000Z") for note in told), told
    return [note.split(" ", 1)[1] for note in told]


OURS = {"VIP": [[(KEY, "EQUALS VIP")]], "New Readers": [[(KEY, "EQUALS New Readers")]]}


def test_a_day_without_changes_costs_a_few_calls_and_sends_nobody(stage):
    export = populated(stage)

    a_day_later(stage)
    a_day_later(stage)

    assert sent(stage) == 0
    assert len(stage.vendor.calls) <= 2 * 6
    assert {call.method for call in stage.vendor.calls} == {"GET"}
    assert stage.job(export)["notes"] == []


@pytest.mark.parametrize("how", ["a day later", "started again"])
@pytest.mark.parametrize("change", ["deleted", "renamed"])
def test_the_field_is_made_again_with_options_and_segments_and_everybody_is_sent_again(
    stage, theirs, change, how
):
    export = populated(stage)
    if change == "deleted":
        theirs.delete_custom_field(KEY)
    else:
        theirs.update_custom_field(KEY, "Somebody's", True)
    stage.lytics.exit("joe@example.com", "vip")
    stage.run()
    lost = stage.audiences()

    a_day_later(stage) if how == "a day later" else start_again(stage, export)

    assert lost == {}
    assert stage.audiences() == PEOPLE | {"joe@example.com": ["New Readers"]}
    assert rules(stage) == OURS
    assert stage.job(export)["status"] == "running"
    assert "the field 'Lytics Audiences' was gone and is made again; everybody is sent again" in notes(
        stage, export
    )
    assert stage.counts(export)["added"] == 3
    assert stage.failures(export) == []


@pytest.mark.parametrize("how", ["a day later", "started again"])
@pytest.mark.parametrize("semantics", ["replace", "add"])
def test_an_option_is_made_again_and_only_those_are_sent_who_should_have_it(stage, theirs, semantics, how):
    stage.vendor.switches.multi_select = semantics
    export = populated(stage)
    theirs.update_custom_field_options(KEY, ["New Readers"], False)

    a_day_later(stage) if how == "a day later" else start_again(stage, export)

    assert stage.audiences() == PEOPLE
    assert sent(stage) == 2
    assert rules(stage) == OURS
    assert "the option 'VIP' was gone and is made again; whoever should have it is sent again" in notes(
        stage, export
    )


def test_a_renamed_option_is_made_again(stage):
    export = populated(stage)
    stage.vendor.rename_option(stage.list, KEY, "VIP", "Somebody's")

    a_day_later(stage)

    assert stage.audiences() == PEOPLE
    assert "the option 'VIP' was gone and is made again; whoever should have it is sent again" in notes(
        stage, export
    )


@pytest.mark.parametrize("change", ["deleted", "renamed", "rules gone", "rule changed"])
def test_a_segment_is_made_again_with_its_rule(stage, theirs, change):
    export = populated(stage)
    segment = next(one for one in stage.list.segments.values() if one.title == "VIP")
    found = createsend.Segment(theirs.auth_details, segment.id)
    narrowed = [{"Rules": [{"RuleType": "EmailAddress", "Clause": "CONTAINS @example.com"}]}]
    match change:
        case "deleted":
            found.delete()
        case "renamed":
            found.update("Somebody's", [{"Rules": [{"RuleType": KEY, "Clause": "EQUALS VIP"}]}])
        case "rules gone":
            found.clear_rules()
        case "rule changed":
            found.update("VIP", narrowed)

    a_day_later(stage)

    assert sent(stage) == 0
    after = rules(stage)
    assert (KEY, "EQUALS VIP") in [rule for group in after["VIP"] for rule in group]
    if change == "rule changed":
        assert [("EmailAddress", "CONTAINS @example.com")] in after["VIP"]
    lost = (
        "was gone and is made again"
        if change in ("deleted", "renamed")
        else "had lost its rule and gets it back"
    )
    assert notes(stage, export) == [f"the segment 'VIP' {lost}"]


def test_a_mapped_field_that_is_gone_is_told_with_a_remedy_and_the_rest_is_sent(stage, theirs):
    fields.add(stage.list, "City", "Text")
    fields.add(stage.list, "Shoes", "Number")
    for email in PEOPLE:
        stage.lytics.person(email, city="Ulm", shoes=42)
    export = populated(stage, field_mappings={"city": "City", "shoes": "Shoes"})
    theirs.delete_custom_field("[City]")

    a_day_later(stage)
    stage.product.later(seconds=1)
    stage.lytics.change("jane@example.com", "vip", city="Bonn", shoes=43)
    stage.run()

    job = stage.job(export)
    told = (
        "the list has no field 'City' any more; map another one (PATCH field_mappings), or make it again at Campaign"
        " Monitor; it has: Shoes (Number)"
    )
    assert (job["status"], job["message"]) == ("running", told)
    assert [one["message"] for one in stage.failures(export)] == [told]
    assert notes(stage, export) == [told]
    assert sent(stage) == 1  # nobody is sent because a field is gone
    assert stage.people()["jane@example.com"][1] == {FIELD: ["VIP"], "Shoes": ["43"]}

    theirs.create_custom_field("City", "Text")
    a_day_later(stage)

    assert "message" not in stage.job(export)
    assert "the field 'City' is back; its values are sent again" in notes(stage, export)
    assert {email: found["City"] for email, (_, found) in stage.people().items()} == {
        "jane@example.com": ["Bonn"],
        "joe@example.com": ["Ulm"],
        "ann@example.com": ["Ulm"],
    }


def test_a_mapped_field_that_is_gone_is_mended_by_mapping_another_one(stage, theirs):
    fields.add(stage.list, "City", "Text")
    for email in PEOPLE:
        stage.lytics.person(email, city="Ulm")
    export = populated(stage, field_mappings={"city": "City"})
    theirs.update_custom_field("[City]", "Town", True)
    a_day_later(stage)
    before = stage.job(export)["message"]

    stage.api.patch(f"/exports/{export}", {"field_mappings": {"city": "Town"}})
    stage.run()

    assert "it has: Town (Text)" in before
    assert "message" not in stage.job(export)
    assert stage.people()["jane@example.com"][1] == {FIELD: ["VIP"], "Town": ["Ulm"]}


def test_a_renamed_field_that_keeps_its_key_goes_on(stage):
    made = fields.add(stage.list, "City", "Text")
    export = populated(stage, field_mappings={"city": "City"})
    made.name = "Town"

    a_day_later(stage)
    stage.lytics.change("jane@example.com", "vip", city="Bonn")
    stage.run()

    assert "message" not in stage.job(export)
    assert stage.people()["jane@example.com"][1] == {FIELD: ["VIP"], "Town": ["Bonn"]}


def test_a_field_that_changed_its_type_takes_what_fits_and_is_told(stage, theirs):
    fields.add(stage.list, "Size", "Text")
    stage.lytics.person("jane@example.com", size="42")
    stage.lytics.person("joe@example.com", size="large")
    export = populated(stage, field_mappings={"size": "Size"})
    theirs.delete_custom_field("[Size]")
    theirs.create_custom_field("Size", "Number")

    a_day_later(stage)

    told = "the field 'Size' was a Text and is a Number now; values that do not fit are left out; map another one"
    assert told in stage.job(export)["message"]
    assert next(one["message"] for one in stage.failures(export) if one["email"] is None).startswith(told)
    assert {email: found.get("Size") for email, (_, found) in stage.people().items()} == {
        "jane@example.com": ["42"],
        "joe@example.com": None,
        "ann@example.com": None,
    }
    assert [one["email"] for one in stage.failures(export) if one["email"]] == ["joe@example.com"]


def test_a_field_that_is_of_no_use_any_more_fails_the_export_with_a_remedy(stage, theirs):
    export = populated(stage)
    theirs.delete_custom_field(KEY)
    theirs.create_custom_field(FIELD, "Text")

    a_day_later(stage)

    assert stage.job(export)["status"] == "failed"
    assert "rename it at Campaign Monitor" in stage.job(export)["message"]


@pytest.mark.parametrize("data_type", ["MultiSelectMany", "MultiSelectOne"])
def test_an_option_that_a_mapped_field_has_got_is_learned_when_a_value_needs_it(stage, theirs, data_type):
    fields.add(stage.list, "Colour", data_type, ["Red"])
    export = stage.start("vip", field_mappings={"colour": "Colour"})
    for email in ("early@example.com", "jane@example.com"):
        stage.lytics.person(email, colour="Green")
    stage.lytics.enter("early@example.com", "vip")
    stage.run()
    before = [one["message"] for one in stage.failures(export)]
    theirs.update_custom_field_options("[Colour]", ["Green"], True)
    stage.product.later(minutes=2)

    stage.lytics.enter("jane@example.com", "vip")
    stage.run()

    assert before == ["Colour has no such option; the rest was sent"]
    assert {email: found.get("Colour") for email, (_, found) in stage.people().items()} == {
        "early@example.com": ["Green"],
        "jane@example.com": ["Green"],
    }
    assert stage.failures(export) == []


def test_who_waits_for_an_option_gets_it_within_a_day(stage, theirs):
    fields.add(stage.list, "Colour", "MultiSelectOne", ["Red"])
    export = stage.start("vip", field_mappings={"colour": "Colour"})
    stage.lytics.person("jane@example.com", colour="Green")
    stage.lytics.enter("jane@example.com", "vip")
    stage.run()
    theirs.update_custom_field_options("[Colour]", ["Green"], True)

    a_day_later(stage)

    assert stage.people()["jane@example.com"][1] == {FIELD: ["VIP"], "Colour": ["Green"]}
    assert stage.failures(export) == []
    assert stage.counts(export)["failed"] == 0


def test_options_are_learned_at_once_and_asked_for_once_a_minute(stage, theirs):
    fields.add(stage.list, "Colour", "MultiSelectMany", ["Red"])
    export = stage.start("vip", field_mappings={"colour": "Colour"})
    theirs.update_custom_field_options("[Colour]", ["Green"], True)
    stage.vendor.calls.clear()

    for number, colour in enumerate(["Green", "Blue", "Pink", "Grey"]):
        stage.lytics.person(f"p{number}@example.com", colour=colour)
        stage.lytics.enter(f"p{number}@example.com", "vip")
        stage.run()

    reads = [call for call in stage.vendor.calls if "customfields" in call.path]
    assert stage.people()["p0@example.com"][1]["Colour"] == ["Green"]
    assert len(reads) == 1
    assert len(stage.failures(export)) == 3
    assert stage.counts(export) == {"added": 4, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}


def test_other_exports_to_the_list_hear_of_what_they_have_lost(stage, theirs):
    first = populated(stage)
    second = stage.start("vip", "buyers")
    stage.lytics.enter("buyer@example.com", "buyers")
    stage.run()
    everybody = stage.audiences()
    theirs.delete_custom_field(KEY)

    start_again(stage, first)

    assert everybody == PEOPLE | {"buyer@example.com": ["Spring Buyers"]}
    assert stage.audiences() == everybody
    assert {stage.job(export)["status"] for export in (first, second)} == {"running"}


@pytest.mark.parametrize("call", ["POST .*customfields", "PUT .*options", "POST .*import"])
@pytest.mark.parametrize("loss", ["field", "option"])
def test_a_repair_survives_failing_calls(stage, theirs, loss, call):
    populated(stage)
    if loss == "field":
        theirs.delete_custom_field(KEY)
    else:
        theirs.update_custom_field_options(KEY, ["New Readers"], False)
    for fault in ("500", "drop-after"):
        stage.vendor.faults.script(fault, call)

    a_day_later(stage)

    assert stage.audiences() == PEOPLE


@pytest.mark.parametrize("seed", range(8))
def test_workers_that_die_while_they_repair_cost_nothing(stage, theirs, seed):
    export = populated(stage)
    theirs.delete_custom_field(KEY)
    stage.product.later(days=1)
    stage.product.sqs.send_message(
        QueueUrl=stage.product.names["ChangesQueue"], MessageBody='{"export": "*", "task": "daily"}'
    )

    stage.run(deaths=Deaths(seed, 0.6), seed=seed)

    assert stage.audiences() == PEOPLE
    assert rules(stage) == OURS
    assert stage.job(export)["status"] == "running"


def test_an_export_that_was_changed_while_it_was_looked_at_is_what_was_wanted_last(stage, theirs):
    export = populated(stage)
    theirs.delete_custom_field(KEY)
    vendor = meanwhile(stage.vendor)
    vendor.when(
        "POST .*customfields", lambda: stage.api.patch(f"/exports/{export}", {"audiences": [{"slug": "new"}]})
    )

    a_day_later(stage)

    assert stage.audiences() == {"joe@example.com": ["New Readers"], "ann@example.com": ["New Readers"]}
    assert [one["slug"] for one in stage.job(export)["audiences"]] == ["new"]
    assert stage.job(export)["status"] == "running"


@pytest.mark.parametrize("state", ["stopped", "failed", "dry run"])
def test_an_export_that_sends_nobody_is_left_alone(stage, theirs, state):
    if state == "dry run":
        export = stage.create("vip", dry_run=True).json["id"]
        stage.run()
    else:
        export = populated(stage)
        if state == "failed":
            stage.vendor.faults.script("code", "import", status=401, code=60, message="No permission")
            stage.lytics.enter("last@example.com", "vip")
            stage.run()
        else:
            stage.api.post(f"/exports/{export}/stop")
        theirs.delete_custom_field(KEY)
    before = stage.job(export)["status"]
    forget(stage)

    a_day_later(stage)

    assert (before, stage.job(export)["status"]) == ("failed" if state == "failed" else "stopped",) * 2
    assert stage.vendor.calls == []


def test_a_failed_export_whose_account_is_connected_again_goes_on_within_a_day(stage):
    export = populated(stage)
    stage.vendor.account.grants.revoke()
    stage.lytics.enter("last@example.com", "vip")
    stage.run()
    failed = stage.job(export)["status"]
    before = len(stage.product.messages("ChangesQueue"))
    stage.product.connect(reconnect=stage.authorization)
    stage.product.quick.sqs.queues[stage.product.names["ChangesQueue"]].clear()  # the messages are lost

    a_day_later(stage)

    assert (failed, before) == ("failed", 0)
    assert stage.job(export)["status"] == "running"
    assert stage.audiences()["last@example.com"] == ["VIP"]


def test_a_set_up_that_nobody_does_any_more_is_called_for_within_a_day(stage):
    export = stage.create("vip").json["id"]
    stage.product.quick.sqs.queues[stage.product.names["ChangesQueue"]].clear()

    a_day_later(stage)

    assert stage.job(export)["status"] == "running"
