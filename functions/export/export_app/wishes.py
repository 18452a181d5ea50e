"""What the list should have of a person, and what has to be sent so that it does. Pure.

The full set of a person's audiences is sent every time, so that it does not matter whether Campaign Monitor replaces
a multi-option field's selection or adds to it. Only removals differ: what may still be selected and should not be is
cleared option by option in a call before (docs/decisions/0036-full-set-of-options.md).
An empty set is one clear of the whole field.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from export_app.membership import Membership, Selections, State
from export_app.values import MANY, Target, Unfit, convert, lacks_option, name_of
from lytics_cm.campaign_monitor.writes import Entry, FieldValue

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """How an export writes: the key of *Lytics Audiences*, the option of each audience, the mapped fields.

    `unheard` has, by slug, until when nobody told us of an audience; `lost` how often a field (by key) or an option (by
    text) has lost what people had of it.
    """

    key: str
    options: Mapping[str, str]
    name_field: str
    targets: tuple[Target, ...] = ()
    unheard: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, job: Mapping[str, Any]) -> Self:
        """The plan that set-up stored in the job."""
        stored = json.loads(job["plan"])
        targets = [Target(**{**one, "options": tuple(one["options"])}) for one in stored["targets"]]
        name_field, unheard = str(job["name_field"]), job.get("unheard", {})
        lost = job.get("lost", {})
        return cls(stored["key"], stored["options"], name_field, tuple(targets), unheard, lost)

    def counting(self, state: State) -> State:
        """What of a person's state matters to this export."""
        return state.within(self.options, self.unheard)


@dataclass(frozen=True, slots=True)
class Wish:
    """What this export wants the list to have of a person; without audiences, nothing else matters.

    `values` are by key, none for a field to be cleared; `withheld` are those of fields that are gone, `lost` counts how
    often the list has lost any of it; `problems` are what could not be sent.
    """

    options: tuple[str, ...]
    name: str | None = None
    values: Mapping[str, tuple[str, ...]] | None = None
    multiple: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    withheld: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lost: tuple[tuple[str, int], ...] = ()

    @property
    def digest(self) -> str:
        values = {**self.values, **self.withheld} if self.values is not None else None
        text = json.dumps([self.options, self.name, values, *self.lost], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def selections(self, key: str) -> Selections:
        """The options wanted, by multi-option field."""
        return {key: self.options} | {
            name: chosen for name, chosen in (self.values or {}).items() if name in self.multiple
        }


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent of one person: `entry`, and before it `clearing` when options have to go, which leaves `remains`.

    `is_clear` says that no audience is left afterwards, `is_leaving` that audiences are taken away and none is given.
    """

    email: str
    entry: Entry
    clearing: Entry | None
    remains: Selections
    is_clear: bool
    is_leaving: bool


def wish_of(state: State, plan: Plan) -> Wish:
    """What should be on the list for what Lytics told."""
    options = tuple(sorted({plan.options[slug] for slug in plan.counting(state).audiences}))
    if not options:
        return Wish(())
    problems: list[str] = []
    name = _fitting(lambda: name_of(state.fields.get(plan.name_field)), problems)
    there = [target for target in plan.targets if not target.is_gone]
    values = _values(state, there, problems)
    withheld = _values(state, [target for target in plan.targets if target.is_gone], [])
    multiple = frozenset(target.key for target in there if target.data_type == MANY)
    wanted = {plan.key, *options, *values, *withheld}
    lost = tuple(sorted((name, plan.lost[name]) for name in wanted & plan.lost.keys()))
    return Wish(options, name or None, values, multiple, tuple(problems), withheld, lost)


def is_unlearned(state: State, plan: Plan) -> bool:
    """Whether a person's value names an option that its field did not have when the plan was made."""
    return any(lacks_option(state.fields.get(target.source), target) for target in plan.targets)


def _values(state: State, targets: Iterable[Target], problems: list[str]) -> dict[str, tuple[str, ...]]:
    """Converted values by key; a field that Lytics never sent of this person stays as it is on the list."""
    known = {
        target: state.fields.get(target.source)
        for target in targets
        if target.source in state.fields or target.source in state.carried
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


def is_open(membership: Membership, wish: Wish) -> bool:
    """Whether the outcome of this wish is still to come."""
    return membership.settled != wish.digest


def is_nothing(membership: Membership, wish: Wish) -> bool:
    """Whether nothing has to be sent: the person left before we ever sent anything."""
    return not wish.options and not membership.was_on_list


def parcel(
    email: str, wish: Wish, plan: Plan, before: Membership, others: frozenset[str] = frozenset()
) -> Parcel:
    """Put together what is sent of a person; `others` are options that other exports have on the same list."""
    wanted = {plan.key: frozenset(wish.options) | others}
    for key in wish.multiple:
        if key in (wish.values or {}):
            wanted[key] = frozenset((wish.values or {})[key])
    entry = Entry(email, wish.name, tuple(_setting(wish, wanted)))
    leaving = {key: before.may_have(key) - chosen for key, chosen in wanted.items() if chosen}
    had = {key: before.has(key) | (others if key == plan.key else frozenset()) for key in leaving}
    remains = {key: tuple(sorted(had[key] & wanted[key])) for key, gone in leaving.items() if gone}
    leftovers = [FieldValue(key, option, clear=True) for key in remains for option in sorted(leaving[key])]
    clearing = Entry(email, None, tuple(leftovers)) if leftovers else None
    is_clear = not wanted[plan.key]
    is_less = plan.key in remains and wanted[plan.key] <= had[plan.key]
    return Parcel(email, entry, clearing, remains, is_clear, is_leaving=is_clear or is_less)


def _setting(wish: Wish, wanted: Mapping[str, frozenset[str]]) -> Iterator[FieldValue]:
    values = {key: tuple(sorted(chosen)) for key, chosen in wanted.items()}
    for key, chosen in {**(wish.values or {}), **values}.items():
        if chosen:
            yield from (FieldValue(key, value) for value in chosen)
        else:
            yield FieldValue(key, "", clear=True)
