"""What Lytics keeps: people with fields, audiences, and who is in which since when."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any


@dataclass(slots=True, eq=False)
class Person:
    """`id` is decimal with up to 20 digits; a person need not have an e-mail address."""

    id: str
    fields: dict[str, Any]

    @property
    def email(self) -> str | None:
        return self.fields.get("email")


@dataclass(slots=True, eq=False)
class Audience:
    id: str
    slug: str
    name: str
    kind: str = "segment"
    is_public: bool = True
    members: dict[str, Person] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Field:
    """A field of the schema of people."""

    name: str
    type: str = "string"
    description: str = ""
    is_identifier: bool = False


@dataclass(slots=True, eq=False)
class Scan:
    """The members as they were when a scan began, so that every cursor of it can be used again."""

    people: list[Person]
    began: float


@dataclass(slots=True, eq=False)
class Account:
    random: Random
    tokens: dict[str, bool] = field(default_factory=dict)  # token: may it read?
    people: dict[str, Person] = field(default_factory=dict)
    by_email: dict[str, Person] = field(default_factory=dict)
    audiences: dict[str, Audience] = field(default_factory=dict)  # by slug
    fields: dict[str, Field] = field(default_factory=dict)  # by name
    scans: dict[str, Scan] = field(default_factory=dict)
    cursor_seconds: float | None = None  # then a cursor is refused
    endless: str = ""  # how the cursors of a scan go on behind its end: circle, again, nobody
    numbers_as_strings: bool = False  # as old API versions did

    def new_id(self, size: int = 32) -> str:
        return f"{self.random.getrandbits(size * 4):0{size}x}"

    def audience(self, key: str) -> Audience | None:
        """Find by id or slug."""
        if key in self.audiences:
            return self.audiences[key]
        return next((each for each in self.audiences.values() if each.id == key), None)

    def schema(self) -> list[Field]:
        """The fields that were declared, and those that somebody has: no profile has others."""
        known = dict(self.fields)
        for person in self.people.values():
            for name in person.fields:
                known.setdefault(name, Field(name))
        return list(known.values())

    def memberships(self, person: Person) -> list[Audience]:
        return [each for each in self.audiences.values() if person.id in each.members]

    def document(self, person: Person, wanted: list[str] | None = None) -> dict[str, Any]:
        """The profile's JSON: all fields or those wanted; absent ones stay absent."""
        fields = (
            dict(person.fields) if not wanted else {n: v for n, v in person.fields.items() if n in wanted}
        )
        if self.numbers_as_strings:
            fields = {n: str(v) if type(v) in (int, float) else v for n, v in fields.items()}
        return fields


def timestamp(at: float | None = None) -> str:
    """RFC 3339 with nine decimals."""
    instant = time.time() if at is None else at
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"
