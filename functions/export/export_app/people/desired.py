"""What the list should have of a person, and what has to be sent so that it does. Pure.

The full set of a person's audiences is sent every time, so that it does not matter whether Campaign Monitor
replaces a multi-option field's selection or adds to it. Only removals differ: what may still be selected and
should not be is cleared option by option in a call before (docs/decisions/0036-full-set-of-options.md). An
empty set is one clear of the whole field.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from export_app.job import ExportJob
from export_app.people.consent import NO_FIELDS, NO_WISH, ConsentFields, Say, Wants, wants_of
from export_app.people.membership import Membership, Observed, Selections
from export_app.people.values import MANY, Target, Unfit, convert, lacks_option, name_of
from lytics_cm.campaign_monitor.records import CustomField
from lytics_cm.campaign_monitor.writes import Entry, FieldValue

type Json = dict[str, Any]

NOTHING = Say()


@dataclass(frozen=True, slots=True)
class ListSchema:
    """What an export writes on its list: the audiences' field and options, and the mapped fields.

    `consent` are the fields that consents and the mobile number are read from. `unheard` has, by slug, until when nobody told us of an audience; `lost` how often a field (by key) or an
    option (by text) has lost what people had of it.
    """

    key: str
    options: Mapping[str, str]
    name_field: str
    targets: tuple[Target, ...] = ()
    unheard: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)
    consent: ConsentFields = field(default_factory=ConsentFields)

    @classmethod
    def of(cls, job: ExportJob) -> Self:
        """The schema that set-up stored in the job."""
        stored = json.loads(job.plan or "{}")
        targets = [Target(**{**one, "options": tuple(one["options"])}) for one in stored["targets"]]
        options = stored["options"]
        return cls(
            stored["key"], options, job.name_field, tuple(targets), job.unheard, job.lost, job.consent_fields
        )

    def counting(self, observed: Observed) -> Observed:
        """What of a person matters to this export."""
        return observed.within(self.options, self.unheard)

    def with_options(self, fields: Iterable[CustomField]) -> tuple[Target, ...]:
        """The mapped fields with the options that they have on the list now."""
        there = {one.key: one.options for one in fields}
        return tuple(replace(one, options=there.get(one.key, one.options)) for one in self.targets)


@dataclass(frozen=True, slots=True)
class Desired:
    """What this export wants the list to have of a person; without audiences, nothing else matters.

    `values` are by key, none for a field to be cleared; `withheld` are those of fields that are gone, `lost`
    counts how often the list has lost any of it; `problems` are what could not be sent, and `code` is ours for
    one of them. `is_unlearned` says that a value names an option that its field did not have when the schema
    was made. `wants` are consents and the mobile number; `is_refused` says that who is new to the list is not
    added. `digest` stands for what is wanted.
    """

    options: tuple[str, ...]
    name: str | None = None
    values: Mapping[str, tuple[str, ...]] | None = None
    multiple: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    withheld: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lost: tuple[tuple[str, int], ...] = ()
    is_unlearned: bool = field(default=False, compare=False)
    wants: Wants = field(default_factory=Wants)
    is_refused: bool = False
    code: str | int | None = None
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        values = {**self.values, **self.withheld} if self.values is not None else None
        more = [{"wants": self.wants.to_json()}] if self.wants != NO_WISH else []
        text = json.dumps([self.options, self.name, values, *self.lost, *more], sort_keys=True)
        object.__setattr__(self, "digest", hashlib.sha256(text.encode()).hexdigest()[:16])

    @property
    def digest_kept_out(self) -> str:
        """Stands for that somebody is not added who is wanted so."""
        return f"{self.digest}/kept out"

    def selections(self, key: str) -> Selections:
        """The options wanted, by multi-option field."""
        return {key: self.options} | {
            name: chosen for name, chosen in (self.values or {}).items() if name in self.multiple
        }


@dataclass(frozen=True, slots=True)
class Payload:
    """What is sent of one person: `entry`, and `clearing` before it when options have to go.

    `say` is what `entry` says of consents. `remains` are the options that `clearing` leaves. `is_clear` says that no audience is left afterwards,
    `is_leaving` that audiences are taken away and none is given.
    """

    email: str
    entry: Entry
    clearing: Entry | None
    remains: Selections
    is_clear: bool
    is_leaving: bool
    say: Say = field(default_factory=Say)


def desired_of(observed: Observed, schema: ListSchema) -> Desired:
    """What should be on the list for what Lytics told us."""
    options = tuple(sorted({schema.options[slug] for slug in schema.counting(observed).audiences}))
    wants, unfit = wants_of(observed.fields, schema.consent) if schema.consent != NO_FIELDS else (NO_WISH, [])
    if not options:
        return Desired((), wants=wants.withdrawn)
    problems = [problem.message for problem in unfit]
    name = _fitting(lambda: name_of(observed.fields.get(schema.name_field)), problems)
    there = [target for target in schema.targets if not target.is_gone]
    values = _values(observed, there, problems)
    withheld = _values(observed, [target for target in schema.targets if target.is_gone], [])
    multiple = frozenset(target.key for target in there if target.data_type == MANY)
    wanted = {schema.key, *options, *values, *withheld}
    lost = tuple(sorted((name, schema.lost[name]) for name in wanted & schema.lost.keys()))
    is_unlearned = any(lacks_option(observed.fields.get(one.source), one) for one in there)
    return Desired(
        options,
        name or None,
        values,
        multiple,
        tuple(problems),
        withheld,
        lost,
        is_unlearned,
        wants,
        is_refused=schema.consent.for_new == "refuse" and wants.track is None,
        code=unfit[0].code if unfit else None,
    )


def _values(observed: Observed, targets: Iterable[Target], problems: list[str]) -> dict[str, tuple[str, ...]]:
    """Converted values by key; a field that Lytics never sent of this person stays as it is on the list."""
    known = {
        target: observed.fields.get(target.source)
        for target in targets
        if target.source in observed.fields or target.source in observed.carried
    }
    found = {
        target.key: _fitting(lambda value=value, target=target: convert(value, target), problems)  # type: ignore[misc]
        for target, value in known.items()
    }
    return {key: values for key, values in found.items() if values is not None}


def _fitting[T](converted: Callable[[], tuple[T, str | None]], problems: list[str]) -> T | None:
    """A converted value, None when nothing of it can be sent; what had to be left out joins the problems."""
    try:
        value, problem = converted()
    except Unfit as error:
        value, problem = None, str(error)
    if problem:
        problems.append(problem)
    return value


def is_open(membership: Membership, desired: Desired) -> bool:
    """Whether the outcome of this desired state is still to come."""
    is_kept_out = desired.is_refused and membership.settled == desired.digest_kept_out
    return membership.settled != desired.digest and not is_kept_out


def is_nothing(membership: Membership, desired: Desired) -> bool:
    """Whether nothing has to be sent: the person left before we ever sent anything."""
    return not desired.options and not membership.was_on_list


def payload_of(
    email: str,
    desired: Desired,
    schema: ListSchema,
    before: Membership,
    others: frozenset[str] = frozenset(),
    say: Say = NOTHING,
) -> Payload:
    """Put together what is sent of a person.

    `others` are options that other exports have there, `say` what is said of consents.
    """
    wanted = {schema.key: frozenset(desired.options) | others}
    for key in desired.multiple:
        if key in (desired.values or {}):
            wanted[key] = frozenset((desired.values or {})[key])
    fields = tuple(_setting(desired, wanted))
    entry = Entry(email, desired.name, fields, say.track, desired.wants.number, say.sms)
    leaving = {key: before.may_have(key) - chosen for key, chosen in wanted.items() if chosen}
    had = {key: before.has(key) | (others if key == schema.key else frozenset()) for key in leaving}
    remains = {key: tuple(sorted(had[key] & wanted[key])) for key, gone in leaving.items() if gone}
    leftovers = [FieldValue(key, option, clear=True) for key in remains for option in sorted(leaving[key])]
    clearing = Entry(email, None, tuple(leftovers)) if leftovers else None
    is_clear = not wanted[schema.key]
    is_less = schema.key in remains and wanted[schema.key] <= had[schema.key]
    return Payload(email, entry, clearing, remains, is_clear, is_leaving=is_clear or is_less, say=say)


def _setting(desired: Desired, wanted: Mapping[str, frozenset[str]]) -> Iterator[FieldValue]:
    values = {key: tuple(sorted(chosen)) for key, chosen in wanted.items()}
    for key, chosen in {**(desired.values or {}), **values}.items():
        if chosen:
            yield from (FieldValue(key, value) for value in chosen)
        else:
            yield FieldValue(key, "", clear=True)
