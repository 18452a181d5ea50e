"""Which consents an export writes, seen from Campaign Monitor."""

import json
import random
from contextlib import contextmanager
from itertools import product

import pytest

from export_app.people.outcomes import NOT_ADDED
from export_app.sending.round import NEWER_NO, NO_YES
from lytics_cm.aws import table
from lytics_cm.store.memberships import Memberships
from simulators.campaign_monitor import fields
from tests.aws.deaths import Deaths
from tests.contract import check_plan
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


@contextmanager
def listening(stage):
    """Yields what is told of consents from now on: address and value, in order."""
    sqs, found = stage.product.quick.sqs, []
    send = sqs._send

    def hear(queue, entry):
        for one in json.loads(entry["MessageBody"]).get("consents", []):
            assert one.keys() == {"email", "client_id", "value", "at", "source"}
            assert one["client_id"] == stage.list.client.id
            found.append((one["email"], one["value"]))
        return send(queue, entry)

    sqs._send = hear
    try:
        yield found
    finally:
        del sqs._send


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


def enters(stage, email, **fields):
    """Somebody comes into the audience with a profile."""
    stage.lytics.enter(stage.lytics.person(email, **fields).email, "vip")
    stage.run()


def said_of(entries, email=JANE):
    """What entries say of somebody's consent, in the order of calls; emptied for what comes next."""
    found = [entry["ConsentToTrack"] for entry in entries if entry["EmailAddress"] == email]
    entries.clear()
    return found


def test_a_consent_is_written_when_it_is_news_and_told_with_it(stage):
    stage.start("vip", consent_field="agrees")
    with overheard() as entries, listening(stage) as told:
        enters(stage, JANE, agrees="yes")
        says(stage, JANE, name="Jane")
        says(stage, JANE, agrees="no")
        says(stage, JANE, name="Jane Doe")
        says(stage, JANE, agrees=1)
        says(stage, JANE, agrees=None)

        assert said_of(entries) == ["Yes", "Unchanged", "No", "Unchanged", "Yes", "Unchanged"]
        assert told == [(JANE, "Yes"), (JANE, "No"), (JANE, "Yes")]
    assert consent_of(stage, JANE) == "Yes"


def test_who_withdraws_at_campaign_monitor_after_our_yes_is_left_alone(stage):
    export = stage.start("vip", consent_field="agrees")
    enters(stage, JANE, agrees="yes")
    decide(stage, JANE, "No")

    says(stage, JANE, name="Jane")
    says(stage, JANE, agrees=None)
    says(stage, JANE, agrees="yes", name="Jane Doe")

    assert consent_of(stage, JANE) == "No"
    assert stage.list.people[JANE].name == "Jane Doe"
    assert stage.counts(export)["failed"] == 0


def test_a_no_that_may_be_newer_than_our_yes_stays_and_is_listed_until_somebody_mends_it(stage):
    put(stage, JANE, "active", "No")
    export = stage.start("vip", consent_field="agrees")
    with listening(stage) as told:
        enters(stage, JANE, agrees="yes")
        (failure,) = stage.failures(export)
        kept = consent_of(stage, JANE), stage.audiences(), list(told)
        decide(stage, JANE, "Yes")
        stage.api.post(f"/exports/{export}/retry-failures")
        stage.run()

        assert kept == ("No", {JANE: ["VIP"]}, [])
        assert (failure["email"], failure["code"]) == (JANE, "consent_undecidable")
        assert "set it at Campaign Monitor, then retry" in failure["message"]
        assert stage.failures(export) == []
        assert told == [(JANE, "Yes")]
    assert stage.counts(export)["failed"] == 0


@pytest.mark.parametrize("kind", ["429", "500"])
def test_our_own_no_becomes_a_yes_also_after_calls_that_wrote_nothing(stage, kind):
    stage.start("vip", consent_field="agrees")
    enters(stage, JANE, agrees="no")
    match = "import" if kind == "429" else "GET .*subscribers"
    stage.vendor.faults.script(kind, match=match, times=2)

    says(stage, JANE, agrees="yes")

    assert consent_of(stage, JANE) == "Yes"


def test_a_yes_that_was_seen_after_our_no_makes_the_next_no_somebody_elses(stage):
    export = stage.start("vip", consent_field="agrees")
    enters(stage, JANE, agrees="no")
    decide(stage, JANE, "Yes")
    stage.vendor.faults.script("429", match="import", times=1)
    stage.lytics.change(JANE, "vip", agrees="yes")
    stage.lytics.post_all_triggers()
    stage.product.pump(until=lambda: bool(stage.vendor.faults.suffered))

    decide(stage, JANE, "No")
    stage.run()

    assert consent_of(stage, JANE) == "No"
    assert codes(stage, export) == {JANE: "consent_undecidable"}


def test_a_call_that_says_nothing_of_consents_leaves_no_doubt_about_them(stage):
    export = stage.start("vip", "new", consent_field="agrees")
    enters(stage, JANE, agrees="no")
    stage.vendor.faults.script("500", match="import", times=1)  # takes an option away

    stage.lytics.person(JANE, agrees="yes")
    stage.lytics.exit(JANE, "vip")
    stage.lytics.enter(JANE, "new")
    stage.run()

    assert (consent_of(stage, JANE), stage.audiences()) == ("Yes", {JANE: ["New Readers"]})
    assert stage.failures(export) == []


def test_a_withdrawal_between_our_yes_and_its_repetition_is_not_overwritten(stage):
    export = stage.start("vip", consent_field="agrees")
    enters(stage, JANE, agrees="no")
    stage.vendor.faults.script("503-after", match="import", times=1)
    stage.lytics.change(JANE, "vip", agrees="yes")
    stage.lytics.post_all_triggers()
    stage.product.pump(until=lambda: consent_of(stage, JANE) == "Yes")

    decide(stage, JANE, "No")
    stage.run()

    assert consent_of(stage, JANE) == "No"
    assert codes(stage, export) == {JANE: "consent_undecidable"}


class AtOnce(Deaths):
    """Kills the first worker that asks for something after a person has been written."""

    def __init__(self, is_written, what):
        super().__init__()
        self.is_written, self.what = is_written, what

    def is_fatal(self, service, operation):
        return not self.count and operation == self.what and self.is_written()


@pytest.mark.parametrize("what", ["SendMessageBatch", "TransactWriteItems"])
@pytest.mark.parametrize("agrees", ["yes", "no", None])
def test_who_dies_after_a_call_loses_no_word_of_a_consent(stage, what, agrees):
    stage.start("vip", consent_field="agrees", consent_for_new="no")
    deaths = AtOnce(lambda: JANE in stage.list.people, what)
    with listening(stage) as told:
        stage.lytics.enter(stage.lytics.person(JANE, agrees=agrees).email, "vip")
        stage.lytics.post_all_triggers()
        stage.product.pump(deaths=deaths)

        value = "Yes" if agrees == "yes" else "No"
        assert deaths.count == 1
        assert consent_of(stage, JANE) == value
        assert set(told) == {(JANE, value)}


def test_what_a_queue_does_not_take_is_told_later(stage):
    stage.start("vip", consent_field="agrees")
    sqs = stage.product.quick.sqs
    send, refusals = sqs._send_batch, iter(range(2))

    def refusing(queue, entries):
        if queue is sqs.queues[stage.product.names["RowsQueue"]] and next(refusals, None) is not None:
            return {"Successful": [], "Failed": [{"Id": one["Id"], "Code": "Busy"} for one in entries]}
        return send(queue, entries)

    sqs._send_batch = refusing
    with listening(stage) as told:
        enters(stage, JANE, agrees="yes")

        assert told == [(JANE, "Yes")]
    assert consent_of(stage, JANE) == "Yes"


def test_a_no_that_comes_with_leaving_is_written(stage):
    stage.start("vip", consent_field="agrees")
    enters(stage, JANE, agrees="yes")
    stage.lytics.person(JANE, agrees="no")
    stage.lytics.exit(JANE, "vip")
    stage.run()

    assert consent_of(stage, JANE) == "No"
    assert stage.audiences() == {}


@pytest.mark.parametrize("how", ["unsubscribe", "delete", "bounce"])
def test_a_no_of_who_is_inactive_is_written_once_and_they_stay_so(stage, how):
    stage.vendor.subscribe(stage.list, JANE)
    getattr(stage.vendor, how)(stage.list, JANE)
    state = stage.list.people[JANE].state
    export = stage.start("vip", consent_field="agrees")
    with overheard() as entries, listening(stage) as told:
        enters(stage, JANE, agrees="no")
        says(stage, JANE, name="Jane")

        assert [entry["ConsentToTrack"] for entry in entries] == ["No", "No", "Unchanged"]
        assert told == [(JANE, "No")]
    assert (consent_of(stage, JANE), stage.list.people[JANE].state) == ("No", state)
    assert stage.counts(export) == {"added": 0, "updated": 0, "removed": 0, "skipped": 0, "failed": 1}


def test_who_is_new_without_a_decision_is_kept_out_until_there_is_one(stage):
    export = stage.start("vip", consent_field="agrees", consent_for_new="refuse")
    enters(stage, JANE, name="Jane")
    says(stage, JANE, name="Jane Doe")
    kept_out = stage.people(), stage.counts(export), stage.failures(export)

    says(stage, JANE, agrees="no")

    people, counts, (failure,) = kept_out
    assert people == {}
    assert counts == {"added": 0, "updated": 0, "removed": 0, "skipped": 1, "failed": 0}
    assert (failure["email"], failure["code"]) == (JANE, "no_consent")
    assert stage.audiences() == {JANE: ["VIP"]}
    assert consent_of(stage, JANE) == "No"
    assert stage.failures(export) == []
    assert stage.counts(export) == {"added": 1, "updated": 0, "removed": 0, "skipped": 1, "failed": 0}


def test_who_was_kept_out_is_added_when_the_export_wants_no_decision_any_more(stage):
    export = stage.start("vip", consent_field="agrees", consent_for_new="refuse")
    enters(stage, JANE, name="Jane")

    changed = stage.api.patch(f"/exports/{export}", {"consent_for_new": "no"})
    stage.run()

    assert changed.json["consent_for_new"] == "no"
    assert (consent_of(stage, JANE), stage.failures(export)) == ("No", [])


def test_who_was_kept_out_and_is_on_the_list_by_now_is_taken_by_a_retry(stage):
    export = stage.start("vip", consent_field="agrees", consent_for_new="refuse")
    enters(stage, JANE, name="Jane")
    put(stage, JANE, "active", "No")

    stage.api.post(f"/exports/{export}/retry-failures")
    stage.run()

    assert (stage.audiences(), consent_of(stage, JANE)) == ({JANE: ["VIP"]}, "No")
    assert stage.failures(export) == []


def test_who_was_kept_out_and_leaves_is_listed_no_more(stage):
    export = stage.start("vip", consent_field="agrees", consent_for_new="refuse")
    enters(stage, JANE, name="Jane")

    stage.lytics.exit(JANE, "vip")
    stage.run()

    assert (stage.people(), stage.failures(export)) == ({}, [])


def test_a_value_that_is_neither_yes_nor_no_is_not_guessed_and_listed(stage):
    put(stage, JANE, "active", "No")
    export = stage.start("vip", consent_field="agrees")

    enters(stage, JANE, agrees="maybe")

    assert (consent_of(stage, JANE), stage.audiences()) == ("No", {JANE: ["VIP"]})
    assert codes(stage, export) == {JANE: "consent_unreadable"}
    assert stage.counts(export) == {"added": 1, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}


def test_nothing_that_lytics_does_not_say_empties_anything(stage):
    stage.vendor.subscribe(stage.list, JANE, name="Jane", consent="No", mobile="+4915112345678", sms="Yes")
    fields = {"consent_field": "agrees", "sms_field": "mobile", "sms_consent_field": "texts"}
    stage.start("vip", **fields)

    enters(stage, JANE, name=None, agrees=None, mobile=None, texts=None)
    says(stage, JANE, name="", agrees="", mobile="", texts="")
    says(stage, JANE, name=" ", agrees=[], mobile="12", texts="x")

    person = stage.list.people[JANE]
    assert (person.name, person.mobile) == ("Jane", "+4915112345678")
    assert consent_of(stage, JANE) == "No"
    assert stage.list.client.texting.value_of(JANE) == "Yes"


def test_a_mobile_number_and_the_consent_to_it_are_written(stage):
    export = stage.start("vip", sms_field="mobile", sms_consent_field="texts")
    with overheard() as entries:
        enters(stage, JANE, mobile="+49 (151) 123-456 78", texts="yes")
        enters(stage, "bad@example.com", mobile="0151 12345678", texts="yes")
        enters(stage, "none@example.com", texts="yes")

    shown = {one["EmailAddress"]: one for one in entries}
    assert shown[JANE]["MobileNumber"] == "+4915112345678"
    assert shown[JANE]["ConsentToSendSms"] == "Yes"
    for email in ("bad@example.com", "none@example.com"):
        assert not {"MobileNumber", "ConsentToSendSms"} & shown[email].keys()
    assert stage.list.client.texting.value_of(JANE) == "Yes"
    assert codes(stage, export) == {"bad@example.com": "mobile_number_unusable"}
    assert stage.counts(export)["added"] == 3


def test_a_consent_to_short_messages_obeys_the_same_rules(stage):
    stage.vendor.subscribe(stage.list, "their@example.com", mobile="+4915100000001")
    export = stage.start("vip", sms_field="mobile", sms_consent_field="texts")
    texting = stage.list.client.texting

    enters(stage, "their@example.com", mobile="+4915100000001", texts="yes")
    enters(stage, JANE, mobile="+4915100000002", texts="yes")
    stage.vendor.decide(stage.list, JANE, sms="No", silently=True)
    says(stage, JANE, name="Jane")
    withdrawn = texting.value_of(JANE)
    says(stage, JANE, texts="no")
    says(stage, JANE, texts="yes")

    assert withdrawn == "No"
    assert (texting.value_of(JANE), texting.value_of("their@example.com")) == ("Yes", "No")
    assert codes(stage, export) == {"their@example.com": "consent_undecidable"}


@pytest.mark.parametrize("masked", [False, True])
def test_a_number_that_campaign_monitor_refuses_costs_nothing_but_itself(stage, masked):
    stage.vendor.switches.refused_numbers = "007"
    stage.vendor.switches.masked_failures = masked
    export = stage.start("vip", consent_field="agrees", sms_field="mobile")
    people = {f"p{number}@example.com": f"+4915112345{number:03}" for number in range(12)}
    for email, mobile in people.items():
        stage.lytics.enter(stage.lytics.person(email, mobile=mobile, agrees="yes").email, "vip")

    stage.run()

    assert len(stage.audiences()) == 12
    assert codes(stage, export) == {"p7@example.com": 220}
    assert {one.email: one.mobile for one in stage.list.people.values()} == people | {"p7@example.com": ""}
    assert consent_of(stage, "p7@example.com") == "Yes"
    assert stage.counts(export) == {"added": 12, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}


def test_an_address_that_is_bad_beside_its_number_fails_alone(stage):
    export = stage.start("vip", sms_field="mobile")
    for email, mobile in ((JANE, "+4915112345678"), ("bad@localhost", "+4915112345679")):
        stage.lytics.enter(stage.lytics.person(email, mobile=mobile).email, "vip")

    stage.run()

    assert codes(stage, export) == {"bad@localhost": 1}
    assert list(stage.audiences()) == [JANE]


MANY = 2500


def many(stage, export, agrees):
    changes = people_entering(stage, MANY, agrees)
    for start in range(0, MANY, 500):
        stage.tell(export, *changes[start : start + 500])
    stage.product._wake("ChangesQueue")


def people_entering(stage, number, agrees):
    at = int(stage.product.clock.now() * 1000) - 1000
    return [
        {
            "email": f"p{n}@example.com",
            "slug": "vip",
            "event": "enter",
            "at": at,
            "fields": {"agrees": agrees},
        }
        for n in range(number)
    ]


@pytest.mark.parametrize("are_new", [False, True])
def test_asking_about_many_people_costs_a_call_per_thousand_of_them(stage, are_new):
    if not are_new:
        for number in range(MANY):
            put(stage, f"p{number}@example.com", "active", "No" if number % 500 == 0 else "Unknown")
    export = stage.start("vip", consent_field="agrees")
    stage.vendor.calls.clear()

    many(stage, export, "yes")
    stage.run()

    lists = len(stage.list.client.lists)
    reads = len(stage.vendor.calls) - len(stage.imports())
    assert len(stage.imports()) == 3
    assert reads <= (1 + 5 * lists if are_new else 3)
    assert stage.counts(export)["added"] == MANY
    left = [] if are_new else [f"p{number}@example.com" for number in range(0, MANY, 500)]
    assert codes(stage, export) == dict.fromkeys(left, "consent_undecidable")
    assert [email for email in stage.list.people if consent_of(stage, email) != "Yes"] == left


@pytest.mark.parametrize("is_ordered", [True, False])
def test_existing_users_are_asked_about_in_the_order_of_their_addresses(stage, sized, is_ordered):
    people = sized(6000, 60_000)
    stage.vendor.switches.other_email_order = not is_ordered
    rng = random.Random(1)
    for number in rng.sample(range(people), people):
        email = f"p{number:05}@example.com"
        put(stage, email, "active", "No" if number % 1000 == 0 else "Yes")
        stage.lytics.place(stage.lytics.person(email, agrees="yes"), "vip")
    stage.vendor.calls.clear()

    export = stage.start("vip", existing_users=True, consent_field="agrees")

    asked = [call for call in stage.vendor.calls if "includesmspreference" in call.query]
    print(f"{people:,} people: {len(stage.imports())} imports, {len(asked)} to ask")
    assert stage.counts(export)["added"] == people
    assert set(codes(stage, export)) == {f"p{number:05}@example.com" for number in range(0, people, 1000)}
    assert len(asked) <= people / 1000 * (3 if is_ordered else 6)


def test_of_an_audience_that_cannot_be_read_to_its_end_the_beginning_is_sent(stage):
    for number in range(2200):
        stage.lytics.place(stage.lytics.person(f"p{number}@example.com", agrees="yes"), "vip")
    calls = []

    def vanish():
        calls.append(1)
        if len(calls) == 21:
            stage.lytics.account.audiences.pop("vip")

    meanwhile(stage.lytics).when("/scan", vanish, times=1000)

    export = stage.create("vip", existing_users=True, consent_field="agrees").json["id"]
    stage.run()

    assert "failed" in stage.job(export)["existing"][0]
    assert stage.counts(export)["added"] == len(stage.audiences()) == 2000


def test_a_job_of_before_has_the_defaults_and_asking_for_them_changes_nothing(stage):
    export = stage.start("vip")
    for name in ("consent_field", "consent_for_new", "sms_field", "sms_consent_field", "client_id"):
        table("JobsTable").update_item(
            Key={"job": "export", "item": export},
            UpdateExpression="REMOVE #name",
            ExpressionAttributeNames={"#name": name},
        )
    shown = stage.job(export)

    changed = stage.api.patch(f"/exports/{export}", {"consent_for_new": "unchanged", "consent_field": None})
    enters(stage, JANE)

    assert (shown["consent_field"], shown["consent_for_new"]) == (None, "unchanged")
    assert (changed.json["status"], changed.json["consent_for_new"]) == ("running", "unchanged")
    assert stage.audiences() == {JANE: ["VIP"]}


def test_what_is_under_way_stops_when_other_fields_are_to_be_read(stage):
    export = stage.start("vip", consent_field="agrees")
    path = f"/exports/{export}"
    meanwhile(stage.vendor).when("listsforemail", lambda: stage.api.patch(path, {"consent_field": "allows"}))
    stage.lytics.add_field("allows")
    with overheard() as entries:
        enters(stage, JANE, agrees="yes")

        assert said_of(entries) == ["Unchanged"]


def test_without_something_new_to_say_nobody_is_asked(stage):
    export = stage.start("vip", consent_field="agrees", consent_for_new="no")
    enters(stage, JANE, agrees="yes")
    enters(stage, "john@example.com")
    stage.vendor.calls.clear()

    says(stage, JANE, name="Jane")
    says(stage, "john@example.com", name="John")

    assert [call.method for call in stage.vendor.calls] == ["POST", "POST"]
    assert stage.counts(export)["updated"] == 2


def test_people_who_move_between_pages_are_not_overlooked(stage):
    for number in range(1200):
        put(stage, f"p{number:04}@example.com", "active", "Unknown")
    decide(stage, "p1000@example.com", "No")
    export = stage.start("vip", consent_field="agrees")
    vendor = meanwhile(stage.vendor)
    vendor.when(r"active\.json.*page=2", lambda: stage.vendor.delete(stage.list, "p0001@example.com"))
    at = int(stage.product.clock.now() * 1000) - 1000
    stage.tell(
        export,
        *[
            {
                "email": f"p{n:04}@example.com",
                "slug": "vip",
                "event": "enter",
                "at": at,
                "fields": {"agrees": 1},
            }
            for n in range(2, 1200)
        ],
    )
    stage.run()

    assert consent_of(stage, "p1000@example.com") == "No"
    assert codes(stage, export) == {"p1000@example.com": "consent_undecidable"}


def test_a_plan_knows_consents_and_numbers(stage):
    other = dict.fromkeys(["same", "heard", "left", "number", "back", "barred", "newer"])
    for name in other:
        put(stage, f"{name}@example.com", "active", "Yes")
    decide(stage, "left@example.com", "No")
    decide(stage, "newer@example.com", "No")
    for name in ("back", "barred", "newer"):
        stage.vendor.unsubscribe(stage.list, f"{name}@example.com", at="2024-01-02 10:00")
    profiles = {
        "same": {},
        "heard": {"agrees": "no"},
        "left": {"agrees": "yes"},
        "number": {"mobile": "+4915112345678"},
        "back": {"agrees": "yes"},
        "barred": {},
        "newer": {"agrees": "yes"},
        "new": {"agrees": "no"},
        "kept": {},
    }
    fields_of(stage, [f"{name}@example.com" for name in other])
    for name, profile in profiles.items():
        stage.lytics.place(stage.lytics.person(f"{name}@example.com", **profile), "vip")
    wanted = {"consent_field": "agrees", "consent_for_new": "refuse", "sms_field": "mobile"}

    job = stage.create("vip", existing_users=True, resubscribe_users=True, dry_run=True, **wanted).json["id"]
    stage.run(twice=True)

    answer = stage.api.get(f"/exports/{job}/plan").json
    plan = {one["email"].split("@")[0]: one for one in answer["items"]}
    for one in answer["items"]:
        check_plan(one)
    assert answer["totals"] == {"add": 1, "change": 2, "keep": 2, "resubscribe": 1, "refuse": 3}
    assert {name: (one["code"], one["why"]) for name, one in plan.items() if one["code"]} == {
        "barred": (206, f"the person is unsubscribed; {NO_YES}"),
        "newer": (206, f"the person is unsubscribed; {NEWER_NO}"),
        "kept": ("no_consent", NOT_ADDED),
    }
    assert (plan["heard"]["before"]["consent_to_track"], plan["heard"]["after"]) == (
        "Yes",
        plan["heard"]["before"] | {"consent_to_track": "No"},
    )
    added = {"state": "active", "[LyticsAudiences]": ["VIP"], "consent_to_track": "No"}
    assert (plan["new"]["before"], plan["new"]["after"]) == (None, added)
    assert (plan["kept"]["before"], plan["kept"]["after"]) == (None, None)
    assert plan["number"]["after"] == plan["number"]["before"] | {"mobile_number": "+4915112345678"}
    assert plan["back"]["after"] == plan["back"]["before"] | {"state": "active"}
    assert {name: one["would"] for name, one in plan.items()} == {
        "same": "keep",
        "heard": "change",
        "left": "keep",
        "number": "change",
        "back": "resubscribe",
        "barred": "refuse",
        "newer": "refuse",
        "new": "add",
        "kept": "refuse",
    }
    assert stage.counts(job) == {"added": 2, "updated": 2, "removed": 0, "skipped": 3, "failed": 2}


def fields_of(stage, emails):
    """These people have the option of the audience already."""
    fields.add(stage.list, FIELD, "MultiSelectMany", ["VIP"])
    for email in emails:
        stage.vendor.edit(stage.list, email, fields={FIELD: ["VIP"]})


def test_an_export_shows_what_it_was_given_and_refuses_what_cannot_be(stage):
    plain = stage.create("vip").json
    asked = {
        "consent_field": "agrees",
        "consent_for_new": "refuse",
        "sms_field": "mobile",
        "sms_consent_field": "texts",
    }
    made = stage.create("vip", **asked).json
    lonely = stage.create("vip", sms_consent_field="texts")
    odd = stage.create("vip", consent_for_new="perhaps")
    path = f"/exports/{made['id']}"

    assert {name: plain[name] for name in asked} == dict.fromkeys(asked) | {"consent_for_new": "unchanged"}
    assert {name: made[name] for name in asked} == asked
    assert (lonely.status, lonely.json["details"][0]["field"]) == (422, "sms_consent_field")
    assert (odd.status, odd.json["details"][0]["field"]) == (422, "consent_for_new")
    assert stage.api.patch(path, {"sms_field": None}).status == 422
    assert (
        stage.api.patch(path, {"consent_field": "nobody_has_it"}).json["details"][0]["field"]
        == "consent_field"
    )
    assert stage.api.patch(path, {"sms_field": None, "sms_consent_field": None}).json["sms_field"] is None


def test_existing_users_are_read_once_more_with_a_field_that_is_new(stage):
    stage.lytics.place(stage.lytics.person(JANE, agrees="no"), "vip")
    export = stage.start("vip", existing_users=True)
    before = consent_of(stage, JANE)

    stage.api.patch(f"/exports/{export}", {"consent_field": "agrees"})
    stage.run()

    assert (before, consent_of(stage, JANE)) == ("Yes", "No")


def test_a_persons_file_has_what_is_kept_of_their_consent(stage):
    stage.start("vip", consent_field="agrees")
    enters(stage, JANE, agrees="no")

    (kept,) = Memberships(table("MembershipsTable")).of(JANE, []).values()

    note = kept.record.state["consents"]["track"]
    assert note == {"value": "No", "at": note["at"]}
    assert abs(note["at"] - stage.product.clock.now() * 1000) < 60_000


PEOPLE, CHANGES = 40, 260
FAULTS = {"429": 0.06, "500": 0.05, "503-after": 0.06, "drop": 0.04, "drop-after": 0.08}


def history(rng, now):
    """What Lytics tells of people in the order of its times: those of even numbers say nothing but Yes."""
    for number in range(CHANGES):
        person = rng.randrange(PEOPLE)
        agrees = rng.choice(["yes", "no"]) if person % 2 else "yes"
        yield {
            "email": f"p{person}@example.com",
            "slug": "vip",
            "event": "enter",
            "at": now - 1_000_000 + number,
            "fields": {"name": f"N{number}", "agrees": agrees},
        }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_any_history_no_withdrawal_is_lost(stage, seed):
    rng = random.Random(seed)
    export = stage.start("vip", consent_field="agrees")
    changes = list(history(rng, int(stage.product.clock.now() * 1000)))
    last = {change["email"]: change["fields"]["agrees"] for change in changes}
    waiting = changes + rng.sample(changes, CHANGES // 4)
    waiting.sort(key=lambda change: change["at"] + rng.choice([0, 0, rng.randrange(60)]))
    deaths, withdrawn = Deaths(seed, 0.2), set()
    steady = {f"p{number}@example.com" for number in range(0, PEOPLE, 2)}
    stage.vendor.faults.rates, stage.vendor.faults.match = FAULTS, r"POST .*import|(GET|PUT) .*"
    with listening(stage) as told:
        while waiting:
            size = rng.choice([1, 3, 25])
            stage.tell(export, *waiting[:size])
            waiting = waiting[size:]
            left = iter(range(rng.randrange(1, 6)))
            stage.product.pump(
                seed=rng.random(), deaths=deaths, until=lambda left=left: next(left, None) is None
            )
            if not withdrawn and len(waiting) < CHANGES // 2:
                stage.product.pump(seed=seed, deaths=deaths)
            there = sorted(stage.list.people.keys() & steady - withdrawn)
            if len(waiting) < CHANGES // 2 and there and rng.random() < 0.5:
                withdrawn.add(email := rng.choice(there))
                decide(stage, email, "No")
        stage.product.pump(seed=seed, deaths=deaths, twice=True)
        stage.vendor.faults.clear()
        stage.product.pump()

    undecidable = {email for email, code in codes(stage, export).items() if code == "consent_undecidable"}
    found = {email: consent_of(stage, email) for email in last}
    assert {email for email in withdrawn if found[email] != "No"} == set()
    assert {email for email, said in last.items() if said == "no" and found[email] != "No"} == set()
    assert {
        email
        for email, said in last.items()
        if said == "yes" and found[email] != "Yes" and email not in withdrawn | undecidable
    } == set()
    assert dict(told) == {
        email: value for email, value in found.items() if email not in withdrawn | undecidable
    } | {email: value for email, value in dict(told).items() if email in withdrawn | undecidable}
    assert withdrawn
    assert len(undecidable - withdrawn) < PEOPLE // 2
    assert deaths.count
    assert stage.product.dead_letters() == {}
