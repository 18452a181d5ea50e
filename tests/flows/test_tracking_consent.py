"""What people do not agree to is known of nobody: no row, profile, explanation, item or message tells of it."""

import json

import pytest

from lytics_cm.row_messages import rows_of
from profile_app.profiles.leaves import Leaf
from simulators.campaign_monitor.generator import World
from tests.aws.event_sources import Pump
from tests.deliveries import make_body, make_event
from tests.flows.importing import Stage

WORLD = World(
    clients=1, lists=2, subscribers=20, campaigns=2, activity=0, journeys=0, consents=("Yes",), overlap=0
)
TRACKED = ("cm_openct", "cm_clickct", "cm_lastopen_ts", "cm_firstopen_ts", "cm_lastclick_ts", "hashedurls")
TRACKED += ("cm_hourlyopen", "cm_hourofweek", "cm_monthly", "city", "country_code", "region", "cm_email_urls")
DAY = {"days": 1}


@pytest.fixture
def stage():
    with Stage(WORLD) as made:
        campaign = max(made.client.campaigns.values(), key=lambda one: one.sent)
        made.list = next(one for one in made.lists if one.id in campaign.list_ids())
        made.campaign = campaign
        made.ann, made.bob = sorted(one.email.lower() for one in made.list.in_state("Active"))[:2]
        for email in (made.ann, made.bob):
            made.vendor.happen(campaign, "recipient", email, "2026-02-20 09:00", made.list.id)
            act(made, email, "2026-02-20 10:{:02}", range(30))
        yield made


def act(stage, email, at, minutes):
    """Open and click in these minutes."""
    times = [at.format(minute) for minute in minutes]
    stage.vendor.happen(stage.campaign, "open", email, times, stage.list.id)
    stage.vendor.happen(
        stage.campaign, "click", email, times, stage.list.id, url="https://example.com/secret"
    )


def everybody_sent(stage):
    """Rows of the other campaign's reports."""
    others = [one for one in stage.client.campaigns.values() if one is not stage.campaign]
    return sum(len(report.rows) for one in others for report in one.reports.values())


def decide(stage, email, consent, **more):
    stage.vendor.decide(stage.list, email, consent, **more)


def tracked(stage, email):
    """What is known of what a person did with mails: in the profile, its plain item, rows, explanation and leaves."""
    product = stage.product
    profile = product.profile(email).json.get("fields", {})
    plain = next((one["fields"] for one in product.items("ProfilesTable") if one["email"] == email), {})
    answer = product.gateway.get(f"/profiles/{email}/rows", limit="1000")
    rows = answer.json.get("items", [])
    everything = product.gateway.get(f"/profiles/{email}/export").body
    explained = product.gateway.get(f"/profiles/{email}/explain").body
    leaves = [leaf for leaf in leaves_of(stage) if leaf.email == email]
    found = {
        "profile": sorted(TRACKED & profile.keys()),
        "plain item": sorted(TRACKED & plain.keys()),
        "rows": sum(row["fields"].get("event") in ("open", "click") for row in rows),
        "leaves": sum(row.fields["event"] in ("open", "click") for leaf in leaves for row in leaf.facts),
        "export": "secret" in everything or '"open"' in everything,
        "explanation": "secret" in explained or '"open"' in explained,
    }
    return {name: value for name, value in found.items() if value}


def leaves_of(stage):
    return [Leaf.of(item) for item in stage.product.quick.dynamodb.items("RowsTable")]


def test_who_says_no_leaves_nothing_of_opens_and_clicks_and_keeps_all_else(stage):
    stage.imported(keep_updated=True)
    assert tracked(stage, stage.ann)["leaves"] == 60
    others = stage.product.profile(stage.bob).json

    decide(stage, stage.ann, "No")
    stage.product.later(**DAY)
    stage.tick()

    assert tracked(stage, stage.ann) == {}
    assert stage.product.profile(stage.ann).json["fields"]["cm_sendct"] >= 1
    assert stage.product.profile(stage.bob).json == others
    assert stage.product.dead_letters() == {}


def test_the_mail_program_is_learned_by_opens_and_goes_with_them(stage):
    for mailing_list in stage.lists:
        for person in mailing_list.people.values():
            person.reads_with, person.rendered = "iPhone", None
    stage.imported(keep_updated=True)
    assert "iPhone" in stage.product.gateway.get(f"/profiles/{stage.ann}/rows").body

    decide(stage, stage.ann, "No")
    stage.product.later(**DAY)
    stage.tick()

    told = [one for leaf in leaves_of(stage) if leaf.email == stage.ann for one in leaf.states.values()]
    assert "iPhone" not in str(told)
    assert "iPhone" not in stage.product.gateway.get(f"/profiles/{stage.ann}/rows").body
    assert "iPhone" in stage.product.gateway.get(f"/profiles/{stage.bob}/rows").body


def test_whom_a_run_finds_to_have_withdrawn_waits_for_no_run_to_end(stage):
    stage.imported(keep_updated=True)
    now = int(stage.product.clock.now() * 1000)
    fields = {"email": stage.ann, "status": "active", "list_id": stage.list.id, "client_id": stage.client.id}
    told = {"stream": "cm_user", "ts": now, "seen": now, "fields": {**fields, "consent_to_track": "No"}}
    unit = {"job": stage.job_id, "run": "still going on", "unit": "consents/1"}
    body = json.dumps({"rows": [told], "unit": unit, "received_at": now})
    stage.product.sqs.send_message(QueueUrl=stage.product.names["BulkQueue"], MessageBody=body)
    Pump(stage.product).deliver_one("BulkQueue", "profile_app.handlers.on_bulk", 10)

    assert tracked(stage, stage.ann) == {}


def test_what_the_vendor_goes_on_reporting_is_withheld_and_counted(stage):
    decide(stage, stage.ann, "No", at="2026-02-25 10:00")
    stage.imported()
    assert tracked(stage, stage.ann) == {}

    again = stage.product.start_import(stage.authorization, stage.client.id)
    stage.pump()

    run = stage.product.job(again)["run"]
    assert tracked(stage, stage.ann) == {}
    assert (run["withheld"], run["rejected"]) == (60, 0)
    reports = stage.campaign.reports
    assert run["rows"]["cm_activity"] == sum(len(one.rows) for one in reports.values()) - 60 + everybody_sent(
        stage
    )


def test_granting_again_brings_back_nothing_of_before(stage):
    stage.imported(keep_updated=True)
    decide(stage, stage.ann, "No")
    stage.product.later(**DAY)
    stage.tick()
    decide(stage, stage.ann, "Yes")
    stage.product.later(**DAY)
    stage.tick()
    stage.run_again()
    assert tracked(stage, stage.ann) == {}

    stage.product.later(**DAY)
    at = stage.vendor.account.now(stage.client)
    stage.vendor.happen(stage.campaign, "open", stage.ann, [at[:16]], stage.list.id)
    stage.product.later(hours=2)
    stage.tick()
    assert tracked(stage, stage.ann)["rows"] == 1


def test_the_webhook_of_a_person_who_withdrew_has_them_looked_at_within_a_minute(stage):
    stage.imported(keep_updated=True)
    decide(stage, stage.ann, "No", silently=True)
    hook = next(iter(stage.list.webhooks.values())).url.removeprefix(stage.product.url)
    body = make_body(stage.list.id, [make_event("Update", stage.ann)])
    before = stage.product.clock.now()

    assert stage.product.gateway.call("POST", hook, body=body).status == 200
    stage.pump()

    assert tracked(stage, stage.ann) == {}
    assert stage.product.clock.now() - before < 60


def test_the_proof_of_a_consent_has_its_time_and_source(stage):
    stage.imported(keep_updated=True)
    decide(stage, stage.ann, "No")
    stage.product.later(**DAY)
    stage.tick()

    told = stage.product.gateway.get(f"/profiles/{stage.ann}/consent").json
    (client,) = told["clients"]
    assert (client["client_id"], client["consent_to_track"]) == (stage.client.id, "no")
    assert client["opens_and_clicks"] == {"allowed": False, "from": None}
    assert [one["value"] for one in client["observations"]] == ["yes", "no"]
    first, last = client["observations"]
    assert first["at"] < last["at"]
    assert stage.job_id in first["source"]
    assert stage.list.id in first["source"]
    shown = stage.product.gateway.get(f"/profiles/{stage.ann}/export").json
    assert shown["consents"] == told["clients"]
    assert stage.product.gateway.get(f"/profiles/{stage.ann}/explain").json["consents"] == told["clients"]
    assert stage.product.gateway.get("/profiles/nobody@example.com/consent").status == 404


@pytest.mark.parametrize(
    ("consent", "mode", "is_known"),
    [
        ("Yes", "strict", True),
        ("Unknown", "strict", False),
        ("No", "strict", False),
        ("Unknown", "respect", True),
        ("No", "ignore", True),
    ],
)
def test_the_mode_decides_what_consent_is_needed(stage, consent, mode, is_known):
    decide(stage, stage.ann, consent, silently=True)
    stage.imported(tracking_consent=mode)

    assert bool(tracked(stage, stage.ann)) is is_known


@pytest.mark.parametrize("told", ["Unknown", "", None])
def test_a_decision_that_is_taken_back_is_none_however_it_is_told(stage, told):
    stage.vendor.switches.unknown_consent = told
    stage.imported(tracking_consent="strict", keep_updated=True)
    assert tracked(stage, stage.ann)["leaves"] == 60

    decide(stage, stage.ann, "Unknown", silently=True)
    stage.product.later(**DAY)
    stage.tick()
    assert tracked(stage, stage.ann) == {}


def test_a_stricter_mode_holds_at_once_and_empties_the_tables(stage):
    decide(stage, stage.ann, "No", silently=True)
    stage.imported(tracking_consent="ignore")
    assert tracked(stage, stage.ann)["leaves"] == 60

    stage.change(tracking_consent="respect")
    assert "profile" not in tracked(stage, stage.ann)
    assert "rows" not in tracked(stage, stage.ann)
    stage.pump()
    assert tracked(stage, stage.ann) == {}
    assert tracked(stage, stage.bob)["leaves"] == 60


def test_two_imports_of_a_client_share_a_consent(stage):
    stage.imported(list_ids=[stage.list.id])
    second = stage.product.start_import(stage.authorization, stage.client.id, tracking_consent="ignore")
    decide(stage, stage.ann, "No")
    stage.pump()
    assert tracked(stage, stage.ann) == {}
    assert stage.product.job(second)["run"]["status"] == "succeeded"


def test_the_day_of_the_last_open_can_be_kept_and_nothing_else(stage):
    stage.imported(keep_updated=True, keep_last_open_day=True)
    decide(stage, stage.ann, "No")
    stage.product.later(**DAY)
    stage.tick()

    assert tracked(stage, stage.ann) == {}
    assert stage.product.profile(stage.ann).json["fields"]["cm_lastopen_day"] in ("2026-02-19", "2026-02-20")
    assert "cm_lastopen_day" not in stage.product.profile(stage.bob).json["fields"]


def test_rows_are_forgotten_when_they_are_too_old_exactly(stage):
    stage.imported(keep_rows_days=280)
    assert tracked(stage, stage.ann)["leaves"] == 60

    first = stage.product.profile(stage.ann).json["fields"]["cm_openct"]
    stage.product.later(days=20)
    assert "profile" not in tracked(stage, stage.ann)
    stage.product.send_scheduled()
    stage.pump()

    assert first == 30
    assert tracked(stage, stage.ann) == {}
    stage.run_again()
    assert tracked(stage, stage.ann) == {}
    assert stage.product.profile(stage.ann).json["fields"]["cm_list_names_status"]


def test_columns_are_dropped_or_hashed_before_they_are_stored(stage):
    stage.imported(drop_columns=["city"], hash_columns=["name"])
    rows = stage.product.gateway.get(f"/profiles/{stage.ann}/rows", limit="1000").json["items"]
    names = {row["fields"]["name"] for row in rows if "name" in row["fields"]}

    assert all("city" not in row["fields"] for row in rows)
    assert any("ip" in row["fields"] for row in rows)
    assert names
    assert all(name.startswith("hash:") for name in names)


def test_ip_addresses_are_dropped_unless_somebody_wants_them(stage):
    stage.imported()
    rows = stage.product.gateway.get(f"/profiles/{stage.ann}/rows", limit="1000").json["items"]
    assert all("ip" not in row["fields"] for row in rows)
    assert any("city" in row["fields"] for row in rows)


def test_a_column_that_is_not_wanted_any_more_leaves_what_is_stored(stage):
    stage.imported()
    stage.change(drop_columns=["ip", "city"], hash_columns=["name"])
    stage.pump()

    leaves = leaves_of(stage)
    assert not [row for leaf in leaves for row in leaf.facts if "city" in row.fields]
    told = [
        one for leaf in leaves for state in leaf.states.values() for one in (state.read, state.hook) if one
    ]
    assert told
    assert all(one.fields.get("name", "hash:").startswith("hash:") for one in told)


def test_a_consent_that_an_export_wrote_is_obeyed_and_proved(stage):
    stage.imported()
    now = int(stage.product.clock.now() * 1000)
    told = {"email": stage.ann, "client_id": stage.client.id, "value": "No", "at": now, "source": "export e1"}
    strange = [{"email": stage.ann}, None, {**told, "at": "now"}, {**told, "email": "nobody"}]
    body = json.dumps({"rows": [], "consents": [told, *strange], "received_at": now})
    stage.product.sqs.send_message(QueueUrl=stage.product.names["RowsQueue"], MessageBody=body)
    stage.pump()

    assert tracked(stage, stage.ann) == {}
    (client,) = stage.product.gateway.get(f"/profiles/{stage.ann}/consent").json["clients"]
    assert client["observations"][-1]["source"] == "export e1"
    assert stage.product.dead_letters() == {}


def test_no_message_that_is_left_tells_of_what_is_withheld(stage):
    decide(stage, stage.ann, "No", silently=True)
    stage.imported()
    queues = ("RowsQueue", "BulkQueue", "PagesQueue")
    left = [body for queue in queues for body in stage.product.messages(queue)]
    assert not [row for body in left for row in rows_of(json.loads(body).get("rows", []))]
