"""Which columns of rows an import may drop, or keep as a keyed hash: what names no row and no place."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from lytics_cm.web import Word

CUSTOM = "custom."
"""What the columns of custom fields begin with; `custom.*` stands for all of them."""
MOST_COLUMNS = 100

NEEDED = {
    "email": "it says who the row is about",
    "event": "it says what happened",
    "status": "it says which state was told",
    "list_id": "it says where",
    "client_id": "it says where",
    "campaign_id": "it says where",
    "journey_id": "it says where",
    "message_id": "it says where",
    "url": "it says which click it was",
    "consent_to_track": "it says what may be kept",
}
"""Columns by which rows are told apart and placed, and why each must stay."""

FREE = (
    "bounce_type",
    "campaign_name",
    "cc",
    "city",
    "client_name",
    "consent_to_sms",
    "country",
    "ip",
    "journey_name",
    "latitude",
    "list_joined",
    "list_name",
    "longitude",
    "mobile",
    "name",
    "old_email",
    "reads_email_with",
    "reason",
    "region",
    "signup_ip",
    "source",
    "test",
)
"""All other columns that rows of an import have, beside custom fields."""


def _column(name: str) -> str:
    """The column as rows have it: a custom field's key may be told with its brackets."""
    if name in NEEDED:
        raise ValueError(f"{name} can be neither dropped nor hashed: {NEEDED[name]}")
    if name in FREE:
        return name
    key = name.removeprefix(CUSTOM).strip("[]") if name.startswith(CUSTOM) else ""
    if not key:
        known = ", ".join(FREE)
        raise ValueError(f"{name} is no column of a row; there are {known}, custom.* and custom.<name>")
    return f"{CUSTOM}{key}"


def _once(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


type Column = Annotated[Word, AfterValidator(_column)]
type Columns = Annotated[list[Column], Field(max_length=MOST_COLUMNS), AfterValidator(_once)]
