"""What becomes of people when an export is changed: `PATCH /exports/{id}`."""

import random
import time

import pytest

from simulators.campaign_monitor import fields
from tests.aws.deaths import Deaths
from tests.flows.exporting import AUDIENCES, FIELD, exporting
from tests.flows.importing import meanwhile


@pytest.fixture
def stage():
    with exporting() as made:
        yield made


def change(stage, export, **wanted):
    stage.declare(wanted)
    return stage.api.patch(f"/exports/{export}", wanted)


def changed(stage, export, **wanted):
    answer = change(stage, export, **wanted)
    assert answer.status == 200, answer.body
    stage.run()
    return answer.json


def slugs(*names):
    return [{"slug": name} for name in names]


def enters(*emails, slug="vip"):
    at = int(time.time() * 1000)
    return [{"email": email, "slug": slug, "event": "enter", "at": at, "fields": {}} for email in emails]


def segments(stage):
    return sorted(segment.title for segment in stage.list.segments.values())


def test_a_removed_audience_is_taken_from_everybody_who_had_it_and_an_added_one_gets_option_and_segment(
    stage,
):
    export = stage.start("vip", "buyers")
    before = stage.job(export)
    for number in range(30):
        stage.lytics.enter(f"p{number}@example.com", "vip")
    for email in ("p0@example.com", "only@example.com"):
        stage.lytics.enter(email, "buyers")
    stage.run()
    stage.vendor.account.imports.clear()

    answer = change(stage, export, audiences=slugs("buyers", "new"), description="Fewer")
    stage.lytics.subscriptions[0].slugs = ["buyers", "new"]
    stage.lytics.enter("fresh@example.com", "new")
    stage.run()

    after = stage.job(export)
    assert (answer.status, answer.json["status"]) == (200, "starting")
    assert (after["id"], after["audience_webhook_url"]) == (before["id"], before["audience_webhook_url"])
    assert (after["status"], after["description"]) == ("running", "Fewer")
    assert [one["slug"] for one in after["audiences"]] == ["buyers", "new"]
    assert stage.audiences() == {
        "p0@example.com": ["Spring Buyers"],
        "only@example.com": ["Spring Buyers"],
        "fresh@example.com": ["New Readers"],
    }
    assert segments(stage) == ["New Readers", "Spring Buyers", "VIP"]
    assert sum(one.size for one in stage.imports()) == 32  # nobody who did not change
    assert after["counts"] == {"added": 32, "updated": 1, "removed": 29, "skipped": 0, "failed": 0}


@pytest.mark.parametrize("semantics", ["replace", "add"])
def test_those_who_leave_while_nobody_listens_are_not_put_back_with_their_audience(stage, semantics):
    stage.vendor.switches.multi_select = semantics
    export = stage.start("vip", "new")
    for email in ("stays@example.com", "leaves@example.com"):
        stage.lytics.enter(email, "vip")
        stage.lytics.enter(email, "new")
    stage.run()
    changed(stage, export, audiences=slugs("new"))
    stage.product.later(minutes=1)
    stage.lytics.exit("leaves@example.com", "vip")
    stage.run()
    without = stage.audiences()

    changed(stage, export, audiences=slugs("vip", "new"), existing_users=True)

    assert without == {"stays@example.com": ["New Readers"], "leaves@example.com": ["New Readers"]}
    assert stage.audiences() == {
        "stays@example.com": ["New Readers", "VIP"],
        "leaves@example.com": ["New Readers"],
    }


def test_the_people_of_an_added_audience_are_read_when_existing_users_are_wanted(stage):
    for number in range(130):
        stage.lytics.place(f"p{number}@example.com", "buyers")
    stage.lytics.place("vip@example.com", "vip")
    export = stage.start("vip", existing_users=True)

    changed(stage, export, audiences=slugs("vip", "buyers"))

    assert len(stage.audiences()) == 131
    assert [(one["slug"], one["read"], one["done"]) for one in stage.job(export)["existing"]] == [
        ("buyers", 130, True),
        ("vip", 1, True),
    ]


def test_existing_users_can_be_turned_on_later(stage):
    stage.lytics.place("old@example.com", "vip")
    export = stage.start("vip")
    before = stage.audiences()

    changed(stage, export, existing_users=True)

    assert (before, stage.audiences()) == ({}, {"old@example.com": ["VIP"]})


def test_a_changed_mapping_sends_values_again(stage):
    for name in ("City", "Town"):
        fields.add(stage.list, name, "Text")
    export = stage.start("vip", field_mappings={"city": "City"})
    stage.lytics.person("jane@example.com", city="Ulm")
    stage.lytics.enter("jane@example.com", "vip")
    stage.run()

    changed(stage, export, field_mappings={"city": "Town"})

    assert stage.people()["jane@example.com"][1] == {FIELD: ["VIP"], "City": ["Ulm"], "Town": ["Ulm"]}
    assert stage.counts(export) == {"added": 1, "updated": 1, "removed": 0, "skipped": 0, "failed": 0}


@pytest.mark.parametrize("existing", [True, False])
def test_a_field_that_was_not_asked_for_before_comes_with_a_reading_or_the_next_trigger(stage, existing):
    fields.add(stage.list, "City", "Text")
    export = stage.start("vip", existing_users=existing)
    stage.lytics.person("jane@example.com", name="Jane", full="Jane Doe", city="Ulm")
    stage.lytics.enter("jane@example.com", "vip")
    stage.run()

    changed(stage, export, field_mappings={"city": "City"}, name_field="full")
    read = stage.people()["jane@example.com"][1].get("City")
    stage.product.later(seconds=1)
    stage.lytics.change("jane@example.com", "vip")
    stage.run()

    assert read == (["Ulm"] if existing else None)
    assert stage.people()["jane@example.com"][1] == {FIELD: ["VIP"], "City": ["Ulm"]}
    assert stage.list.people["jane@example.com"].name == "Jane Doe"


def test_people_are_known_by_the_addresses_of_another_field_from_a_change_on(stage):
    export = stage.start("vip", existing_users=True)
    stage.lytics.person("private@example.com", work="work@example.com")
    stage.lytics.enter("private@example.com", "vip")
    stage.run()
    before = stage.audiences()

    changed(stage, export, email_field="work")
    stage.product.later(seconds=1)
    after = stage.audiences()
    stage.lytics.exit("private@example.com", "vip")
    stage.run()

    assert before == {"private@example.com": ["VIP"]}
    assert after == {"work@example.com": ["VIP"]}
    assert stage.audiences() == {}


def test_the_brake_holds_when_an_audience_is_taken_from_too_many():
    with exporting() as stage:
        export = stage.start("vip", "new")
        stage.tell(export, *enters(*(f"p{number}@example.com" for number in range(1200))))
        stage.run()

        changed(stage, export, audiences=slugs("new"))
        paused, had = stage.job(export), len(stage.audiences())
        stage.api.post(f"/exports/{export}/start")
        stage.run()

        assert (paused["status"], had) == ("stopped", 1200)
        assert "paused by the brake" in paused["message"]
        assert stage.audiences() == {}
        assert stage.counts(export)["removed"] == 1200


def test_a_change_of_a_stopped_export_takes_effect_when_it_starts(stage):
    export = stage.start("vip", "new")
    stage.lytics.enter("jane@example.com", "vip")
    stage.run()
    stage.api.post(f"/exports/{export}/stop")

    answer = changed(stage, export, audiences=slugs("new"))
    stopped = stage.job(export)["status"], stage.audiences()
    stage.api.post(f"/exports/{export}/start")
    stage.run()

    assert [one["slug"] for one in answer["audiences"]] == ["new"]
    assert stopped == ("stopped", {"jane@example.com": ["VIP"]})
    assert (stage.job(export)["status"], stage.audiences()) == ("running", {})


def test_a_change_mends_an_export_that_failed(stage):
    fields.add(stage.list, "City", "Text")
    export = stage.create("vip", field_mappings={"city": "City"}).json["id"]
    stage.vendor.faults.script("code", "POST .*customfields", status=400, code=254, message="No")
    stage.run()
    failed = stage.job(export)["status"]

    changed(stage, export, audiences=slugs("new"))
    stage.api.post(f"/exports/{export}/start")
    stage.run()

    assert (failed, stage.job(export)["status"]) == ("failed", "running")
    assert segments(stage) == ["New Readers"]


@pytest.mark.parametrize("call", ["customfields", "segments"])
def test_a_change_during_set_up_counts(stage, call):
    vendor = meanwhile(stage.vendor)
    export = stage.create("vip").json["id"]
    vendor.when(f"GET .*{call}", lambda: change(stage, export, audiences=slugs("new", "buyers")))
    stage.run()
    stage.tell(export, *enters("jane@example.com"), *enters("joe@example.com", slug="new"))
    stage.run()

    assert stage.job(export)["status"] == "running"
    assert [one["slug"] for one in stage.job(export)["audiences"]] == ["new", "buyers"]
    assert stage.audiences() == {"joe@example.com": ["New Readers"]}


def test_two_changes_at_once_both_count(stage):
    export = stage.start("vip")
    fields.add(stage.list, "City", "Text")
    vendor = meanwhile(stage.vendor)
    vendor.when("GET .*customfields", lambda: change(stage, export, audiences=slugs("vip", "new")))

    answer = change(stage, export, field_mappings={"city": "City"})
    stage.run()

    assert answer.status == 200
    assert [one["slug"] for one in stage.job(export)["audiences"]] == ["vip", "new"]
    assert stage.job(export)["field_mappings"] == {"city": "City"}
    assert segments(stage) == ["New Readers", "VIP"]


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_people_in_the_hands_of_a_worker_with_the_old_configuration_end_as_the_new_one_wants(stage, moment):
    export = stage.start("vip", "new")
    stage.lytics.enter("jane@example.com", "new")
    stage.run()
    vendor = meanwhile(stage.vendor)

    def shrink():
        change(stage, export, audiences=slugs("new"))
        if moment == "before":  # another worker does all of it while this one waits for its answer
            for _ in range(6):
                stage.product.pump(until=lambda: True)

    vendor.when("POST .*import", shrink)
    stage.lytics.enter("jane@example.com", "vip")
    stage.run()

    assert stage.audiences() == {"jane@example.com": ["New Readers"]}
    assert stage.job(export)["status"] == "running"


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_people_whom_a_worker_takes_in_hand_after_others_have_caught_up_end_as_the_new_one_wants(stage):
    export = stage.start("vip", "new")
    stage.lytics.enter("jane@example.com", "new")
    stage.run()
    waiting = [lambda: change(stage, export, audiences=slugs("new"))]
    set_up = iter(["segments", "catch_up"])  # and the first

    def hear(_, operation):
        if operation == "BatchGetItem" and waiting:
            waiting.pop()()
            stage.product.pump(until=lambda: next(set_up, None) is None)

    stage.product.quick.before.append(hear)
    stage.tell(export, *enters("jane@example.com"))
    stage.product.pump()

    assert waiting == []
    assert stage.audiences() == {"jane@example.com": ["New Readers"]}


@pytest.mark.parametrize("seed", range(5))
def test_after_any_history_of_changes_moves_and_deaths_the_list_is_what_lytics_says(seed):
    rng = random.Random(seed)
    with exporting(seed=seed) as stage:
        stage.vendor.switches.multi_select = rng.choice(["replace", "add"])
        fields.add(stage.list, "City", "Text")
        people = [f"p{number}@example.com" for number in range(25)]
        for email in rng.sample(people, 10):
            stage.lytics.place(stage.lytics.person(email, city="Ulm"), *rng.sample(list(AUDIENCES), 2))
        job = stage.create("vip", existing_users=True, dry_run=rng.random() < 0.5).json
        subscription = stage.subscribe(job)
        deaths = Deaths(seed, 0.3)
        for _ in range(30):
            stage.product.later(seconds=1)
            email, slug = rng.choice(people), rng.choice(list(AUDIENCES))
            match rng.choice(["enter", "enter", "exit", "audiences", "mapping", "stop", "run", "run"]):
                case "enter":
                    stage.lytics.enter(stage.lytics.person(email, city="Ulm"), slug)
                case "exit":
                    stage.lytics.exit(email, slug)
                case "audiences":
                    chosen = rng.sample(list(AUDIENCES), rng.randrange(1, 4))
                    subscription.slugs = chosen
                    assert change(stage, job["id"], audiences=slugs(*chosen)).status == 200
                case "mapping":
                    change(stage, job["id"], field_mappings=rng.choice([{}, {"city": "City"}]))
                case "stop":
                    stage.api.post(f"/exports/{job['id']}/stop")
                    stage.api.post(f"/exports/{job['id']}/start")
                case "run":
                    left = iter(range(rng.randrange(12)))
                    stage.lytics.post_triggers()
                    stage.product.pump(
                        seed=rng.random(), deaths=deaths, until=lambda left=left: next(left, None) is None
                    )
        change(stage, job["id"], dry_run=False)
        stage.run()
        if stage.job(job["id"])["status"] == "stopped":
            stage.api.post(f"/exports/{job['id']}/start")
            stage.run()

        ours = [audience["slug"] for audience in stage.job(job["id"])["audiences"]]
        expected = {}
        for slug in ours:
            for person in stage.lytics.account.audiences[slug].members.values():
                expected.setdefault(person.email, []).append(AUDIENCES[slug])
        assert stage.job(job["id"])["status"] == "running"
        assert stage.audiences() == {email: sorted(found) for email, found in expected.items()}
        assert stage.product.dead_letters() == {}


def test_a_description_is_changed_without_a_call(stage):
    export = stage.start("vip")
    stage.vendor.calls.clear()

    answer = changed(stage, export, description="Ours")
    cleared = changed(stage, export, description=None)

    assert (answer["description"], answer["status"], cleared["description"]) == ("Ours", "running", None)
    assert stage.vendor.calls == []


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"list_id": "x"}, "list_id"),
        ({"authorization_id": "x"}, "authorization_id"),
        ({"audiences": []}, "audiences"),
        ({"audiences": None}, "audiences"),
        ({"audiences": slugs("vip", "vip")}, "audiences"),
        ({"audiences": slugs("vip", "ghost")}, "audiences.1.slug"),
        ({"field_mappings": {"city": "Nowhere"}}, "field_mappings.city"),
        ({"dry_run": True}, "dry_run"),
    ],
)
def test_a_change_that_cannot_be_is_refused_by_field_and_changes_nothing(stage, wanted, field):
    export = stage.start("vip")
    before = stage.job(export)

    answer = change(stage, export, **wanted)

    assert (answer.status, [one["field"] for one in answer.json["details"]]) == (422, [field])
    assert stage.job(export) == before
    assert stage.api.patch("/exports/nothing", {}).status == 404


def test_what_lytics_does_not_have_is_refused_with_the_nearest_that_it_has(stage):
    stage.lytics.add_field("postal_code")
    stage.lytics.person("jane@example.com", city="Ulm")
    fields.add(stage.list, "City", "Text")
    wanted = {"authorization_id": stage.authorization, "list_id": stage.list.id}
    named = {"email_field": "emial", "name_field": "name", "field_mappings": {"citty": "City"}}

    answer = stage.api.post("/exports", {**wanted, "audiences": slugs("vip", "vipp"), **named})

    assert answer.status == 422
    assert answer.json["details"] == [
        {
            "field": "audiences.1.slug",
            "message": "Lytics has no audience 'vipp'; it has 3: vip, buyers, new (GET /audiences)",
        },
        {
            "field": "email_field",
            "message": "Lytics has no field 'emial'; it has 4: email, name, postal_code, city (GET /lytics/fields)",
        },
        {
            "field": "field_mappings.citty",
            "message": "Lytics has no field 'citty'; it has 4: city, email, name, postal_code (GET /lytics/fields)",
        },
    ]


def test_what_lytics_has_lost_since_does_not_keep_an_export_from_being_changed(stage):
    fields.add(stage.list, "City", "Text")
    export = stage.start("vip", "new", field_mappings={"city": "City"})
    del stage.lytics.account.audiences["vip"]
    del stage.lytics.account.fields["city"]

    kept = stage.api.patch(f"/exports/{export}", {"audiences": slugs("vip", "buyers")})
    wrong = stage.api.patch(f"/exports/{export}", {"audiences": slugs("vip", "ghost")})

    assert kept.status == 200
    assert [one["field"] for one in wrong.json["details"]] == ["audiences.1.slug"]


def test_of_many_known_names_the_nearest_are_told():
    with exporting(audiences={f"audience_{number:03}": None for number in range(300)}) as stage:
        answer = stage.api.post(
            "/exports",
            {
                "authorization_id": stage.authorization,
                "list_id": stage.list.id,
                "audiences": slugs(*(f"x{number}" for number in range(40)), "audience_2999"),
            },
        )

        assert answer.status == 422
        assert len(answer.json["details"]) == 20
        assert len(answer.body) < 5000


@pytest.mark.parametrize("trouble", ["down", "refused", "no schema", "no token"])
def test_an_export_is_made_unchecked_when_lytics_has_no_answer(trouble):
    with exporting(token=trouble != "no token") as stage:
        fields.add(stage.list, "City", "Text")
        match trouble:
            case "down":
                stage.lytics.faults.script("503", "v2", times=100)
            case "refused":
                stage.lytics.account.tokens.clear()
            case "no schema":
                stage.lytics.account.fields.clear()
        body = {"authorization_id": stage.authorization, "list_id": stage.list.id, "audiences": slugs("vip")}

        answer = stage.api.post("/exports", {**body, "field_mappings": {"city": "City"}})

        assert answer.status == 201


def test_the_fields_of_lytics_are_listed(stage):
    stage.lytics.add_field("visits", "int", description="Visits of the site")

    answer = stage.api.get("/lytics/fields")

    assert answer.json == {
        "items": [
            {"name": "email", "type": "string", "description": "Email Address"},
            {"name": "name", "type": "string", "description": "Name"},
            {"name": "visits", "type": "int", "description": "Visits of the site"},
        ],
        "cursor": None,
    }


def test_without_a_token_the_fields_of_lytics_are_refused():
    with exporting(token=False) as stage:
        assert stage.api.get("/lytics/fields").status == 422


def test_a_dry_run_made_real_sends_everybody_who_is_there_now(stage):
    fields.add(stage.list, FIELD, "MultiSelectMany", ["VIP"])
    stage.vendor.subscribe(stage.list, "there@example.com", fields={FIELD: ["VIP"]})
    for email in ("there@example.com", "new@example.com", "leaves@example.com"):
        stage.lytics.place(email, "vip")
    dry = stage.create("vip", existing_users=True, dry_run=True).json
    stage.run()
    rehearsed = stage.job(dry["id"])
    stage.product.later(minutes=1)
    stage.subscribe(dry)
    stage.lytics.exit("leaves@example.com", "vip")
    stage.run()

    answer = changed(stage, dry["id"], dry_run=False)

    job = stage.job(dry["id"])
    assert rehearsed["counts"] == {"added": 2, "updated": 0, "removed": 0, "skipped": 1, "failed": 0}
    assert (answer["status"], answer["dry_run"]) == ("starting", False)
    assert (job["status"], job.get("message")) == ("running", None)
    assert job["audience_webhook_url"] == dry["audience_webhook_url"]
    assert stage.audiences() == {"there@example.com": ["VIP"], "new@example.com": ["VIP"]}
    assert job["counts"] == {"added": 2, "updated": 0, "removed": 0, "skipped": 1, "failed": 0}
    assert stage.api.get(f"/exports/{dry['id']}/plan").status == 409
    stage.lytics.exit("new@example.com", "vip")
    stage.run()
    assert list(stage.audiences()) == ["there@example.com"]


def test_a_dry_run_can_be_made_real_while_it_is_going_on(stage):
    for number in range(1500):
        stage.lytics.place(f"p{number}@example.com", "vip")
    dry = stage.create("vip", existing_users=True, dry_run=True).json["id"]
    left = iter(range(3))
    stage.product.pump(until=lambda: next(left, None) is None)

    changed(stage, dry, dry_run=False)

    assert stage.job(dry)["status"] == "running"
    assert len(stage.audiences()) == 1500
    assert stage.job(dry)["notes"] == []
    assert stage.counts(dry) == {"added": 1500, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}


def test_a_dry_run_that_is_changed_looks_at_everybody_anew(stage):
    fields.add(stage.list, "City", "Text")
    stage.vendor.subscribe(stage.list, "left@example.com")
    stage.vendor.unsubscribe(stage.list, "left@example.com", at="2024-01-02 10:00")
    for email in ("new@example.com", "left@example.com"):
        stage.lytics.place(email, "vip")
    stage.lytics.place("buyer@example.com", "buyers")
    dry = stage.create("vip", existing_users=True, dry_run=True).json["id"]
    stage.run()
    before = stage.counts(dry)

    changed(stage, dry, audiences=slugs("vip", "buyers"), resubscribe_users=True)
    stage.run()
    stopped = stage.job(dry)
    changed(stage, dry, audiences=slugs("buyers"))

    assert before == {"added": 1, "updated": 0, "removed": 0, "skipped": 0, "failed": 1}
    assert stopped["status"] == "stopped"
    assert stopped["counts"] == {"added": 3, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}
    assert {one["email"]: one["would"] for one in stage.api.get(f"/exports/{dry}/plan").json["items"]} == {
        "buyer@example.com": "add"
    }
    assert stage.counts(dry) == {"added": 1, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}
    assert stage.people()["left@example.com"][0] == "Unsubscribed"
