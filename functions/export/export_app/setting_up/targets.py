"""Which custom fields of a list the Lytics fields of a mapping are, and what has become of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from export_app.people.values import Target
from export_app.setting_up import options
from export_app.setting_up.upkeep import Findings
from lytics_cm.campaign_monitor.fields import field_identity
from lytics_cm.campaign_monitor.records import CustomField
from lytics_cm.errors import InvalidInput

MOST_OFFERED = 20
"""Fields that are told beside one that is gone."""
UNKNOWN = ""
"""The type of a field that has never been seen."""
REMEDY = "map another one (PATCH field_mappings), or make it again at Campaign Monitor"


def targets_of(mappings: Mapping[str, str], fields: Sequence[CustomField]) -> list[Target]:
    """The custom fields that Lytics fields are mapped to. Raises `InvalidInput` listing the list's fields."""
    by_name = {field_identity(field.name): field for field in fields}
    by_name |= {field_identity(field.key): field for field in fields if field_identity(field.key)}
    targets, details = [], []
    taken: dict[str, str] = {}
    for source, name in mappings.items():
        field = by_name.get(field_identity(name))
        path = f"field_mappings.{source}"
        if field is None:
            there = ", ".join(f"{one.name} ({one.data_type})" for one in fields) or "none"
            details.append({"field": path, "message": f"the list has no field {name!r}; it has: {there}"})
        elif field_identity(field.name) == field_identity(options.FIELD):
            details.append({"field": path, "message": f"{field.name!r} is the export's own field"})
        elif field.key in taken:
            details.append(
                {"field": path, "message": f"{field.name!r} is mapped from {taken[field.key]!r} already"}
            )
        else:
            taken[field.key] = source
            targets.append(_target(source, name, field))
    if details:
        raise InvalidInput("a mapping does not fit the list; see details", details)
    return targets


def located(
    mappings: Mapping[str, str], fields: Sequence[CustomField], before: Sequence[Target], findings: Findings
) -> list[Target]:
    """The fields that are mapped; one that is gone stays, marked, so that who is settled stays settled."""
    known = {target.source: target for target in before if target.mapped == mappings.get(target.source)}
    targets: list[Target] = []
    for source, name in mappings.items():
        free = [one for one in fields if one.key not in {target.key for target in targets}]
        was = known.get(source)
        found = _found(source, name, free, was)
        if found is None:
            found = replace(was or Target(source, f"[{name}]", name, UNKNOWN, mapped=name), is_gone=True)
            others = [one for one in free if field_identity(one.name) != field_identity(options.FIELD)]
            there = ", ".join(f"{one.name} ({one.data_type})" for one in others[:MOST_OFFERED]) or "none"
            findings.troubles[source] = f"the list has no field {name!r} any more; {REMEDY}; it has: {there}"
        elif was:
            _compare(was, found, findings)
        targets.append(found)
    return targets


def _found(source: str, name: str, fields: Sequence[CustomField], was: Target | None) -> Target | None:
    try:
        (found,) = targets_of({source: name}, fields)
    except InvalidInput:
        kept = [one for one in fields if was and one.key == was.key]
        return _target(source, name, kept[0]) if kept else None
    return found


def _compare(was: Target, found: Target, findings: Findings) -> None:
    if was.data_type not in (found.data_type, UNKNOWN):
        findings.lost.append(found.key)
        findings.troubles[found.source] = (
            f"the field {found.name!r} was a {was.data_type} and is a {found.data_type} now; values that do not fit"
            f" are left out; {REMEDY}"
        )
    if was.is_gone:
        findings.lost.append(found.key)
        findings.repairs.append(f"the field {found.name!r} is back; its values are sent again")


def _target(source: str, name: str, field: CustomField) -> Target:
    return Target(source, field.key, field.name, field.data_type, field.options, name)
