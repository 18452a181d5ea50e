"""Answers about exports: jobs, failures, plans, and what Lytics offers to choose from."""

from typing import Annotated, Literal

from pydantic import Field

from api.answers.accounts import CLIENT_ID, ID, LIST_ID
from api.answers.failures import REMEDY
from api.answers.imports import Waiting
from api.members import Answer, Count, Ref, Text, Time, same, told
from export_app.bodies import NewExport
from export_app.people.consent import ForNew
from export_app.people.entries import OUTCOMES, TRIGGERS
from lytics_cm.ledger_view import EVENTS

type Values = Annotated[
    dict[str, str | list[str] | None],
    Field(
        description="Values by field: `name`, `consent_to_track`, `mobile_number` and others, and custom fields by key. "
        "A list where several options can be chosen, null for what is empty.",
        examples=[{"state": "active", "name": "Jane", "[LyticsAudiences]": ["VIP"], "[City]": "Ulm"}],
    ),
]
type Outcome = Literal[OUTCOMES]  # type: ignore[valid-type]
type ExportTrigger = Literal[TRIGGERS]  # type: ignore[valid-type]
type Would = Literal["add", "change", "keep", "resubscribe", "refuse"]


class ExportedAudience(Answer):
    """An audience of an export."""

    id: Text = told("Its id at Lytics; absent until it is known.", "8a6e9c4f2c", absent=True)
    slug: Text = told("Its name at Lytics, as programs write it.", "vip")
    name: Text | None = told(
        "What its segment and its value in *Lytics Audiences* are called; Lytics' name for it, unless told.",
        "VIP",
        absent=True,
    )


class Counts(Answer):
    """What became of people; of a dry run, what would."""

    added: Count = told("Added to the list.", 120)
    updated: Count = told("Changed on the list.", 860)
    removed: Count = told("Cleared of all audiences; they stay on the list.", 9)
    skipped: Count = told("Left as they are.", 41)
    failed: Count = told("Refused by Campaign Monitor, or unusable; see the failures.", 3)


class Existing(Answer):
    """How far the people of an audience are read who were in it already."""

    slug: Text = told("The audience.", "vip")
    read: Count = told("People who were read.", 5000)
    total: Count = told("People whom Lytics counts in it.", 12_000)
    without_address: Count = told("People without an address in the email field.", 7)
    done: bool = told("Whether all are read.", False)
    failed: Text = told("Why it ended early; absent if it did not.", "Lytics answers 404", absent=True)


class Export(Answer):
    """An export: audiences of Lytics to a list of Campaign Monitor."""

    id: Text = told("Its id.", "export_0b9d77aa")
    status: Literal["starting", "running", "stopped", "failed"] = told(
        "`starting` while the list is made ready, `running` then, `stopped` by somebody, `failed` when only a person "
        "can mend it.",
        "running",
    )
    message: Text = told(
        "What failed or troubles it, with the remedy; absent if nothing does.",
        "the list has no field 'City' any more",
        absent=True,
    )
    authorization_id: Text = told(
        "The Campaign Monitor account to export to: the id of an authorization.", ID
    )
    authorization: Ref = told("The account, by name.", {"id": ID, "name": "Main account"})
    client: Ref | None = told(
        "The client that the list is of; null until the set-up has found it.",
        {"id": CLIENT_ID, "name": "Example Books"},
    )
    list_id: Text = told(
        "The list to which people are sent. Note: duplicate users across lists in Campaign Monitor result in a bill "
        "per user per list.",
        LIST_ID,
    )
    list_: Ref = told("The list, by name.", alias="list")
    audiences: list[ExportedAudience] = told(
        "The Lytics audiences whose people are kept in step with the list. Each becomes a segment of the list.",
        min_length=1,
    )
    existing_users: bool = told(
        "Whether people are added who are in the audiences already. Else only those who enter from now on are.",
        True,
    )
    resubscribe_users: bool = told(
        "Whether people are added who were deleted or unsubscribed from the list.", False
    )
    queue_autoresponders: bool = told(
        "Whether emails that depend on the date of subscription are sent. By default Campaign Monitor sends none to "
        "people who are imported.",
        False,
    )
    email_field: Text = told("The Lytics field with the address.", "email")
    name_field: Text = told("The Lytics field with the full name.", "name")
    field_mappings: dict[Text, Text] = told(
        "More fields to send: names of Lytics' fields, each with the name of a custom field of the list.",
        {"city": "City"},
    )
    description: Text | None = told("A name for people; null for none.", "VIPs to the newsletter")
    consent_field: Text | None = same(NewExport, "consent_field", "tracking_consent")
    consent_for_new: ForNew = same(NewExport, "consent_for_new", "unchanged")
    sms_field: Text | None = same(NewExport, "sms_field", "mobile")
    sms_consent_field: Text | None = same(NewExport, "sms_consent_field", "sms_consent")
    dry_run: bool = told(
        "Whether nothing is written to the list: the counts and the plan say what would be. `false` makes it real.",
        False,
    )
    created_at: Time = told("When the export was made.")
    waiting: Waiting | None = told(
        "Why it waits for Campaign Monitor; null if it does not. What changes meanwhile is kept, and sent then.",
        None,
    )
    audience_webhook_url: Text = told(
        "The URL to which Lytics shall post triggers of these audiences. Who knows it can post: keep it secret. "
        "Viewers see `***` in the place of its key.",
        "https://example.com/prod/webhooks/lytics/pJ3vQ8",
    )
    last_trigger_at: Time | None = told(
        "When Lytics last posted a trigger, to the minute; null for never.", "2026-11-23T10:00:00.000Z"
    )
    counts: Counts = told("What became of people so far.")
    resubscribed: Count = told("Of those who were added, people who had left the list.", 4)
    existing: list[Existing] = told(
        "How far existing users are read, by audience; absent unless they are wanted.", absent=True
    )
    notes: list[str] = told(
        "What its set-up and its daily check found and did.", ["would make the field 'Lytics Audiences'"]
    )


class ExportFailure(Answer):
    """A person who could not be sent, or a trigger that could not be used."""

    email: str | None = told("Whom it is about; null if it names nobody.", "jane@example.com")
    code: str | int | None = told("A code of Campaign Monitor, or of ours; null for none.", 204)
    message: Text = told("What is wrong.", "the address is on the suppression list")
    remedy: Text = told("What to do about it.", REMEDY)
    at: Time = told("When it came up.")
    source: Text = told("Where it came from; absent for people.", "trigger", absent=True)


class RetriedExport(Export):
    """An export whose failures are sent once more."""

    people: Count = told("How many people are sent again.", 3)


class Planned(Answer):
    """What would become of a person."""

    email: Text = told("Whom it is about.", "jane@example.com")
    would: Would = told(
        "`add` to the list, `change`, `keep` as it is, `resubscribe` who had left, or `refuse`.", "change"
    )
    before: Values | None = told(
        "What the list has in the fields that the export writes, with the `state`; null for nobody.",
        {"state": "active", "name": "J.", "[LyticsAudiences]": []},
    )
    after: Values | None = told(
        "What it would have; null if nothing.",
        {"state": "active", "name": "Jane", "[LyticsAudiences]": ["VIP"]},
    )
    code: str | int | None = told("The code of a refusal; null for none.", None)
    why: Text | None = told("Why somebody is refused, or what cannot be sent; else null.", None)


class Totals(Answer):
    """How many people a dry run has judged, by what would become of them."""

    add: Count = told("Would be added.", 120)
    change: Count = told("Would be changed.", 860)
    keep: Count = told("Are as they should be.", 41)
    resubscribe: Count = told("Had left, and would be subscribed again.", 4)
    refuse: Count = told("Would be refused.", 3)


class OfPlan(Answer):
    """What a page of a plan has beside people."""

    totals: Totals = told("Of everybody who is judged so far, on each page the same.")


class Cause(Answer):
    """What Lytics had told last of a person."""

    event: Literal[EVENTS] = told(  # type: ignore[valid-type]
        "`enter` or `exit` of an audience, `seen` in it by a scan, or `change` of fields.", "enter"
    )
    slug: Text | None = told("The audience; null for a change of fields.", "vip")
    at: Time = told("When it happened.")


class Became(Answer):
    """What became of a person."""

    outcome: Outcome | None = told(
        "`added`, `changed`, `removed` of the last audience, `skipped`, `refused`, or `kept_out` for want of a consent. "
        "Null for a dry run.",
        "changed",
    )
    resubscribed: bool = told("Whether the person had left the list and is back.", False)
    code: str | int | None = told("A code of Campaign Monitor, or of ours; null for none.", None)
    message: Text | None = told(
        "Why, with the remedy; also what could not be sent of somebody who was. Null for nothing.", None
    )
    sent: Values | None = told(
        "What was sent; null for nothing, and for a field what was cleared.",
        {"name": "Jane", "[LyticsAudiences]": ["VIP"]},
    )
    left_out: Count = told("How many fields of it were too large to be kept here.", 0)


class LedgerEntry(Became):
    """What became of a person, and when."""

    at: Time = told("When it was decided.")
    email: Text = told("Whom it is about.", "jane@example.com")
    outcome: Outcome = told(
        "`added`, `changed`, `removed` of the last audience, `skipped`, `refused`, or `kept_out` for want of a "
        "consent.",
        "changed",
    )
    trigger: ExportTrigger = told(
        "Why the person was sent: the `audience` told so, `existing_users` were read, the export's `start` or change, "
        "its daily `upkeep`, a `retry` or a `try`.",
        "audience",
    )
    cause: Cause | None = told("What Lytics had told last of the person; null for nothing.")


class HourOfExport(Answer):
    """What an export did in an hour of UTC, for a trigger."""

    id: Text = told("Its id.", "496571-audience")
    trigger: ExportTrigger = told("Why people were sent.", "audience")
    began_at: Time = told("When the first of it was done.")
    ended_at: Time = told("When the last of it was done.", "2026-11-23T10:00:12.000Z")
    seconds: Count = told("How long that is.", 12)
    calls: Count = told("Calls to Campaign Monitor.", 4)
    people: Count = told("Outcomes of people, all that follow here.", 210)
    added: Count = told("Added to the list.", 12)
    changed: Count = told("Changed on the list.", 186)
    removed: Count = told("Cleared of all audiences; they stay on the list.", 2)
    skipped: Count = told("Left as they are.", 9)
    refused: Count = told("Refused by Campaign Monitor, or unusable.", 1)
    kept_out: Count = told("Not added for want of a consent.", 0)
    waited: Count = told("How often somebody had to be put off.", 0)
    result: Literal["succeeded", "partial", "failed"] = told(
        "`partial` if not everybody could be sent, `failed` if nobody had an outcome.", "partial"
    )
    reason: Text | None = told("Why not all could be done; else null.", None)


class ListedExport(Export):
    """An export in a list of all."""

    activity: list[HourOfExport] = told(
        "What it did last, newest first; absent unless it is asked for.", absent=True
    )


class Tried(Became):
    """What sending one person did, or would do."""

    email: Text = told("Whom it is about.", "jane@example.com")
    done: bool = told("Whether the person was sent; a dry run sends nobody.", True)
    would: Would | None = told("What would become of the person, of a dry run; else null.", None)
    before: Values | None = told(
        "What the list had before; null for nobody.",
        {"state": "active", "name": "J.", "[LyticsAudiences]": []},
    )
    after: Values | None = told(
        "What it has now, or would have; null for nobody.",
        {"state": "active", "name": "Jane", "[LyticsAudiences]": ["VIP"]},
    )


class Audience(Answer):
    """An audience of Lytics."""

    id: Text = told("Its id at Lytics.", "8a6e9c4f2c")
    slug: Text = told("Its name as programs write it; what exports name.", "vip")
    name: str = told("Its name.", "VIP")
    size: Count | None = told("How many people are in it; null where Lytics does not tell.", 12_000)


class LyticsField(Answer):
    """A field of people at Lytics."""

    name: Text = told("Its name; what exports name.", "city")
    type: str = told("Its type at Lytics.", "string")
    description: str = told("Its description at Lytics.", "City")
