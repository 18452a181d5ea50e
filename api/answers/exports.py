"""Answers about exports: jobs, failures, plans, and what Lytics offers to choose from."""

from typing import Literal

from api.answers.accounts import ID, LIST_ID
from api.members import Answer, Count, Text, Time, same, told
from export_app.exports import NewExport
from export_app.people.consent import ForNew

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
    list_id: Text = told(
        "The list to which people are sent. Note: duplicate users across lists in Campaign Monitor result in a bill "
        "per user per list.",
        LIST_ID,
    )
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
    audience_webhook_url: Text = told(
        "The URL to which Lytics shall post triggers of these audiences. Who knows it can post: keep it secret.",
        "https://example.com/prod/webhooks/lytics/pJ3vQ8",
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
    message: Text = told("What is wrong, with the remedy.", "the address is on the suppression list")
    at: Time = told("When it came up.")
    source: Text = told("Where it came from; absent for people.", "trigger", absent=True)


class Planned(Answer):
    """What would become of a person."""

    email: Text = told("Whom it is about.", "jane@example.com")
    would: Would = told(
        "`add` to the list, `change`, `keep` as it is, `resubscribe` who had left, or `refuse`.", "add"
    )


class Audience(Answer):
    """An audience of Lytics."""

    id: Text = told("Its id at Lytics.", "8a6e9c4f2c")
    slug: Text = told("Its name as programs write it; what exports name.", "vip")
    name: str = told("Its name.", "VIP")


class LyticsField(Answer):
    """A field of people at Lytics."""

    name: Text = told("Its name; what exports name.", "city")
    type: str = told("Its type at Lytics.", "string")
    description: str = told("Its description at Lytics.", "City")
