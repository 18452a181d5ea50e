from concurrent.futures import ThreadPoolExecutor

import createsend
import pytest

from simulators.campaign_monitor import fields
from tests import official
from tests.aws.functions import handler_at, lambda_context
from tests.flows.exporting import FIELD, exporting
from tests.flows.importing import meanwhile


@pytest.fixture
def stage():
    with exporting() as made:
        yield made


@pytest.fixture
def credentials(stage, monkeypatch):
    """Campaign Monitor's own client, reading from the simulator over plain HTTP."""
    return official.pointed_at(stage.vendor, monkeypatch)


def rules(stage):
    return {
        segment.title: [[(rule["RuleType"], rule["Clause"]) for rule in group] for group in segment.groups]
        for segment in stage.list.segments.values()
    }


def test_the_eleven_steps_of_the_configuration(stage):
    for name, data_type in (("City", "Text"), ("Visits", "Number"), ("Joined", "Date")):
        fields.add(stage.list, name, data_type)
    person = {
        "mail": "old@example.com",
        "full": "Old Friend",
        "city": "Ulm",
        "visits": 7,
        "joined": "2024-03-05T23:30:00Z",
    }
    stage.lytics.place(stage.lytics.person(None, **person), "vip")
    stage.vendor.subscribe(stage.list, "left@example.com")
    stage.vendor.unsubscribe(stage.list, "left@example.com", at="2024-01-02 10:00")
    stage.lytics.place(stage.lytics.person(None, mail="left@example.com"), "buyers")

    accounts = stage.api.get("/authorizations").json["items"]  # 1. the account
    client = stage.api.get(f"/authorizations/{accounts[0]['id']}/clients").json["items"][0]
    lists = stage.api.get(f"/authorizations/{accounts[0]['id']}/clients/{client['id']}/lists").json["items"]
    chosen = next(one for one in lists if one["name"] == "Newsletter for exports")  # 2. the list
    offered = stage.api.get("/audiences").json["items"]  # 3. the audiences, by name
    wanted = [one for one in offered if one["name"] in ("VIP", "Spring Buyers")]
    there = stage.api.get(
        f"/authorizations/{accounts[0]['id']}/clients/{client['id']}/lists/{chosen['id']}/custom-fields"
    ).json["items"]
    job = stage.api.post(
        "/exports",
        {
            "authorization_id": accounts[0]["id"],
            "list_id": chosen["id"],
            "audiences": [{"slug": one["slug"]} for one in wanted],
            "existing_users": True,  # 5.
            "resubscribe_users": True,  # 6.
            "queue_autoresponders": True,  # 7.
            "email_field": "mail",  # 8.
            "name_field": "full",  # 9.
            "field_mappings": {name.lower(): name for name in [one["name"] for one in there]},  # 10.
        },
    )
    created = job.json
    stage.subscribe(created)
    stage.run()  # 11. it is started

    assert job.status == 201
    assert created["status"] == "starting"
    assert stage.job(created["id"])["status"] == "running"
    assert rules(stage) == {
        "VIP": [[("[LyticsAudiences]", "EQUALS VIP")]],
        "Spring Buyers": [[("[LyticsAudiences]", "EQUALS Spring Buyers")]],
    }
    assert stage.people() == {
        "old@example.com": (
            "Active",
            {FIELD: ["VIP"], "City": ["Ulm"], "Visits": ["7"], "Joined": ["2024-03-05"]},
        ),
        "left@example.com": ("Active", {FIELD: ["Spring Buyers"]}),
    }
    assert stage.list.people["old@example.com"].name == "Old Friend"
    assert {one.queuesubscriptionbasedautoresponders for one in stage.imports()} == {True}
    assert stage.counts(created["id"]) == {"added": 2, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}
    stage.lytics.exit(stage.lytics.account.people[next(iter(stage.lytics.account.people))], "vip")
    stage.run()
    assert stage.people()["old@example.com"][1].get(FIELD) is None


def test_the_official_client_reads_back_field_options_segments_and_members(stage, credentials):
    stage.start()
    for email, slug in (("a@example.com", "vip"), ("b@example.com", "vip"), ("b@example.com", "new")):
        stage.lytics.enter(email, slug)
    stage.run()

    listing = createsend.List(credentials, stage.list.id)
    field = listing.custom_fields()[0]
    segments = {one.Title: createsend.Segment(credentials, one.SegmentID) for one in listing.segments()}
    members = {
        title: [one.EmailAddress for one in segment.subscribers("1900-01-01").Results]
        for title, segment in segments.items()
    }
    details = segments["VIP"].details()

    assert (field.FieldName, field.DataType) == (FIELD, "MultiSelectMany")
    assert sorted(field.FieldOptions) == ["New Readers", "Spring Buyers", "VIP"]
    assert [(rule.RuleType, rule.Clause) for group in details.RuleGroups for rule in group.Rules] == [
        (field.Key, "EQUALS VIP")
    ]
    assert {title: sorted(found) for title, found in members.items()} == {
        "VIP": ["a@example.com", "b@example.com"],
        "Spring Buyers": [],
        "New Readers": ["b@example.com"],
    }


def test_what_is_there_is_used_and_what_others_made_stays(stage):
    made = fields.add(stage.list, FIELD, "MultiSelectMany", ["vip", "Somebody else's"])
    theirs = stage.vendor.account
    mine = stage.start("buyers")
    segment = next(one for one in stage.list.segments.values() if one.title == "Spring Buyers")
    segment.groups.append([{"RuleType": "EmailAddress", "Clause": "CONTAINS @example.com"}])
    foreign = type(segment)(
        theirs.new_id(), "Theirs", [[{"RuleType": made.key, "Clause": "EQUALS Somebody else's"}]]
    )
    stage.list.segments[foreign.id] = foreign

    stage.start("vip", "new")
    stage.lytics.enter("jane@example.com", "vip")
    stage.run()

    assert made.options == ["vip", "Somebody else's", "Spring Buyers", "New Readers"]
    assert stage.audiences() == {"jane@example.com": ["vip"]}
    found = {title: {frozenset(group) for group in groups} for title, groups in rules(stage).items()}
    assert found == {
        "Spring Buyers": {
            frozenset({(made.key, "EQUALS Spring Buyers")}),
            frozenset({("EmailAddress", "CONTAINS @example.com")}),
        },
        "Theirs": {frozenset({(made.key, "EQUALS Somebody else's")})},
        "vip": {frozenset({(made.key, "EQUALS vip")})},
        "New Readers": {frozenset({(made.key, "EQUALS New Readers")})},
    }
    assert stage.job(mine)["status"] == "running"


def test_starting_again_changes_nothing_and_repairs_what_was_broken(stage):
    export = stage.start()
    before = rules(stage)
    stage.api.post(f"/exports/{export}/stop")
    for segment in stage.list.segments.values():
        segment.groups = []
    stage.api.post(f"/exports/{export}/start")
    stage.run(twice=True)

    assert rules(stage) == before
    assert len(stage.list.fields) == 1
    assert stage.job(export)["status"] == "running"


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_exports_that_are_set_up_at_once_leave_each_other_their_segments():
    audiences = {f"a{number}": f"Audience {number}" for number in range(9)}
    with exporting(audiences=audiences) as stage:
        for start in range(0, 9, 3):
            stage.create(*list(audiences)[start : start + 3])
        queue = stage.product.quick.sqs.queues[stage.product.names["ChangesQueue"]]
        events = [{"Records": [{"messageId": message.id, "body": message.body}]} for message in queue]
        queue.clear()
        stage.vendor.faults.latency = 0.02

        with ThreadPoolExecutor() as workers:
            answers = list(
                workers.map(
                    lambda event: handler_at("export_app.handlers.on_changes")(
                        event, lambda_context(seconds=900)
                    ),
                    events,
                )
            )
        stage.run()

        key = "[LyticsAudiences]"
        assert answers == [{"batchItemFailures": []}] * 3
        assert rules(stage) == {name: [[(key, f"EQUALS {name}")]] for name in audiences.values()}
        assert {job["status"] for job in stage.api.get("/exports").json["items"]} == {"running"}


@pytest.mark.parametrize("fault", ["429", "500", "drop", "drop-after"])
def test_set_up_survives_failing_calls(stage, fault):
    stage.vendor.faults.script(fault, "(POST|PUT).*(customfields|segments)", times=3)
    export = stage.start()

    assert stage.job(export)["status"] == "running"
    assert "message" not in stage.job(export)
    assert sorted(rules(stage)) == ["New Readers", "Spring Buyers", "VIP"]
    assert len(stage.list.fields) == 1


def test_many_audiences_are_set_up_step_by_step_through_many_refusals():
    audiences = {f"a{number}": f"Audience {number}" for number in range(90)}
    with exporting(audiences=audiences, seed=3) as stage:
        stage.vendor.faults.rates = {"429": 0.1, "drop-after": 0.05}
        stage.vendor.faults.match = "segments"

        export = stage.start()

        assert sum(stage.vendor.faults.suffered.values()) > 10
        assert stage.job(export)["status"] == "running"
        assert sorted(rules(stage)) == sorted(audiences.values())
        assert len(stage.vendor.calls) < 2 * len(audiences)


def test_an_audience_that_lytics_does_not_list_is_a_note_for_as_long_as_the_export_lives(stage):
    stage.lytics.faults.script("code", "v2/segment", status=403)  # it cannot say so when the export is made
    export = stage.start("vip", "gone")
    noted = stage.job(export)["notes"]
    stage.api.post(f"/exports/{export}/stop")
    stage.api.post(f"/exports/{export}/start")
    stage.run(twice=True)

    assert noted == ["Lytics lists no audience 'gone'; check its slug"]
    assert stage.job(export)["notes"] == noted
    assert sorted(rules(stage)) == ["VIP", "gone"]


@pytest.mark.parametrize("existing", [True, False])
def test_an_option_that_the_vendor_drops_without_a_word_fails_the_export_with_a_remedy(stage, existing):
    if existing:
        fields.add(stage.list, FIELD, "MultiSelectMany", ["Another"])
    vendor = meanwhile(stage.vendor)

    def drop():
        for field in stage.list.fields:
            field.options = [option for option in field.options if option != "Spring Buyers"]

    vendor.when("GET .*customfields", drop, times=100)
    export = stage.start()

    assert stage.job(export)["status"] == "failed"
    assert stage.job(export)["message"] == (
        "Campaign Monitor did not take the option 'Spring Buyers'; rename the audience and make the export again"
    )
    assert stage.product.dead_letters() == {}


def test_what_the_vendor_refuses_fails_the_export_with_its_words_and_blocks_no_other(stage):
    second = stage.vendor.account.add_list(stage.list.client, "Second")
    stage.vendor.faults.script(
        "code", "POST .*customfields", times=1, status=400, code=254, message="Invalid Custom Field Name"
    )

    export = stage.create("vip").json["id"]
    other = stage.start("new", list_id=second.id)
    stage.lytics.enter("jane@example.com", "new")
    stage.run()
    refused = stage.job(export)
    stage.api.post(f"/exports/{export}/start")
    stage.run()

    assert (refused["status"], stage.job(other)["status"]) == ("failed", "running")
    assert "Code 254: Invalid Custom Field Name" in refused["message"]
    assert stage.audiences(second) == {"jane@example.com": ["New Readers"]}
    assert stage.job(export)["status"] == "running"


def test_a_list_that_is_deleted_before_the_set_up_fails_the_export(stage):
    export = stage.create("vip").json["id"]
    with stage.vendor.account.lock:
        del stage.list.client.lists[stage.list.id]

    stage.run()

    assert stage.job(export)["status"] == "failed"
    assert "does not have it" in stage.job(export)["message"]
    assert stage.product.dead_letters() == {}


def test_names_come_from_the_request_when_there_is_no_token():
    with exporting(token=False) as stage:
        export = stage.api.post(
            "/exports",
            {
                "authorization_id": stage.authorization,
                "list_id": stage.list.id,
                "audiences": [{"slug": "vip", "name": "My Best, really | all"}, {"slug": "plain"}],
            },
        ).json["id"]
        stage.run()

        assert stage.list.fields[0].options == ["My Best really all", "plain"]
        assert stage.job(export)["status"] == "running"
        assert stage.api.get("/audiences").status == 422
        assert stage.create("vip", existing_users=True).status == 422


def test_a_name_that_was_told_is_that_of_option_and_segment_and_others_are_lytics_own(stage):
    audiences = [{"slug": "vip", "name": "Our Best"}, {"slug": "buyers"}]
    body = {"authorization_id": stage.authorization, "list_id": stage.list.id, "audiences": audiences}
    export = stage.api.post("/exports", body).json["id"]
    stage.run()

    names = {one["slug"]: one["name"] for one in stage.job(export)["audiences"]}
    assert names == {"vip": "Our Best", "buyers": "Spring Buyers"}
    assert stage.list.fields[0].options == ["Our Best", "Spring Buyers"]
    assert sorted(one.title for one in stage.list.segments.values()) == ["Our Best", "Spring Buyers"]


def test_audiences_that_share_a_name_get_options_of_their_own():
    with exporting(audiences={"one": "Same", "two": "same"}) as stage:
        stage.start()

        assert stage.list.fields[0].options == ["Same", "same (two)"]


def test_audiences_are_listed(stage):
    answer = stage.api.get("/audiences")

    assert answer.status == 200
    assert [(one["slug"], one["name"]) for one in answer.json["items"]] == [
        ("vip", "VIP"),
        ("buyers", "Spring Buyers"),
        ("new", "New Readers"),
    ]
    assert answer.json["cursor"] is None


@pytest.mark.parametrize("trouble", ["refused", "down"])
def test_audiences_say_what_is_wrong_with_lytics(stage, trouble):
    if trouble == "refused":
        stage.lytics.account.tokens.clear()
    else:
        stage.lytics.faults.script("503", "segment", times=100)

    answer = stage.api.get("/audiences")

    assert answer.status == 502
    assert "Lytics" in answer.json["message"]


def test_a_mapping_to_a_field_that_is_not_there_lists_those_that_are(stage):
    fields.add(stage.list, "Favourite City", "Text")

    answer = stage.create("vip", field_mappings={"city": "Town", "other": FIELD})

    assert answer.status == 422
    assert answer.json["details"] == [
        {
            "field": "field_mappings.city",
            "message": "the list has no field 'Town'; it has: Favourite City (Text)",
        },
        {
            "field": "field_mappings.other",
            "message": "the list has no field 'Lytics Audiences'; it has: Favourite City (Text)",
        },
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"list_id": "nothing"}, "list_id"),
        ({"authorization_id": "nothing"}, "authorization_id"),
        ({"audiences": []}, "audiences"),
        ({"audiences": [{"slug": "vip"}, {"slug": "vip"}]}, "audiences"),
        ({"audiences": [{"slug": f"a{n}"} for n in range(5000)]}, "audiences"),
        ({"audiences": [{"name": "no slug"}]}, "audiences.0.slug"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_an_export_that_could_never_run_is_refused(stage, change, field):
    answer = stage.create("vip", **change)

    assert answer.status == 422
    assert [detail["field"] for detail in answer.json["details"]] == [field]
    assert stage.api.get("/exports").json["items"] == []


def test_a_field_of_another_type_in_the_way_fails_the_export_with_a_remedy(stage):
    fields.add(stage.list, FIELD, "Text")

    export = stage.start()

    assert stage.job(export)["status"] == "failed"
    assert "rename it" in stage.job(export)["message"]


def test_a_full_account_of_segments_fails_the_export_clearly(stage):
    stage.vendor.switches.segment_limit = 0

    export = stage.start()

    assert stage.job(export)["status"] == "failed"
    assert "283" in stage.job(export)["message"]


def test_values_that_a_field_cannot_hold_are_left_out_and_reported(stage):
    fields.add(stage.list, "Visits", "Number")
    fields.add(stage.list, "Colours", "MultiSelectMany", ["Red", "Blue"])
    export = stage.start("vip", field_mappings={"visits": "Visits", "colours": "Colours"})
    stage.lytics.person("jane@example.com", visits="many", colours=["red", "Green"])

    stage.lytics.enter("jane@example.com", "vip")
    stage.run()

    assert stage.people() == {"jane@example.com": ("Active", {FIELD: ["VIP"], "Colours": ["Red"]})}
    assert stage.counts(export) == {"added": 1, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}
    assert [one["message"] for one in stage.failures(export)] == [
        "Visits is a number; the value is not one; Colours has no option for 1 of 2 values; the rest was sent"
    ]


@pytest.mark.parametrize("semantics", ["replace", "add"])
def test_a_mapped_field_follows_changes_of_the_profile(stage, semantics):
    stage.vendor.switches.multi_select = semantics
    fields.add(stage.list, "Colours", "MultiSelectMany", ["Red", "Blue"])
    export = stage.start("vip", field_mappings={"colours": "Colours"})
    stage.lytics.person("jane@example.com", colours=["Red", "Blue"])
    stage.lytics.enter("jane@example.com", "vip")
    stage.run()

    stage.lytics.change("jane@example.com", "vip", colours=["Blue"])
    stage.run()

    assert stage.people()["jane@example.com"][1] == {FIELD: ["VIP"], "Colours": ["Blue"]}
    assert stage.counts(export)["updated"] == 1


@pytest.mark.parametrize("message_format", ["new", "batch", "cloudevents", "old"])
@pytest.mark.parametrize("empty", [None, "", [], "left out"])
def test_a_field_that_lytics_has_emptied_is_cleared_on_the_list(stage, message_format, empty):
    for name in ("City", "Colours"):
        fields.add(stage.list, name, "Text")
    job = stage.create("vip", field_mappings={"city": "City", "colours": "Colours"}).json
    stage.subscribe(job, message_format)
    stage.run()
    person = stage.lytics.person("jane@example.com", name="Jane", city="Ulm", colours="Red")
    stage.lytics.enter("jane@example.com", "vip")
    stage.run()
    before = stage.people()

    stage.product.later(seconds=5)
    if empty == "left out":
        del person.fields["city"]
    else:
        person.fields["city"] = empty
    stage.lytics.enter("jane@example.com", "vip")
    stage.run()

    assert before == {"jane@example.com": ("Active", {FIELD: ["VIP"], "City": ["Ulm"], "Colours": ["Red"]})}
    assert stage.people() == {"jane@example.com": ("Active", {FIELD: ["VIP"], "Colours": ["Red"]})}


def test_a_field_that_triggers_do_not_carry_stays_as_the_scan_or_the_list_had_it(stage):
    for name in ("City", "Shoes"):
        fields.add(stage.list, name, "Text")
    stage.vendor.subscribe(stage.list, "jane@example.com", fields={"Shoes": "42"})
    stage.lytics.place(stage.lytics.person("jane@example.com", city="Ulm"), "vip")
    job = stage.create("vip", "new", existing_users=True, field_mappings={"city": "City", "shoes": "Shoes"})
    stage.lytics.subscribe(
        job.json["audience_webhook_url"], ["vip", "new"], user_fields=["email", "name", "segment_events"]
    )
    stage.run()

    stage.lytics.enter("jane@example.com", "new")
    stage.run()

    assert stage.people() == {
        "jane@example.com": ("Active", {FIELD: ["New Readers", "VIP"], "City": ["Ulm"], "Shoes": ["42"]})
    }


def test_a_dry_run_says_what_would_happen_and_writes_nothing(stage):
    fields.add(stage.list, FIELD, "MultiSelectMany", ["VIP"])
    stage.vendor.subscribe(stage.list, "there@example.com", name="There", fields={FIELD: ["VIP"]})
    for email in ("known@example.com", "left@example.com", "bounced@example.com"):
        stage.vendor.subscribe(stage.list, email)
    stage.vendor.unsubscribe(stage.list, "left@example.com", at="2024-01-02 10:00")
    stage.vendor.bounce(stage.list, "bounced@example.com")
    for email in ("new@example.com", "known@example.com", "left@example.com", "bounced@example.com"):
        stage.lytics.place(email, "vip")
    stage.lytics.place(stage.lytics.person("there@example.com", name="There"), "vip")
    before = stage.people()
    stage.vendor.calls.clear()

    job = stage.create("vip", "buyers", existing_users=True, resubscribe_users=True, dry_run=True).json["id"]
    stage.run(twice=True)

    assert {call.method for call in stage.vendor.calls} == {"GET"}
    assert stage.people() == before
    assert {one["email"]: one["would"] for one in stage.api.get(f"/exports/{job}/plan").json["items"]} == {
        "new@example.com": "add",
        "known@example.com": "change",
        "there@example.com": "keep",
        "left@example.com": "resubscribe",
        "bounced@example.com": "refuse",
    }
    assert stage.counts(job) == {"added": 2, "updated": 1, "removed": 0, "skipped": 1, "failed": 1}
    assert stage.job(job)["status"] == "stopped"
    assert stage.job(job)["resubscribed"] == 1
    assert "nothing was written" in stage.job(job)["message"]
    assert "would add the option 'Spring Buyers'" in stage.job(job)["notes"]
    assert stage.api.post(f"/exports/{job}/start").status == 409


def test_an_export_that_is_set_up_beside_a_dry_run_writes_nothing_of_it(stage):
    dry = stage.create("vip", dry_run=True).json["id"]

    stage.start("new")

    assert stage.job(dry)["status"] == "stopped"
    assert list(rules(stage)) == ["New Readers"]
    assert stage.list.fields[0].options == ["New Readers"]


@pytest.mark.parametrize("dry_run", [False, True])
def test_five_hundred_audiences_whose_names_just_fit_start(dry_run):
    audiences = [{"slug": f"a{number}", "name": f"{number:03d} " + "ü" * 95} for number in range(500)]
    with exporting({}) as stage:
        answer = stage.create(audiences=audiences, dry_run=dry_run)
        stage.product.pump()

        job = stage.job(answer.json["id"])
        assert job["status"] == ("stopped" if dry_run else "running")
        assert (len(job["notes"]), job["notes"][100][:4]) == (101, "and ")
        assert stage.product.dead_letters() == {}


def test_an_export_that_becomes_too_large_in_its_set_up_fails_with_the_remedy():
    with exporting({f"a{number}": f"{number} " + "x" * 1500 for number in range(400)}) as stage:
        job_id = stage.create().json["id"]
        stage.product.pump()

        job = stage.job(job_id)
        assert (job["status"], "choose fewer audiences" in job["message"]) == ("failed", True)
        assert stage.product.dead_letters() == {}
