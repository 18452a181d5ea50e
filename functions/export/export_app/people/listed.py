"""How a person on the list is shown, and what the list would have of them after a call. Pure."""

from __future__ import annotations

from collections.abc import Collection

from export_app.people.consent import Say
from export_app.people.desired import Desired, ListSchema, Payload, payload_of
from export_app.people.entries import Values, values_of
from export_app.people.membership import Membership
from lytics_cm.campaign_monitor.fields import field_identity
from lytics_cm.campaign_monitor.records import Subscriber

type Shown = Values
"""What the list has of a person: `state`, `name`, `consent_to_track`, `mobile_number`, and each field by its key."""

ACTIVE, UNCONFIRMED = "active", "unconfirmed"


def shown(person: Subscriber, several: Collection[str] = ()) -> Shown:
    """A person as the list has them; `several` are the keys of fields that take several options."""
    lists = {field_identity(key) for key in several}
    found: Shown = {"state": person.state.lower(), "name": person.name}
    found |= {
        key: [value] if isinstance(value, str) and field_identity(key) in lists else value
        for key, value in person.custom_fields.items()
    }
    more = {"consent_to_track": person.consent_to_track, "mobile_number": person.mobile_number}
    return found | {name: value for name, value in more.items() if value}


def of_fields(there: Shown, keys: Collection[str]) -> Shown:
    """The state, and what is there in fields with these keys, which may be written in another case."""
    wanted = {field_identity(key): key for key in keys}
    found = {
        wanted[field_identity(name)]: value for name, value in there.items() if field_identity(name) in wanted
    }
    return {"state": there["state"], **found}


def would_have(
    there: Shown | None, payload: Payload, several: frozenset[str], *, confirms: bool = False
) -> Shown:
    """What the list has after a payload is written over what is there, if anybody is.

    `confirms` says that the list asks new people to confirm.
    """
    is_unconfirmed = there["state"] == UNCONFIRMED if there else confirms
    written = values_of(payload.entry, several)
    known = {field_identity(name) for name in written}
    kept = {name: value for name, value in (there or {}).items() if field_identity(name) not in known}
    return {
        **kept,
        **{name: value for name, value in written.items() if value is not None},
        "state": UNCONFIRMED if is_unconfirmed else ACTIVE,
    }


def payload_over(
    email: str, desired: Desired, schema: ListSchema, membership: Membership, there: Shown | None, say: Say
) -> Payload:
    """What would be sent of a person; options that are not of this export's audiences stay."""
    options = of_fields(there, [schema.key]).get(schema.key) if there else None
    known = {options} if isinstance(options, str) else set(options or ())
    return payload_of(
        email, desired, schema, membership, frozenset(known - set(schema.options.values())), say
    )


def several_of(desired: Desired, schema: ListSchema) -> frozenset[str]:
    """The keys of fields that take several options."""
    return desired.multiple | {schema.key}
