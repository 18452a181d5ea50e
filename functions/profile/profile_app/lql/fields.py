"""How a profile field is kept: what its kind accepts, how two values of it become one, how it is shown.

What a field is kept as, its cell, is plain JSON.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from profile_app.lql.cells import OPERATOR_PER_KEY, OPERATORS, Cell, Convert, Operator
from profile_app.lql.times import instant_of, rfc3339
from profile_app.lql.values import boolean, bounded, instant, joined, number, single, text


def _whole(value: Any) -> int | None:
    found = number(single(value))
    return None if found is None else int(found)


def _number(value: Any) -> float | None:
    found = number(single(value))
    return None if found is None else bounded(found)


def _flag(value: Any) -> bool | None:
    return boolean(single(value))


def _date(value: Any) -> int | None:
    """What is computed as a number is milliseconds since 1970, however few."""
    try:
        found = instant_of(value) if type(value) is int else instant(value)
    except ValueError:
        return None
    return None if found is None else int(found)


def _anything(value: Any) -> Any:
    if type(value) is list:
        return [_anything(item) for item in value]
    return value if type(value) in (bool, int, float) else text(value)


def _same(value: Any) -> Any:
    return value


class Kind(NamedTuple):
    """What a field may hold: the shape, how one value becomes one of it, from what, and with which operators.

    `accepts` are the static types of expressions, `operators` the merge operators with the default first.
    Where one value is needed, a list is its texts joined by commas, or its first number, boolean or date.
    """

    shape: str
    convert: Convert
    accepts: str
    operators: str
    show: Convert = _same
    by_time: bool = False


_ORDERED = "latest oldest min max"
_PER_KEY = "merge latestmap oldestmap latest oldest"
_PER_NUMBER = f"{_PER_KEY} mapmin mapmax"

KINDS = {
    "string": Kind("single", joined, "string any", "latest oldest"),
    "int": Kind("single", _whole, "int number any", f"{_ORDERED} sum"),
    "number": Kind("single", _number, "int number any", f"{_ORDERED} sum"),
    "bool": Kind("single", _flag, "bool any", "latest oldest"),
    "date": Kind("single", _date, "time int number any", _ORDERED, rfc3339),
    "[]string": Kind("set", text, "set list any", "merge latest oldest"),
    "ts[]string": Kind("set", text, "set list any", "merge latest oldest", by_time=True),
    "[]time": Kind("set", _date, "set list time int any", "merge latest oldest", rfc3339),
    "map[string]intsum": Kind("map", _whole, "valuect map", "sum"),
    "map[string]int": Kind("map", _whole, "map", f"{_PER_NUMBER} sum"),
    "map[string]number": Kind("map", _number, "map", f"{_PER_NUMBER} sum"),
    "map[string]string": Kind("map", joined, "map", _PER_KEY),
    "map[string]bool": Kind("map", _flag, "map", _PER_KEY),
    "map[string]time": Kind("map", _date, "map timemap", "merge latestmap oldestmap mapmin mapmax", rfc3339),
    "map[string]value": Kind("map", _anything, "map timemap", _PER_KEY),
}
_KIND_WORDS = {
    **dict.fromkeys(("float", "double", "num"), "number"),
    **dict.fromkeys(("integer", "long"), "int"),
    **dict.fromkeys(("time", "datetime"), "date"),
    "boolean": "bool",
}
_MERGE_WORDS = {"count": "sum", "set": "merge", "capped": "merge", "default": ""}


def kind_named(word: str) -> str:
    """The kind that a word stands for: `float` for number, `map[string]datetime` for map[string]time."""
    shape, bracket, of = word.rpartition("]")
    of = _KIND_WORDS.get(of, of)
    return f"{shape}]{'time' if of == 'date' else of}" if bracket else of


def merge_named(word: str, kind: str) -> str:
    """The merge operator that a word stands for; nothing for the kind's own.

    A map of times is merged per key: its `latest` keeps the latest of every key, not the latest map.
    """
    if kind == "map[string]time" and word in ("latest", "oldest"):
        return f"{word}map"
    return _MERGE_WORDS.get(word, word)


class Single:
    """A field that holds one value, or a list or a map that is replaced as a whole."""

    def __init__(self, kind: Kind, operator: Operator) -> None:
        self._convert = _WHOLE[kind.shape](kind.convert)
        self._operator = operator
        self._cell: Cell = None

    def add(self, value: Any, ts: int) -> None:
        operator = self._operator
        converted = self._convert(value)
        if converted is None or converted == "":
            return
        self.join([ts, converted] if operator.dated else operator.lift(converted))

    def join(self, cell: Cell) -> None:
        self._cell = cell if self._cell is None else self._operator.join(self._cell, cell)

    def cell(self) -> Cell:
        return self._cell


class Latest(Single):
    """`Single` for the latest value: what is older is not even looked at."""

    def add(self, value: Any, ts: int) -> None:
        cell = self._cell
        if cell is None or ts >= cell[0]:
            if cell is not None and value == cell[1] and type(value) is str:
                cell[0] = ts
                return
            super().add(value, ts)


class Union:
    """A field that holds all values that ever were."""

    def __init__(self, kind: Kind, _: Operator) -> None:
        self._convert = kind.convert
        self._items: set[Any] = set()

    def add(self, value: Any, _: int) -> None:
        if type(value) is str and value in self._items:
            return
        for item in value if type(value) is list else (value,):
            converted = self._convert(item)
            if converted is not None and converted != "":
                self._items.add(converted)

    def join(self, cell: Cell) -> None:
        self._items.update(cell)

    def cell(self) -> Cell:
        return sorted(self._items) or None


class Newest:
    """A field that holds values with the newest time of each: all of them, or the newest few.

    What is dropped of some rows is older than as many values of theirs, so it is not among the newest of all
    rows either: rows may be folded in any parts and order. Its cell is `[time, value]` for each, the newest
    last.
    """

    def __init__(self, kind: Kind, capacity: int) -> None:
        self._convert = kind.convert
        self._capacity = capacity
        self._times: dict[Any, int] = {}

    def add(self, value: Any, ts: int) -> None:
        for item in value if type(value) is list else (value,):
            converted = self._convert(item)
            if converted is not None and converted != "":
                self._note(converted, ts)
        if self._capacity and len(self._times) > _SLACK + 2 * self._capacity:
            self._times = {item: at for at, item in self.cell()}

    def _note(self, item: Any, ts: int) -> None:
        known = self._times.get(item)
        if known is None or known < ts:
            self._times[item] = ts

    def join(self, cell: Cell) -> None:
        for ts, item in cell:
            self._note(item, ts)

    def cell(self) -> Cell:
        newest = sorted((at, item) for item, at in self._times.items())[-self._capacity :]
        return [list(pair) for pair in newest] or None


_SLACK = 100
"""Values that a set may hold beyond twice its capacity before the oldest are dropped."""


class PerKey:
    """A field that holds a value per key."""

    def __init__(self, kind: Kind, operator: Operator) -> None:
        self._convert = kind.convert
        self._operator = operator
        self._cells: dict[str, Cell] = {}

    def add(self, value: Any, ts: int) -> None:
        operator = self._operator
        for key, item in value.items():
            name, converted = text(key), self._convert(item)
            if name and converted is not None and converted != "":
                self._join(name, [ts, converted] if operator.dated else operator.lift(converted))

    def count(self, value: Any, _: int) -> None:
        """Count a value, or every value of a list, under its name."""
        cells = self._cells
        if type(value) is str and value in cells:
            cells[value] += 1
            return
        for item in value if type(value) is list else (value,):
            if key := text(item):
                cells[key] = cells.get(key, 0) + 1

    def join(self, cell: Cell) -> None:
        if not self._cells:
            self._cells = dict(cell)
            return
        for key, other in cell.items():
            self._join(key, other)

    def _join(self, key: str, cell: Cell) -> None:
        mine = self._cells.get(key)
        self._cells[key] = cell if mine is None else self._operator.join(mine, cell)

    def cell(self) -> Cell:
        return self._cells or None


type Accumulator = Single | Union | Newest | PerKey


def _whole_single(convert: Convert) -> Convert:
    return convert


def _whole_set(convert: Convert) -> Convert:
    def every(value: Any) -> list[Any] | None:
        items = map(convert, value if type(value) is list else (value,))
        return sorted({item for item in items if item is not None and item != ""}) or None

    return every


def _whole_map(convert: Convert) -> Convert:
    def every(value: Any) -> dict[str, Any] | None:
        items = {text(key): convert(item) for key, item in value.items()}
        return {
            key: items[key] for key in sorted(key for key in items if key) if items[key] not in (None, "")
        } or None

    return every


_WHOLE = {"single": _whole_single, "set": _whole_set, "map": _whole_map}


class Field(NamedTuple):
    """A profile field: its kind, how its values are merged, and how many a set holds; 0 is any number."""

    name: str
    kind: str
    merge: str
    capacity: int = 0

    def accumulator(self) -> Accumulator:
        """An empty one, to add the values of rows or the cells of states to."""
        kind = KINDS[self.kind]
        if self._is_whole():
            return (Latest if self.merge == "latest" else Single)(kind, OPERATORS[self.merge])
        if self._is_timed():
            return Newest(kind, self.capacity)
        if kind.shape == "set":
            return Union(kind, OPERATORS["latest"])
        return PerKey(kind, OPERATORS[OPERATOR_PER_KEY[self.merge]])

    def show(self, cell: Cell) -> Any:
        """A cell as the profile shows it."""
        kind = KINDS[self.kind]
        if self._is_whole():
            value = OPERATORS[self.merge].value(cell)
            return _SHOW[kind.shape](kind.show, value)
        if self._is_timed():
            items = [item for _, item in cell]
            return [kind.show(item) for item in (items if kind.by_time else sorted(items))]
        if kind.shape == "set":
            return [kind.show(item) for item in cell]
        value_of = OPERATORS[OPERATOR_PER_KEY[self.merge]].value
        return {key: kind.show(value_of(cell[key])) for key in sorted(cell)}

    @property
    def is_one_rows(self) -> bool:
        """Whether the value is that of one row, and not made of many."""
        return self._is_whole() and self.merge != "sum"

    def __str__(self) -> str:
        capped = f" and holds {self.capacity}" if self.capacity else ""
        return f"{self.kind} merged by {self.merge}{capped}"

    def _is_timed(self) -> bool:
        return bool(self.capacity) or KINDS[self.kind].by_time

    def _is_whole(self) -> bool:
        return KINDS[self.kind].shape == "single" or self.merge in ("latest", "oldest")


_SHOW: dict[str, Callable[[Convert, Any], Any]] = {
    "single": lambda show, value: show(value),
    "set": lambda show, value: [show(item) for item in value],
    "map": lambda show, value: {key: show(item) for key, item in value.items()},
}
