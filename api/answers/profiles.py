"""Answers about people: profiles, rows, consents, exports, erasures, blocks."""

from typing import Annotated, Any, Literal

from pydantic import Field

from api.answers.accounts import CLIENT_ID, LIST_ID
from api.answers.exports import LedgerEntry
from api.members import Answer, Count, Cursor, Text, Time, told
from lytics_cm.store.policies import TrackingConsent

EMAIL = "jane@example.com"

type Stream = Annotated[
    Literal["cm_user", "cm_activity"],
    Field(
        description="`cm_user` says how somebody is on a list, `cm_activity` what somebody did.",
        examples=["cm_activity"],
    ),
]
type Value = Annotated[
    str | int | float | list[str] | dict[str, str | int | float],
    Field(
        description="By the field's type: a text, a number, a time, a sorted array of texts, or an object.",
        examples=["Jane"],
    ),
]
type Fields = Annotated[
    dict[str, Value],
    Field(
        description="Fields by name, as the mapping makes them; one without a value is absent.",
        examples=[{"email": EMAIL, "cm_name": "Jane", "cm_openct": 3, "cm_listids": [LIST_ID]}],
    ),
]
type RowFields = Annotated[
    dict[str, Any],
    Field(
        description="The columns of a row, by name.",
        examples=[{"email": EMAIL, "event": "open", "list_id": LIST_ID, "campaign_name": "Spring"}],
    ),
]
type Decision = Literal["yes", "no", "unknown"]


class Profile(Answer):
    """A person's profile."""

    email: Text = told("The address, as rows have it.", EMAIL)
    fields: Fields = told("What is known of the person, by field.")
    rows: Count = told("How many rows made it.", 14)
    updated_at: Time = told("When it changed last.")


class Person(Answer):
    """A person in a list of people."""

    email: Text = told("The address.", EMAIL)
    name: Text | None = told("The field `cm_name`; null without one.", "Jane")
    rows: Count = told("How many rows made the profile.", 14)
    updated_at: Time = told("When the profile changed last.")


class Row(Answer):
    """A row of a stream."""

    stream: Stream = told("The stream that it is of.")
    ts: Time = told("When it happened.")
    fields: RowFields = told("Its columns.")


class Contribution(Row):
    """A row, and what it alone would make of a field."""

    contribution: Any = told("What it alone would make of the field.", "Jane")


class MadeBy(Answer):
    """A column of the mapping that makes a field."""

    stream: Stream = told("The stream that it reads.")
    expression: Text = told("What it computes of a row.", 'max(epochms()) IF eq(event, "open")')
    condition: Text | None = told("Of which rows; null for all.", 'eq(event, "open")')


class Element(Answer):
    """An element of a set, or a key of a map."""

    rows: Count = told("How many rows tell of it.", 2)
    newest: Time = told("When the newest of them happened.")


class Explained(Answer):
    """A field of a profile, and how it came about."""

    value: Value = told("What the profile says.", "Jane")
    made_by: list[MadeBy] = told("The columns of the mapping that make it.")
    rows: Count = told("How many of the rows that were read tell of it.", 2)
    newest: list[Contribution] = told("The newest of them.")
    decided_by: Contribution = told(
        "The row that decided its value; absent where several do, or none that was read.", absent=True
    )
    elements: dict[str, Element] = told(
        "Elements of a set or map, those that rows told of last; absent of other fields.",
        {LIST_ID: {"rows": 2, "newest": "2026-11-23T10:00:00.000Z"}},
        absent=True,
    )


class OpensAndClicks(Answer):
    """Whether a person's opens and clicks may be known."""

    allowed: bool = told("Whether they may be known at all.", True)
    since: Time | None = told(
        "From when on they may; null if none is withheld, or all are.",
        None,
        alias="from",
    )


class Observed(Answer):
    """A change of a consent, and who told it."""

    at: Time = told("When it was asked or written.")
    value: Decision = told("What the consent was from then on.", "yes")
    source: str = told("Who told it.", "list")


class ClientConsent(Answer):
    """A person's consent to be tracked by one client."""

    client_id: str = told("The client; empty for rows that name none.", CLIENT_ID)
    consent_to_track: Decision = told("What holds.", "yes")
    tracking_consent: TrackingConsent = told("What the client's imports ask for.", "respect")
    opens_and_clicks: OpensAndClicks = told("What follows from both.")
    observations: list[Observed] = told("Where the value changed, the oldest first.")


class ProfileConsent(Answer):
    """A person's consents to be tracked."""

    email: Text = told("The address.", EMAIL)
    clients: list[ClientConsent] = told("What is known, by client.")


class Explanation(Answer):
    """Why a profile says what it says."""

    email: Text = told("The address.", EMAIL)
    fields: dict[str, Explained] = told("Every field, and how it came about.")
    rows: Count = told("How many rows made the profile.", 14)
    read: Count = told("How many of them this answer read.", 14)
    consents: list[ClientConsent] = told("What is known of consents, by client.")
    cursor: Cursor | None = told("Where older rows follow; null if there are none.", None)


class ExportRef(Answer):
    """An export in which a person is."""

    id: Text = told("Its id.", "export_0b9d77aa")
    description: Text | None = told("Its name; null without one, or if it is gone.", "VIPs to the newsletter")
    list_id: Text | None = told("The list; null if the export is gone.", LIST_ID)
    dry_run: bool | None = told("Whether it writes nothing; null if it is gone.", False)


class Stay(Answer):
    """A person in an audience."""

    slug: Text = told("The audience.", "vip")
    entered_at: Time | None = told("When Lytics told last that the person entered; null for never.")
    seen_at: Time | None = told("When the person was read in it last; null for never.", None)
    left_at: Time | None = told("When Lytics told last that the person left; null for never.", None)


class NamedStay(Stay):
    """A person in an audience, and whether still."""

    name: Text | None = told("The audience's name; null while it is not known.", "VIP")
    inside: bool = told("Whether the person is in it.", True)


class WrittenConsent(Answer):
    """A consent in an export."""

    written: str | None = told("What we wrote last; null for nothing.", "Yes")
    written_at: Time | None = told("When we did.")
    found: str | None = told("What Campaign Monitor had when we looked; null if we did not.", None)
    found_at: Time | None = told("When we looked.", None)
    left_alone: bool = told("Whether a No of somebody else was left as it is.", False)


class FailureOfPerson(Answer):
    """Why a person could not be sent."""

    code: str | int | None = told("A code of Campaign Monitor, or of ours.", 204, absent=True)
    message: Text = told("What is wrong, with the remedy.", "the address is on the suppression list")
    at: Time = told("When it came up.")


class MemberOf(Answer):
    """A person in one export."""

    export: ExportRef = told("The export.")
    sent: dict[str, Any] | None = told(
        "What the list has from us, by field; null for nothing.",
        {"name": "Jane", "fields": {"Lytics Audiences": ["VIP"]}},
    )
    sent_at: Time | None = told("Since when the list has it; null for nothing.")
    tried: dict[str, Any] | None = told(
        "What it may have besides, from calls without an answer; null for nothing.", None
    )
    outcome: str | None = told(
        "What became of the person: `sent`, `skipped`, `failed`, `kept out` or null. Of a dry run a word of its plan, "
        "or `refuse as new`.",
        "sent",
    )
    waiting: bool = told("Whether the list does not have everything yet.", False)
    failure: FailureOfPerson | None = told("Why the person could not be sent; else null.", None)
    consents: dict[str, WrittenConsent] = told("What was written of consents, by kind.", {})


class ProfileExport(MemberOf):
    """A person in one export, with the audiences by name."""

    audiences: list[NamedStay] = told("The audiences that the export knows the person of.")


class Membership(MemberOf):
    """All that an export keeps of a person."""

    audiences: list[Stay] = told("The audiences that the export knows the person of.")
    fields: dict[str, Any] = told("What Lytics told of the person, by field.", {"city": "Ulm"})
    fields_at: Time | None = told("When it told so.")
    ledger: list[LedgerEntry] = told("What became of the person in 90 days, newest first.")


class KeptFailure(Answer):
    """A failure that names a person."""

    job: Text = told("The import or export.", "import_7d1e0c52")
    code: str | int | None = told("A code of Campaign Monitor, or of ours; null for none.", None)
    message: Text = told("What is wrong.", "the address is not one")
    at: Time = told("When it came up.")
    source: Text = told("Where it came from.", "opens/1", absent=True)


class Everything(Answer):
    """Everything that is kept of a person."""

    email: Text = told("The address.", EMAIL)
    profile: Profile | None = told("The profile; null if there is none.")
    rows: list[Row] = told("The rows of this page, newest first.")
    rows_left: Count = told("How many follow on later pages.", 0)
    cursor: Cursor | None = told("Where more rows follow; null after the last one.", None)
    consents: list[ClientConsent] = told("What is known of consents, by client.")
    memberships: list[Membership] = told("What exports keep of the person.")
    failures: list[KeptFailure] = told("Failures of jobs that name the person.")
    erased_at: Time | None = told("When the person was erased last; null for never.", None)
    blocked: bool = told("Whether the person never comes back.", False)


class Removed(Answer):
    """How much an erasure removed."""

    profiles: Count = told("Profiles: one or none.", 1)
    rows: Count = told("Rows.", 14)
    memberships: Count = told("What exports kept.", 2)
    failures: Count = told("Failures of jobs that named the person.", 0)
    ledger: Count = told("Entries of exports' ledgers.", 5)


class Remainder(Answer):
    """Something that an erasure leaves, and until when."""

    what: Text = told("What it is.", "backups of the tables (point-in-time recovery)")
    until: Time | None = told(
        "Until when; null for good, and for what stays until something happens.", "2026-12-28T10:00:00.000Z"
    )
    for_good: bool = told(
        "Whether it stays for good. If not, and `until` is null, `what` says what ends it.", False
    )


class Receipt(Answer):
    """What an erasure did."""

    removed: Removed = told("How much was removed.")
    remains: list[Remainder] = told("What remains, and until when.")
    blocked: bool = told("Whether the person never comes back.", True)


class Block(Answer):
    """A person who never comes back."""

    email: Text = told("The address.", EMAIL)
    blocked_at: Time = told("Since when.")
