"""The bodies of requests about exports (docs/reference/contract.md#exports)."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field, field_validator

from export_app.people.consent import ForNew
from lytics_cm.web import Body, Description, Id, Word

MOST_AUDIENCES = 500
"""As many as an account of Lytics can have."""
MOST_AUDIENCES_BYTES = 100_000
"""The job and what its set-up notes of it are one item; DynamoDB's own limit is 400 KB."""
MOST_MAPPINGS = 100
MOST_MAPPINGS_BYTES = 20_000


class NewAudience(Body):
    """An audience to export; one without a name has Lytics' own when a token is set."""

    slug: Word
    name: Word | None = None


class ExportChanges(Body):
    """The body of `PATCH /exports/{id}`: what of an export can be changed. What it does not name stays."""

    audiences: list[NewAudience] = Field(default_factory=list, min_length=1, max_length=MOST_AUDIENCES)
    existing_users: bool = False
    resubscribe_users: bool = False
    queue_autoresponders: bool = False
    email_field: Word = "email"
    name_field: Word = "name"
    field_mappings: dict[Word, Word] = Field(default_factory=dict, max_length=MOST_MAPPINGS)
    description: Description | None = None
    consent_field: Word | None = Field(
        default=None,
        description="The Lytics field that tells whether somebody agrees to be tracked: yes or no, true or false,"
        " 1 or 0. Empty leaves the consent at Campaign Monitor as it is; there, that counts as consent of a new"
        " address.",
    )
    consent_for_new: ForNew = Field(
        default="unchanged",
        description="People who are new to the list and have not decided: `unchanged` adds them, which counts as"
        " consent to be tracked at Campaign Monitor; `no` adds them with No; `refuse` does not add them, and lists"
        " them.",
    )
    sms_field: Word | None = Field(
        default=None, description="The Lytics field with the mobile number, with + and country code (E.164)."
    )
    sms_consent_field: Word | None = Field(
        default=None,
        description="The Lytics field that tells whether somebody agrees to short messages; needs sms_field.",
    )
    dry_run: bool = False

    @field_validator("audiences")
    @classmethod
    def _are_different(cls, audiences: list[NewAudience]) -> list[NewAudience]:
        if len({audience.slug for audience in audiences}) < len(audiences):
            raise ValueError("an audience is named twice")
        size = _bytes(text for audience in audiences for text in (audience.slug, audience.name or ""))
        if size > MOST_AUDIENCES_BYTES:
            raise ValueError(
                f"slugs and names have {size} bytes together; {MOST_AUDIENCES_BYTES} are possible"
            )
        return audiences

    @field_validator("field_mappings")
    @classmethod
    def _are_small(cls, mappings: dict[str, str]) -> dict[str, str]:
        size = _bytes(text for pair in mappings.items() for text in pair)
        if size > MOST_MAPPINGS_BYTES:
            raise ValueError(f"the names have {size} bytes together; {MOST_MAPPINGS_BYTES} are possible")
        return mappings


class Attempt(Body):
    """The body of `POST /exports/{id}/try`."""

    email: str = Field(max_length=1000, description="Whom to send: an address that Lytics knows.")


class NewExport(ExportChanges):
    """The body of `POST /exports` (docs/reference/contract.md#exports)."""

    authorization_id: Id
    list_id: Id
    audiences: list[NewAudience] = Field(min_length=1, max_length=MOST_AUDIENCES)


def _bytes(texts: Iterable[str]) -> int:
    return sum(len(text.encode()) for text in texts)
