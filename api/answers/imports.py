"""Answers about imports: jobs, their runs, and what could not be used."""

from typing import Literal

from api.answers.accounts import CLIENT_ID, ID, LIST_ID
from api.members import Answer, Count, Ref, Text, Time, same, told
from import_app.jobs import Day
from import_app.views import STAGES
from lytics_cm.store.policies import TrackingConsent
from lytics_cm.store.run import Trigger

Stage = Literal[STAGES]  # type: ignore[valid-type]
RunStatus = Literal["running", "succeeded", "failed"]


class Estimate(Answer):
    """About what a first run would take. It goes by what is there now, and by some of the campaigns."""

    people: Count | None = told(
        "How many active people are on the lists; null where Campaign Monitor did not tell in time.", 5000
    )
    campaigns: Count = told("How many campaigns the client has sent.", 48)
    calls: Count = told("About how many calls to Campaign Monitor it takes.", 310)
    seconds: Count = told("About how long that is, if nothing else calls for the account.", 120)


class Policy(Answer):
    """What is allowed of a client's data."""

    tracking_consent: TrackingConsent = told(
        "Whose opens and clicks may be kept: `ignore` everybody's, `respect` not those of who said No, `strict` only "
        "those of who said Yes.",
        "respect",
    )
    keep_last_open_day: bool = told(
        "Whether of people whose opens may not be kept the day of the last one is.", False
    )
    keep_rows_days: int | None = told(
        "Activity that is older, in days, is forgotten; null keeps it for good.", 730, ge=1
    )
    drop_columns: list[Text] = told(
        "Columns of rows that are not stored. `custom.<name>` is a custom field, `custom.*` all of them. A list "
        "replaces the default; `[]` drops nothing.",
        ["ip", "signup_ip"],
    )
    hash_columns: list[Text] = told(
        "Columns of which a keyed hash is stored; what is dropped too is dropped.", ["mobile"]
    )


class Progress(Answer):
    """How many of something are done."""

    done: Count = told("How many are done.", 40)
    total: Count = told("How many are known of; a run learns of more while it goes on.", 120)


class StreamRows(Answer):
    """Rows by stream."""

    cm_user: Count = told("Rows that say how somebody is on a list.", 1200)
    cm_activity: Count = told("Rows that say what somebody did.", 54_321)


class Waiting(Answer):
    """Why a run, or an export, waits for Campaign Monitor."""

    reason: Text = told("What Campaign Monitor said, or what is the matter.", "Campaign Monitor answers 503")
    since: Time = told("Since when.")
    next_try_at: Time = told("When it is tried again.", "2026-11-23T10:02:00.000Z")


class Run(Answer):
    """One reading of a client."""

    id: Text = told("Its id.", "2026-11-23T10-00-00-000-4f2c9a1b")
    status: RunStatus = told("What it is.", "running")
    started_at: Time = told("When it began.")
    finished_at: Time | None = told("When it ended; null until then.", None)
    progress: float = told(
        "The share that is done, 0 to 1. It never falls. Until it is known how much there is to do, it is 0.1 at most.",
        0.34,
        ge=0,
        le=1,
    )
    seconds_left: Count | None = told(
        "How long it still takes at the pace so far, without waiting; null while nothing can be said.", 95
    )
    waiting: Waiting | None = told("Why it waits for Campaign Monitor; null if it does not.", None)
    pages: Progress = told("Pages of reports and lists.")
    rows: StreamRows = told("Rows that were read and taken.")
    rejected: Count = told("Records that could not be used; see the failures.", 2)
    withheld: Count = told("Rows that were refused for consent or age.", 17)
    failed_pages: Count = told("Pages that could not be read, though tried for two days.", 0)
    calls: Count = told("Calls to Campaign Monitor that were of use; tries in vain are not counted.", 61)
    stages: dict[Stage, Progress] = told(
        "The pages by what they are of; what there is nothing of is absent.",
        {"subscribers": {"done": 2, "total": 2}, "opens": {"done": 38, "total": 118}},
    )


class ImportWebhook(Answer):
    """The webhook of one list at Campaign Monitor."""

    list_id: Text = told("The list.", LIST_ID)
    list: Ref = told("The list, by name.")
    webhook_id: Text | None = told("Its id at Campaign Monitor.", "ee1b3864e5ca61618q98su98qsu9q2a4")
    active: bool = told("Whether Campaign Monitor says that it calls it.", True)
    registered_at: Time | None = told("When it was made.")
    checked_at: Time | None = told("When a run looked at it last.")
    last_delivery_at: Time | None = told("When it was called last; null for never.", None)


class Import(Answer):
    """An import: Campaign Monitor to Lytics' streams."""

    id: Text = told("Its id.", "import_7d1e0c52")
    status: Literal["running", "scheduled", "completed", "stopped", "failed"] = told(
        "`running` while a run goes on, `scheduled` between two, `completed` after the only one, `stopped` by "
        "somebody, `failed` when only a person can mend it.",
        "running",
    )
    message: Text = told(
        "What failed, with the remedy; absent if nothing did.", "connect the account again", absent=True
    )
    authorization_id: Text = told("The account to import from: the id of an authorization.", ID)
    authorization: Ref = told("The account, by name.", {"id": ID, "name": "Main account"})
    client_id: Text = told("The client to import from.", CLIENT_ID)
    client: Ref = told("The client, by name.", {"id": CLIENT_ID, "name": "Example Books"})
    list_ids: list[Text] = told(
        "The lists to import. Only their people, campaigns and activity are; empty is all lists of the client.",
        [LIST_ID],
    )
    lists: list[Ref] = told("The lists that are imported, by name: those that the latest run found.")
    keep_updated: bool = told(
        "Whether the import runs again and again, and its webhooks tell of changes at once.", True
    )
    every_minutes: int = told("How often it runs, in minutes.", 60, ge=1, le=10_080)
    description: Text | None = told("A name for people; null for none.", "Newsletter readers")
    tracking_consent: TrackingConsent = same(Policy, "tracking_consent")
    keep_last_open_day: bool = same(Policy, "keep_last_open_day")
    rows_since: Day | None = told(
        "Activity before this day, in the client's time zone, is not read; null reads all.", "2026-01-01"
    )
    keep_rows_days: int | None = same(Policy, "keep_rows_days")
    drop_columns: list[Text] = same(Policy, "drop_columns")
    hash_columns: list[Text] = same(Policy, "hash_columns")
    in_force: Policy = told("What holds for the client now: the strictest of what all its imports say.")
    webhooks: list[ImportWebhook] = told("The webhooks at Campaign Monitor, one a list.")
    created_at: Time = told("When the import was made.")
    next_run_at: Time | None = told(
        "When the schedule starts a run; null if none is due.", "2026-11-23T11:00:00.000Z"
    )
    run: Run | None = told("The latest run; null before the first one.")


class PastRun(Answer):
    """A run of an import, in its history."""

    id: Text = told("Its id.", "2026-11-23T10-00-00-000-4f2c9a1b")
    trigger: Trigger | None = told(
        "Why it began: a `person` asked, the `schedule` did, as a `catch-up` after a time that was missed or a run that "
        "failed, or its account was `reconnected`. Null if it began before this was kept.",
        "schedule",
    )
    began_at: Time = told("When it began.")
    ended_at: Time | None = told("When it ended; null until then.", "2026-11-23T10:03:20.000Z")
    seconds: Count | None = told("How long it took; null until it has ended.", 200)
    status: RunStatus = told("What it is.", "succeeded")
    reason: Text | None = told("Why it failed or was given up; null if it did not.", None)
    calls: Count = told("Calls to Campaign Monitor that were of use; tries in vain are not counted.", 61)
    pages: Progress = told("Pages of reports and lists.")
    rows: StreamRows = told("Rows that were read and taken.")
    new_rows: Count | None = told(
        "Rows that told what was not known: a new person or fact, a changed person. Null if nobody counted them yet.",
        31,
    )
    changed_profiles: Count | None = told(
        "Of about how many people it told something new; some 2 % too many or too few of large numbers. Null until it "
        "has ended, and if it began before this was kept.",
        12,
    )
    rejected: Count = told("Records that could not be used.", 0)
    withheld: Count = told("Rows that were refused for consent or age.", 17)
    waited_seconds: Count = told("How long Campaign Monitor did not answer.", 0)


class ListedImport(Import):
    """An import in a list of all."""

    runs: list[PastRun] = told("Its last runs, newest first; absent unless they are asked for.", absent=True)


class ImportFailure(Answer):
    """A record that could not be used."""

    email: str | None = told("Whom it is about, as Campaign Monitor told; null if it names nobody.", "jane@")
    code: str | int | None = told("A code of Campaign Monitor, or of ours; null for none.", None)
    message: Text = told("What is wrong with it, or what became of it.", "the address is not one")
    remedy: Text = told(
        "What to do about it.", "correct the record where it comes from; it is then read, or told, again"
    )
    at: Time = told("When it came up.")
    source: Text = told("Where it came from: a page of a report, a webhook, a run.", "opens/1", absent=True)
