"""Whether Lytics knows the audiences and fields that an export names. Asks it, if it can be asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from lytics_cm.errors import LyticsCmError

if TYPE_CHECKING:
    from lytics_cm.lytics import Lytics

type Json = dict[str, Any]

MOST_NAMED = 10
"""Known names that are shown beside an unknown one, the nearest first."""
MOST_DETAILS = 20


def unknown_names(wanted: Mapping[str, Any], before: Mapping[str, Any], lytics: Lytics | None) -> list[Json]:
    """What of a new configuration Lytics does not have, as details of a refusal. Two calls.

    Nothing is unknown when Lytics has no answer. What was taken once stays: Lytics may have lost it since.
    """
    if lytics is None:
        return []
    details = []
    audiences, fields = list(_slugs(wanted, before)), list(_fields(wanted, before))
    if audiences and (found := _asked(lytics.audiences)):
        known = [one.slug for one in found]
        details += _missing(audiences, known, {one.id for one in found}, "audience", "GET /audiences")
    if fields and (named := _asked(lytics.fields)):
        details += _missing(fields, [one.name for one in named], set(), "field", "GET /lytics/fields")
    return details[:MOST_DETAILS]


def _asked[T](call: Callable[[], list[T]]) -> list[T]:
    try:
        return call()
    except LyticsCmError:
        return []


def _slugs(wanted: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = {one["slug"] for one in before.get("audiences", ())}
    for number, one in enumerate(wanted.get("audiences", ())):
        if one["slug"] not in known:
            yield f"audiences.{number}.slug", one["slug"]


def _fields(wanted: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("email_field", "name_field", "consent_field", "sms_field", "sms_consent_field"):
        if wanted.get(name):
            yield name, wanted[name]
    for name in wanted.get("field_mappings", {}):
        if name not in before.get("field_mappings", {}):
            yield f"field_mappings.{name}", name


def _missing(
    named: Iterable[tuple[str, str]], known: list[str], also: Collection[str], kind: str, route: str
) -> list[Json]:
    """A detail for each name that is not known, with the known ones nearest to it."""
    there = {*known, *also}
    unknown = [(path, name) for path, name in named if name not in there][:MOST_DETAILS]
    return [{"field": path, "message": _message(name, known, kind, route)} for path, name in unknown]


def _message(name: str, known: list[str], kind: str, route: str) -> str:
    near = get_close_matches(name, known, MOST_NAMED)
    shown = list(dict.fromkeys([*near, *known]))[:MOST_NAMED]
    return f"Lytics has no {kind} {name!r}; it has {len(known):,}: {', '.join(shown)} ({route})"
