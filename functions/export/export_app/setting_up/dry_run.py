"""A dry run: who would be added, changed and re-subscribed now. Writes nothing to the list.

The scans store memberships as always; nobody is sent. Then the list is read, a page of 1,000 a message, and
each person on it who is in an audience gets a verdict; who has none in the end would be added. The verdicts
move counters of their own and are listed by `GET /exports/{id}/plan`. A verdict settles nothing: when the dry
run is made real, everybody is sent. When its configuration is changed, everybody is judged anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from export_app.job import ExportJob
from export_app.people.consent import NO, NO_CONSENT, NO_FIELDS, YES, Case, Found, Say
from export_app.people.desired import Desired, ListSchema, desired_of
from export_app.people.entries import bounded
from export_app.people.listed import Shown, of_fields, payload_over, several_of, shown, would_have
from export_app.people.membership import FAILED, Membership
from export_app.people.outcomes import NOT_ADDED, Refused, explained
from export_app.people.resubscription import objection, zone_of
from export_app.sending.round import NEWER_NO, NO_YES
from lytics_cm.addresses import folded
from lytics_cm.campaign_monitor.fields import field_identity
from lytics_cm.campaign_monitor.records import Subscriber
from lytics_cm.remedies import BOUNCED, DELETED, UNCONFIRMED, UNSUBSCRIBED
from lytics_cm.store.membership import Record, Write

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.store.memberships import Memberships

type Json = dict[str, Any]

STATES = ("active", "unconfirmed", "unsubscribed", "bounced", "deleted")
ADD, CHANGE, KEEP, RESUBSCRIBE, REFUSE = "add", "change", "keep", "resubscribe", "refuse"
KEEP_OUT = "refuse as new"
"""Of who is new to the list without a decision on being tracked, where the export wants one."""
COUNTS = {
    ADD: ["would_added"],
    CHANGE: ["would_updated"],
    KEEP: ["would_skipped"],
    RESUBSCRIBE: ["would_added", "would_resubscribed"],
    REFUSE: ["would_failed"],
    KEEP_OUT: ["would_skipped", "would_kept_out"],
}
SHOWN = {**dict(zip(COUNTS, COUNTS, strict=True)), KEEP_OUT: REFUSE}
"""What the plan calls a verdict."""


CODES = {
    "unconfirmed": UNCONFIRMED,
    "unsubscribed": UNSUBSCRIBED,
    "bounced": BOUNCED,
    "deleted": DELETED,
}
"""What Campaign Monitor calls a refusal for somebody's state."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What would become of somebody; of who would be refused the code, and why.

    `there` is what the list has of them in the fields that are written, None when they are not on it.
    """

    would: str
    code: str | int | None = None
    why: str | None = None
    there: Shown | None = None

    def to_json(self) -> Json | None:
        """What is kept beside `would`."""
        named = {"there": self.there, "code": self.code, "why": self.why}
        return {name: value for name, value in named.items() if value is not None} or None


@dataclass(frozen=True, slots=True)
class DryRun:
    """The comparing part of a dry run."""

    job: ExportJob
    memberships: Memberships
    vendor: CampaignMonitor
    now: int

    def step(self, args: Json) -> Json | None:
        """Judge one page; return what the next step needs, None after the last."""
        if "cursor" in args:
            return self._conclude(args["cursor"])
        page = self.vendor.subscribers(self.job.list_id, STATES[args["state"]], args["page"])
        people = {folded(person.email): person for person in page.records}
        self._judge(people)
        if args["page"] < page.pages and page.records:
            return {"state": args["state"], "page": args["page"] + 1}
        if args["state"] + 1 < len(STATES):
            return {"state": args["state"] + 1, "page": 1}
        return {"cursor": None}

    def _judge(self, people: Mapping[str, Subscriber]) -> None:
        zone = zone_of(self.job)
        records = self.memberships.load(self.job.id, people)
        schema = ListSchema.of(self.job)
        verdicts = {
            email: verdict(
                Membership.of(record.state), people[email], schema, zone, self.job.resubscribe_users
            )
            for email, record in records.items()
        }
        self._keep(records.values(), schema, verdicts)

    def _conclude(self, cursor: str | None) -> Json | None:
        records, following = self.memberships.page(self.job.id, cursor)
        schema = ListSchema.of(self.job)
        verdicts = {record.email: of_new(Membership.of(record.state), schema) for record in records}
        self._keep(records, schema, verdicts)
        return {"cursor": following} if following else None

    def _keep(self, records: Iterable[Record], schema: ListSchema, verdicts: Mapping[str, Verdict]) -> None:
        """Store verdicts, one a person for each configuration; who is in no audience any more has none."""
        writes = []
        for record in records:
            before = Membership.of(record.state)
            desired = desired_of(before.observed, schema)
            settled = f"dry run/{self.job.revision or ''}/{desired.digest}" if desired.options else ""
            found = verdicts[record.email] if desired.options else Verdict("")
            outcome = found.would
            is_judged = before.settled == settled and before.outcome in (*COUNTS, "")
            if is_judged or before.outcome not in (*COUNTS, ""):
                continue
            after = replace(before, settled=settled, outcome=outcome, compared=found.to_json())
            kept = replace(record, state=after.to_json(), open=bool(desired.options))
            writes.append(Write(kept, _moved(before.outcome, outcome)))
        self.memberships.save(self.job.id, writes)


def _moved(before: str, after: str) -> dict[str, int]:
    """How the counters move when a verdict takes the place of another one, or of none."""
    counts = Counter(COUNTS.get(after, ()))
    counts.subtract(COUNTS.get(before, ()))
    return counts


def verdict(
    membership: Membership,
    person: Subscriber,
    schema: ListSchema,
    zone: ZoneInfo | None,
    resubscribe: bool,  # noqa: FBT001
) -> Verdict:
    """What would become of somebody who is known to the list."""
    desired = desired_of(membership.observed, schema)
    say = say_of(membership, desired, schema, person.consent_to_track)
    there = bounded(of_fields(shown(person, several_of(desired, schema)), keys_of(schema)))
    if person.state.lower() == "active":
        is_kept = is_same(person, desired, schema) and is_heard(person, desired, say)
        return Verdict(KEEP if is_kept else CHANGE, there=there)
    refusal = Refused(CODES.get(person.state.lower()), f"the person is {person.state.lower()}")
    if resubscribe:
        is_yes = not schema.consent.track or desired.wants.track == YES
        is_older = bool(schema.consent.track) and person.consent_to_track == NO and not say.is_reversal
        entered = schema.counting(membership.observed).entered
        why = NO_YES if not is_yes else objection(person, entered, zone) or (NEWER_NO if is_older else None)
        if why is None:
            return Verdict(RESUBSCRIBE, there=there)
        refusal = replace(refusal, why=why)
    return Verdict(REFUSE, refusal.code, explained(refusal), there)


def of_new(membership: Membership, schema: ListSchema) -> Verdict:
    """What would become of somebody whom the list does not know."""
    if desired_of(membership.observed, schema).is_refused:
        return Verdict(KEEP_OUT, NO_CONSENT, NOT_ADDED)
    return Verdict(ADD)


def say_of(membership: Membership, desired: Desired, schema: ListSchema, track: str | None) -> Say:
    """What would be said of consents to somebody whose consent on the list is `track`, None for who is new."""
    is_known = track is not None
    for_new = "unchanged" if is_known else schema.consent.for_new
    case = Case(desired.wants, membership.consents, for_new, is_known=is_known)
    return case.say(Found(is_listed=is_known, track=track or "")) or Say()


def keys_of(schema: ListSchema) -> list[str]:
    """What an export writes of a person."""
    consents = ["consent_to_track", "mobile_number"] if schema.consent != NO_FIELDS else []
    return ["name", schema.key, *(target.key for target in schema.targets), *consents]


def planned(record: Record, schema: ListSchema, failure: Json | None, *, confirms: bool) -> Json | None:
    """A line of the plan, None for who has none; of who has no usable address, why."""
    membership = Membership.of(record.state)
    if membership.outcome == FAILED:
        return {
            "email": record.email,
            "would": REFUSE,
            "before": None,
            "after": None,
            "code": failure.get("code") if failure else None,
            "why": failure["message"] if failure else None,
        }
    if membership.outcome not in SHOWN:
        return None
    compared = membership.compared or {}
    found = Verdict(membership.outcome, compared.get("code"), compared.get("why"), compared.get("there"))
    return {"email": record.email, **told(record.email, membership, found, schema, confirms=confirms)}


def told(email: str, membership: Membership, found: Verdict, schema: ListSchema, *, confirms: bool) -> Json:
    """What would become of somebody as the contract shows it: the list's values before and after, and why."""
    desired = desired_of(membership.observed, schema)
    after = found.there
    if found.would in (ADD, CHANGE, RESUBSCRIBE):
        track = str(found.there.get("consent_to_track") or "") if found.there else None
        say = say_of(membership, desired, schema, track)
        payload = payload_over(email, desired, schema, membership, found.there, say)
        after = would_have(found.there, payload, several_of(desired, schema), confirms=confirms)
    left_out = "; ".join([*desired.problems, "the rest would be sent"]) if desired.problems else None
    return {
        "would": SHOWN[found.would],
        "before": found.there,
        "after": after,
        "code": found.code,
        "why": found.why or left_out,
    }


def totals(job: Mapping[str, Any]) -> dict[str, int]:
    """How many people would be what, as far as they are judged; who has no usable address would be refused."""
    count = {name: int(job.get(f"would_{name}", 0)) for name in ("added", "updated", "skipped", "failed")}
    resubscribed, kept_out = int(job.get("would_resubscribed", 0)), int(job.get("would_kept_out", 0))
    return {
        ADD: count["added"] - resubscribed,
        CHANGE: count["updated"],
        KEEP: count["skipped"] - kept_out,
        RESUBSCRIBE: resubscribed,
        REFUSE: count["failed"] + kept_out + int(job.get("failed", 0)),
    }


def is_heard(person: Subscriber, desired: Desired, say: Say) -> bool:
    """Whether the list has the mobile number, and nothing is to be said of consents that it does not know."""
    is_said = say.track in ("Unchanged", person.consent_to_track) and say.sms == "Unchanged"
    return is_said and desired.wants.number in (None, person.mobile_number.strip())


def is_same(person: Subscriber, desired: Desired, schema: ListSchema) -> bool:
    """Whether the list has all that would be sent; dates and numbers are compared as they mean."""
    there = {field_identity(key): value for key, value in person.custom_fields.items()}
    kinds = {target.key: target.data_type for target in schema.targets}
    wanted = {schema.key: desired.options} | dict(desired.values or {})
    return desired.name in (None, person.name) and all(
        _meaning(there.get(field_identity(key), ()), kinds.get(key)) == _meaning(chosen, kinds.get(key))
        for key, chosen in wanted.items()
    )


def _meaning(value: str | Iterable[str], kind: str | None) -> list[str]:
    """What the values of a field of some type say, however they are written."""
    texts = [value] if isinstance(value, str) else list(value)
    return sorted(_MEANINGS.get(kind or "", str.strip)(text) for text in texts)


def _number(text: str) -> str:
    try:
        return str(Decimal(text.strip()).normalize())
    except InvalidOperation:
        return text.strip()


def _day(text: str) -> str:
    """Without the time of day, which the field does not hold."""
    return text.strip().replace("/", "-").partition(" ")[0]


_MEANINGS = {"Number": _number, "Date": _day}
