"""What docs/reference/contract.md allows to be seen beyond shapes, which the API's description has (`described.py`)."""

import math
import re
from datetime import UTC, datetime, timedelta

from profile_app.lql import Mapping
from tests.aws.described import operations

TAKES = {
    route: names
    for route, operation in operations().items()
    if operation["security"] != []
    and (names := [one["name"] for one in operation["parameters"] if one["in"] == "query"])
}
"""The query parameters of routes; all others take none."""

TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z", re.ASCII)
EVENTS = {"sent", "open", "click", "subscribe", "deactivate", "update", "bounce", "spam"}


def is_text(value):
    return isinstance(value, str) and bool(value)


def is_time(value):
    """RFC 3339 in UTC with milliseconds, a day that there is."""
    if not isinstance(value, str) or not TIME.fullmatch(value):
        return False
    datetime.fromisoformat(value)
    return True


def allow(what, **rules):
    """Raise unless every rule holds for what is shown."""
    broken = [name for name, holds in rules.items() if not holds]
    assert not broken, f"{', '.join(broken)}: {what}"


def check_run(run):
    """A run in the history of an import: what members mean together."""
    allow(
        run,
        seconds=(run["seconds"] is None) == (run["ended_at"] is None),
        reason=(run["reason"] is None) == (run["status"] != "failed"),
        pages=run["pages"]["done"] <= run["pages"]["total"],
    )


def check_system(told):
    """The answer of `GET /system`: what members mean together."""
    allow(told, healthy=told["healthy"] == (not told["problems"]))
    if hooks := told["webhooks"]:
        states = [one["state"] for one in hooks["lists"]]
        allow(
            hooks, counts=all(hooks[name] == states.count(name) for name in ("alive", "unconfirmed", "dead"))
        )


SENT = ("added", "changed", "removed")
OUTCOMES = (*SENT, "skipped", "refused", "kept_out")


def check_entry(one):
    """An entry of an export's ledger: what members mean together."""
    allow(
        one,
        message=one["outcome"] in SENT or one["message"] is not None,
        sent=one["outcome"] not in SENT or one["sent"] is not None,
    )


def check_plan(one):
    """A line of a plan: what members mean together."""
    allow(
        one,
        before=one["before"] is None or is_text(one["before"]["state"]),
        after=one["after"] is not None or one["would"] == "refuse",
        why=one["why"] is not None or one["would"] != "refuse",
    )


def check_deeds(one):
    """An entry of an export's activity: what members mean together."""
    allow(one, people=one["people"] == sum(one[name] for name in OUTCOMES))


def check_row(row, now):
    at = datetime.fromisoformat(row["ts"])
    allow(
        row,
        email=is_text(row["fields"]["email"]),
        ts=datetime(1970, 1, 1, tzinfo=UTC) <= at <= now + timedelta(days=1),
        event=row["stream"] == "cm_user" or row["fields"]["event"] in EVENTS,
        why=row["fields"].get("event") != "deactivate" or is_text(row["fields"]["status"]),
    )


def check_profile(profile, mapping_texts):
    """Every field is of its kind in the mapping that is in force."""
    kinds = {name: field.kind for name, field in Mapping.parse(mapping_texts).fields.items()}
    allow(profile, **{name: KINDS[kinds[name]](value) for name, value in profile["fields"].items()})


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


KINDS = {
    "string": is_text,
    "date": is_time,
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": _is_number,
    "[]string": lambda value: value and value == sorted(set(value)) and all(map(is_text, value)),
    "map[string]string": lambda value: (
        value and all(is_text(text) for pair in value.items() for text in pair)
    ),
    "map[string]intsum": lambda value: (
        value and all(map(is_text, value)) and all(map(_is_number, value.values()))
    ),
}
