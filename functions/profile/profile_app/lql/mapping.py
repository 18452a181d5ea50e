"""How the rows of a person become a profile, as the mappings of the streams say.

A mapping folds rows into a *state*: plain JSON, a cell per profile field. States of disjoint sets of rows
merge into the state of all of them, in any order, exactly; a state is rendered as the profile's fields.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from collections.abc import Mapping as MappingOf
from typing import Any, Protocol, Self

from profile_app.lql.columns import Line
from profile_app.lql.fields import Field
from profile_app.lql.selections import Selection, Stream
from profile_app.lql.tokens import MappingError
from profile_app.lql.values import UNEVALUABLE, Evaluate, Fields

type State = dict[str, Any]
type Absorb = Callable[[Any, int], None]

_ENGINE = 2
"""To be raised when the same text comes to mean something else: states made before are then out of date."""


class Row(Protocol):
    """A row of a stream: its time in milliseconds since 1970, UTC, and its columns."""

    @property
    def stream(self) -> str: ...
    @property
    def ts(self) -> int: ...
    @property
    def fields(self) -> MappingOf[str, Any]: ...


class Mapping:
    """The mappings of all streams. Immutable; parse once and keep."""

    def __init__(self, texts: MappingOf[str, str], streams: list[Stream]) -> None:
        canonical = json.dumps([_ENGINE, sorted(texts.items())])
        self.digest = hashlib.sha256(canonical.encode()).hexdigest()[:16]
        self.columns = tuple(column for stream in streams for column in stream.columns)
        self.fields = _fields_of(streams)
        self._streams = {stream.name: stream for stream in streams}

    @classmethod
    def parse(cls, texts: MappingOf[str, str]) -> Self:
        """Read a text per stream.

        Raises `MappingError` with the place of the first mistake; of texts that disagree, in the later.
        """
        return cls(texts, [Stream(name, texts[name]) for name in texts])

    def fold(self, rows: Iterable[Row]) -> State:
        """The state that rows make; rows that name nobody, or of other streams, make nothing.

        Every row counts: to count a fact once, give it once.
        """
        folding = _Folding(self.fields)
        for row in rows:
            stream = self._streams.get(row.stream)
            if stream is not None:
                folding.add(stream.select(row.fields, row.ts), row.fields, row.ts)
        return folding.state()

    def merge(self, *states: State) -> State:
        """The state of all rows, from states of disjoint sets of them."""
        joined: State = {}
        for name, field in self.fields.items():
            cells = [state[name] for state in states if name in state]
            if len(cells) > 1:
                accumulator = field.accumulator()
                for cell in cells:
                    accumulator.join(cell)
                joined[name] = accumulator.cell()
            elif cells:
                joined[name] = cells[0]
        return joined

    def render(self, state: State) -> dict[str, object]:
        """The profile's fields, in the order of the mapping; a field without a value is absent."""
        return {name: field.show(state[name]) for name, field in self.fields.items() if name in state}

    def contributions(self, row: Row) -> dict[str, Any]:
        """What one row alone would make of a profile."""
        stream = self._streams.get(row.stream)
        if stream is None:
            return {}
        selection = stream.select(row.fields, row.ts)
        made = {line.field.name: line.field for line in (*selection.ids, *selection.others)}
        folding = _Folding(made)
        folding.add(selection, row.fields, row.ts)
        state = folding.state()
        return {name: field.show(state[name]) for name, field in made.items() if name in state}


class _Folding:
    """A state in the making."""

    def __init__(self, fields: MappingOf[str, Field]) -> None:
        self._accumulators = {name: field.accumulator() for name, field in fields.items()}
        self._bound: dict[Selection, tuple[tuple[Evaluate, Absorb], ...]] = {}

    def add(self, selection: Selection, fields: Fields, ts: int) -> None:
        bound = self._bound.get(selection)
        if bound is None:
            self._bound[selection] = bound = tuple(map(self._bind, selection.others))
        if not self._identify(selection, fields, ts):
            return
        for evaluate, absorb in bound:
            try:
                value = evaluate(fields, ts)
                if value is not None:
                    absorb(value, ts)
            except UNEVALUABLE:
                continue

    def _identify(self, selection: Selection, fields: Fields, ts: int) -> bool:
        identified = False
        for line in selection.ids:
            try:
                value = line.evaluate(fields, ts)
                if value is not None and value != "":
                    self._accumulators[line.field.name].add(value, ts)
                    identified = True
            except UNEVALUABLE:
                continue
        return identified

    def _bind(self, line: Line) -> tuple[Evaluate, Absorb]:
        accumulator: Any = self._accumulators[line.field.name]
        return line.evaluate, accumulator.count if line.counts else accumulator.add

    def state(self) -> State:
        cells = ((name, each.cell()) for name, each in self._accumulators.items())
        return {name: cell for name, cell in cells if cell is not None}


def _fields_of(streams: list[Stream]) -> dict[str, Field]:
    """Every field once. Raises `MappingError` when two lines disagree on what it is."""
    fields: dict[str, tuple[Field, str]] = {}
    for stream in streams:
        for column, line in zip(stream.parsed, stream.lines, strict=True):
            field, source = fields.setdefault(line.field.name, (line.field, stream.name))
            if field != line.field:
                earlier = "an earlier column" if source == stream.name else f"the mapping of {source}"
                problem = f"{field.name} is {line.field} here, but {field} in {earlier}"
                raise MappingError(
                    problem, stream.text, column.kind_start or column.start, stream=stream.name
                )
    return {name: field for name, (field, _) in fields.items()}
