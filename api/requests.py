"""The shapes of requests: the models by which handlers read bodies, under the names that the description gives them.

What a member means is said where the answer says it; `BESIDE` has members that no answer shows.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

from api.answers.accounts import ID, LIST_ID
from api.answers.mappings import MAPPING
from api.members import told
from auth_app import entry, forms
from auth_app import routes as accounts
from export_app import bodies
from import_app import jobs
from lytics_cm import web
from profile_app import routes as people


class NewAuthorization(accounts.NewAuthorization):
    """An account to connect."""


class NewCustomField(forms.NewField):
    """A custom field to make on a list."""


class NewSession(entry.NewSession):
    """A session to make."""


class SessionCode(entry.Code):
    """A one-time code to exchange."""


class NewImport(jobs.NewImport):
    """An import to start. Members come in the order in which a person decides."""


class ImportChanges(jobs.Changes):
    """What of an import shall change. What it does not name stays."""


class NewExport(bodies.NewExport):
    """An export to start. Members come in the order in which a person decides."""


class ExportChanges(bodies.ExportChanges):
    """What of an export shall change. What it does not name stays."""


class PersonToTry(bodies.Attempt):
    """Whom to send."""


class NewMapping(people.NewMapping):
    """A mapping to follow; it may be the answer of a `GET`."""


class MappingAttempt(people.Attempt):
    """A mapping to check, and whose profile to make with it."""


class HowToErase(people.HowToErase):
    """Whether the person shall never come back."""


class Loose(BaseModel):
    """What a vendor posts: members beside these are no mistake."""

    model_config = ConfigDict(extra="allow")


class Delivery(Loose):
    """What Campaign Monitor posts of a list: its events, as its own reference describes them."""

    ListID: str = told("The list.", LIST_ID)
    Events: list[dict[str, Any]] = told(
        "What happened: `Subscribe`, `Update` or `Deactivate`, with the person.",
        [
            {
                "Type": "Subscribe",
                "Date": "2026-11-23 10:00:00",
                "EmailAddress": "jane@example.com",
                "Name": "Jane",
                "CustomFields": [],
            }
        ],
    )


class AudienceTrigger(Loose):
    """What Lytics posts of a person who entered or left an audience."""

    data: dict[str, Any] = told(
        "The person's fields, and `segment_events`: which audiences the person entered and left, and when.",
        {
            "email": "jane@example.com",
            "name": "Jane",
            "segment_events": [
                {"id": "8a6e9c4f2c", "slug": "vip", "event": "enter", "enter": "2026-11-23T10:00:00.000Z"}
            ],
        },
    )


BESIDE: dict[str, tuple[str, Any]] = {
    "NewAuthorization.reconnect": (
        "The id of an authorization that this one takes the place of: its jobs go on with the new consent.",
        ID,
    ),
    "NewCustomField.data_type": ("Its type at Campaign Monitor.", "Text"),
    "NewSession.hours": ("For how many hours; `0.25` is a quarter of an hour.", 8),
    "NewSession.code": ("Whether to answer with a one-time code in place of the token.", True),
    "NewSession.code_hours": (
        "For how many hours the code is good, such as an invitation's; without it for 60 seconds. Needs `code`.",
        48,
    ),
    "SessionCode.code": ("The code, as it was answered.", "3f9a6c2e51d84b07.x9Qb"),
    "NewMapping.mapping": ("The mapping, in Lytics' notation; at most 100 KB.", MAPPING),
    "MappingAttempt.mapping": (
        "The mapping to check, in Lytics' notation. Blanks count: mistakes are told by line and column.",
        MAPPING,
    ),
    "MappingAttempt.email": (
        "Whose profile to show before and after; nobody's without it.",
        "jane@example.com",
    ),
    "HowToErase.block": ("Whether the person shall never come back.", True),
    "NewAudience.slug": ("Its name or id at Lytics; see `GET /audiences`.", "vip"),
    "NewAudience.name": ("What its segment is called; Lytics' own name for it, unless told.", "VIP"),
}
"""Members of requests that no answer shows: what they mean, and an example."""

ID_PATTERN = f"^{web.ID.pattern}$"
NAMES: dict[str, dict[str, Any]] = {
    "Id": {
        "description": "An id: letters, digits, dots, hyphens and underscores.",
        "pattern": ID_PATTERN,
        "maxLength": web.MAX_ID_CHARS,
        "examples": ["4f2c9a1b"],
    },
    "Word": {
        "description": "One line of text without control characters.",
        "examples": ["text"],
    },
    "Description": {
        "description": "One line of text for people; an empty one is none.",
        "examples": ["Newsletter readers"],
    },
    "Day": {
        "description": "A day as `YYYY-MM-DD`, from 1970-01-01 to 2999-12-31.",
        "format": "date",
        "examples": ["2026-01-01"],
    },
    "Column": {
        "description": "A column of rows that may be dropped or hashed, `custom.<name>` or `custom.*`.",
        "examples": ["ip"],
    },
    "Columns": {"description": "Columns of rows, each once.", "examples": [["ip", "signup_ip"]]},
    "TrackingConsent": {
        "description": "Whose opens and clicks may be kept: everybody's, not those of who said No, only those of who "
        "said Yes.",
        "examples": ["respect"],
    },
    "ForNew": {
        "description": "What becomes of people who are new to a list and have not decided on being tracked.",
        "examples": ["unchanged"],
    },
    "Trigger": {"description": "Why a run began.", "examples": ["schedule"]},
    "Role": {
        "description": "A `viewer` reads, an `operator` runs jobs as well, an `admin` does everything.",
        "examples": ["operator"],
    },
    "QueueName": {"description": "A queue.", "examples": ["rows"]},
    "ExportTrigger": {"description": "Why people were sent.", "examples": ["audience"]},
    "Outcome": {"description": "What became of a person.", "examples": ["changed"]},
    "Decision": {"description": "A consent: *unknown* is no decision.", "examples": ["yes"]},
    "Would": {"description": "What would become of a person.", "examples": ["add"]},
}
"""What pydantic cannot see of the types that handlers share: our own checks, words, examples."""
