"""One reader for all that Campaign Monitor answers: each field names its column and its converter.

A record that lacks what it needs raises one of `members.SHAPE`, and is then one of the odd ones
(`Records.odd`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Self

from lytics_cm.campaign_monitor.fields import custom_fields_of
from lytics_cm.members import bare_text, counted, each_of, text

type Json = dict[str, Any]
type Converter = Callable[[Json, str], Any]
"""Reads the member of a body that has a name: one of `members`, or of those below."""


@dataclass(frozen=True, slots=True)
class Column:
    """Where the vendor tells a field, and what makes our value of it."""

    name: str
    convert: Converter = text


class Record:
    """A frozen dataclass whose fields are `Annotated` with their `Column`."""

    __slots__ = ()

    @classmethod
    def parse(cls, body: Any) -> Self:
        """Read a record column by column."""
        columns = _columns(cls)  # type: ignore[arg-type]  # classes can be hashed
        return cls(*[column.convert(body, column.name) for column in columns])


@cache
def _columns(record: Any) -> list[Column]:
    types: list[Any] = [field.type for field in fields(record)]
    return [column for annotated in types for column in annotated.__metadata__]


def inside(outer: str, convert: Converter) -> Converter:
    """For a member of an object that must be there."""
    return lambda body, name: convert(body[outer], name)


def either(name: str) -> Converter:
    """For a text that one report tells under its own name and another under `name`."""
    return lambda body, first: text(body, first) or text(body, name)


def records(parse: Callable[[Any], Any]) -> Converter:
    """For records within a record; null and none are no records."""
    return lambda body, name: each_of(parse)(body.get(name) or [])


def needed_records(parse: Callable[[Any], Any]) -> Converter:
    """The same for what must be there, if only as null."""
    return lambda body, name: each_of(parse)(body[name] or [])


def needed_text(body: Json, name: str) -> str:
    """A text that must be there and not be empty."""
    return bare_text(body[name])


def stripped(body: Json, name: str) -> str:
    """A text without the spaces around it."""
    return text(body, name).strip()


def is_true(body: Json, name: str) -> bool:
    """Whether it is said, and as a truth."""
    return body.get(name) is True


def count_or_none_said(body: Json, name: str) -> int | None:
    """How many; 0 when nothing is said, None when it cannot be read."""
    return 0 if body.get(name) is None else counted(body, name)


def custom_fields(body: Json, name: str) -> dict[str, str | list[str]]:
    """The custom fields of a person."""
    return custom_fields_of(body.get(name))
