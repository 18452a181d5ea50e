"""An export's job as it is stored: what an admin chose, what set-up found, how it goes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

from export_app.people.consent import ConsentFields, ForNew

type Json = dict[str, Any]

IDLE = ("stopped", "failed")
"""Statuses in which an export does nothing."""


@dataclass(frozen=True, slots=True)
class ExportJob:
    """An export's job; `exports.py` has what an admin can choose. Times are epoch ms.

    `plan` is the list's schema as set-up stored it (JSON), `plan_of` the revision that it was made for.
    `unheard` has, by slug, until when nobody told us of an audience; `lost` how often a field or an option
    has lost its values. `behind` says that people have to be sent again, `failed_for` for which
    authorization's end the export failed. `client_id` is whose list it is, where consents are written.
    `waiting_...` say since when, until when and why it waits for Campaign Monitor (see `sending.waits`).
    """

    id: str
    status: str
    authorization_id: str
    list_id: str
    created_at: int
    audiences: Sequence[Json]
    email_field: str
    name_field: str
    field_mappings: Mapping[str, str]
    existing_users: bool
    resubscribe_users: bool
    queue_autoresponders: bool
    dry_run: bool = False
    consent_field: str | None = None
    consent_for_new: ForNew = "unchanged"
    sms_field: str | None = None
    sms_consent_field: str | None = None
    client_id: str | None = None
    client_name: str | None = None
    revision: str | None = None
    plan: str | None = None
    plan_of: str | None = None
    unheard: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)
    behind: bool = False
    failed_for: str | None = None
    confirmed_opt_in: bool = False
    time_zone: str | None = None
    options_read_at: int = 0
    unbraked_until: int = 0
    waiting_since: int | None = None
    waiting_until: int | None = None
    waiting_reason: str | None = None
    repairs: Sequence[str] = ()
    troubles: Sequence[str] = ()
    added: int = 0
    removed: int = 0

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """The job that an item tells of."""
        given = {name: stored[name] for name in NAMES if stored.get(name) is not None}
        return cls(**given)

    @property
    def consent_fields(self) -> ConsentFields:
        """What consents and the mobile number are read from."""
        return ConsentFields(self.consent_field, self.consent_for_new, self.sms_field, self.sms_consent_field)

    @property
    def asks_about_people(self) -> bool:
        """Whether Campaign Monitor may have to be asked about people before they are sent."""
        return bool(self.consent_field or self.sms_consent_field or self.consent_for_new != "unchanged")

    @property
    def fields(self) -> list[str]:
        """The Lytics fields that people are read with, each once."""
        return list(dict.fromkeys([self.name_field, *self.field_mappings, *self.consent_fields.names]))

    @property
    def population(self) -> int:
        """How many people are on the list from this export."""
        return max(0, self.added - self.removed)

    @property
    def is_sending(self) -> bool:
        """Whether changes are sent, not only stored."""
        return self.status == "running" and not self.dry_run

    @property
    def is_listening(self) -> bool:
        """Whether changes are stored: those of a dry run that is over are not, for nobody would send them."""
        return not (self.dry_run and self.status in IDLE)

    def sends_like(self, other: ExportJob) -> bool:
        """Whether people are sent, and the same of them, as by the job as it was or is."""
        mine, theirs = ((one.is_sending, *map(one.__getattribute__, SENT_BY)) for one in (self, other))
        return mine == theirs


SENT_BY = (
    "plan",
    "name_field",
    "unheard",
    "lost",
    "consent_field",
    "consent_for_new",
    "sms_field",
    "sms_consent_field",
)
"""What decides, what is sent of people."""
NAMES = [one.name for one in fields(ExportJob)]
