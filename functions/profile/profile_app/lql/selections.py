"""The lines of one stream's mapping that a row passes through, found once for all rows alike."""

from typing import Any

from profile_app.lql.columns import Column, Line, holds, line_of, unique_ids_of
from profile_app.lql.compiler import Compiled, Refusal, compile_condition
from profile_app.lql.parser import parse_query
from profile_app.lql.tokens import MappingError
from profile_app.lql.tree import Column as Parsed
from profile_app.lql.tree import Query
from profile_app.lql.values import Fields

_MAX_KEPT = 1024
_MAX_KEY_CHARS = 500


class Selection:
    """Some lines of a mapping. `ids` are those that tell whose row it is."""

    def __init__(self, ids: tuple[Line, ...], others: tuple[Line, ...]) -> None:
        self.ids, self.others = ids, others


_NOTHING = Selection((), ())


class Stream:
    """The mapping of one stream. Raises `MappingError` with the place of the first mistake."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        query = parse_query(text, name)
        try:
            self._compile(query)
        except Refusal as refusal:
            raise MappingError(refusal.problem, text, refusal.start, stream=name) from refusal

    def _compile(self, query: Query) -> None:
        if query.stream != self.name:
            raise Refusal(f"expected {self.name}, found {query.stream[:60]}", query.stream_start)
        self._ids = unique_ids_of(query)
        self.parsed = query.columns
        self.lines = tuple(line_of(column) for column in query.columns)
        self._where = compile_condition(query.where) if query.where else None
        self._watched = _watched([self._where, *(line.condition for line in self.lines)])
        self._selections: dict[tuple[Any, ...], Selection] = {}
        self._distinct: dict[tuple[int, ...], Selection] = {}

    @property
    def columns(self) -> list[Column]:
        return [self._shown(*pair) for pair in zip(self.parsed, self.lines, strict=True)]

    def _shown(self, parsed: Parsed, line: Line) -> Column:
        return Column(
            stream=self.name,
            field=parsed.field,
            expression=parsed.source,
            condition=parsed.condition_source,
            description=parsed.description,
            kind=line.field.kind,
            merge=line.field.merge,
            unique_id=parsed.field in self._ids,
        )

    def select(self, fields: Fields, now: int) -> Selection:
        """The lines whose conditions hold.

        Rows alike in the columns that conditions read share a selection.
        """
        if self._watched is None:
            return self._find(fields, now)
        key = tuple(map(fields.get, self._watched))
        try:
            known = self._selections.get(key)
        except TypeError:  # a list in a column
            return self._find(fields, now)
        if known is None:
            known = self._find(fields, now)
            if _may_be_kept(key):
                _keep(self._selections, key, known)
        return known

    def _find(self, fields: Fields, now: int) -> Selection:
        if not holds(self._where, fields, now):
            return _NOTHING
        chosen = tuple(at for at, line in enumerate(self.lines) if holds(line.condition, fields, now))
        selection = self._distinct.get(chosen)
        if selection is None:
            lines = [self.lines[at] for at in chosen]
            ids = tuple(line for line in lines if line.field.name in self._ids)
            selection = Selection(ids, tuple(line for line in lines if line.field.name not in self._ids))
            _keep(self._distinct, chosen, selection)
        return selection


def _watched(conditions: list[Compiled | None]) -> tuple[str, ...] | None:
    """The columns that decide which conditions hold; nothing if it takes more than columns."""
    reads: set[str] = set()
    for condition in conditions:
        if condition is not None:
            if condition.reads is None:
                return None
            reads |= condition.reads
    return tuple(sorted(reads))


def _may_be_kept(key: tuple[Any, ...]) -> bool:
    """Only short texts: 1 and true are equal as keys, but not to a condition."""
    if not all(value is None or type(value) is str for value in key):
        return False
    return sum(map(len, filter(None, key))) < _MAX_KEY_CHARS


def _keep[Key](kept: dict[Key, Selection], key: Key, selection: Selection) -> None:
    if len(kept) >= _MAX_KEPT:
        kept.clear()
    kept[key] = selection
