"""The shape of a parsed mapping: expressions, columns and the query that holds them."""

from typing import Any, NamedTuple


class Literal(NamedTuple):
    """A constant written in the text; `None` is NULL."""

    value: str | int | float | bool | None
    start: int
    end: int


class Name(NamedTuple):
    """A column of the row."""

    name: str
    start: int
    end: int


class Items(NamedTuple):
    """A list or array of expressions."""

    items: tuple[Any, ...]
    start: int
    end: int


class Call(NamedTuple):
    """A function, or an operator, whose name is then in capitals or a sign, with its arguments."""

    function: str
    arguments: tuple[Any, ...]
    start: int
    end: int


type Expression = Literal | Name | Items | Call


class Column(NamedTuple):
    """One line of a mapping: what goes into which field, when, and how it is kept there."""

    expression: Expression
    source: str
    field: str = ""
    condition: Expression | None = None
    condition_source: str = ""
    description: str = ""
    long_description: str = ""
    kind: str = ""
    merge: str = ""
    start: int = 0
    kind_start: int = 0
    merge_start: int = 0


class Query(NamedTuple):
    """A whole text."""

    columns: tuple[Column, ...]
    stream: str
    stream_start: int
    unique_ids: tuple[Name, ...]
    where: Expression | None
    alias: str
