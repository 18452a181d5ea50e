"""How a profile field is kept: what its kind accepts, how two values of it become one, how it is shown.

What a field is kept as, its cell, is plain JSON.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from lytics_cm.lql.cells import OPERATOR_PER_KEY, OPERATORS, Cell, Convert, Operator
from lytics_cm.lql.times import rfc3339
from lytics_cm.lql.values import boolean, bounded, instant, number, text


def _whole(value: Any) -> int | None:
    found = number(value) if type(value) is not bool else None
    return None if found is None else int(found)


def _number(value: Any) -> float | None:
    found = number(value)
    return None if found is None else bounded(found)


def _date(value: Any) -> int | None:
    try:
        found = instant(value)
    except ValueError:
        return None
    return None if found is None else int(found)


def _any_single(value: Any) -> Any:
    return value if type(value) in (bool, int, float) else text(value)


def _same(value: Any) -> Any:
    return value


class Kind(NamedTuple):
    """What a field may hold: the shape, how one value becomes one of it, from what, and with which operators.

    `accepts` are the static types of expressions, `operators` the merge operators with the default first.
    """

    shape: str
    convert: Convert
    accepts: str
    operators: str
    show: Convert = _same


_ORDERED = "latest oldest min max"
_PER_KEY = "merge latestmap oldestmap latest oldest"
_PER_NUMBER = f"{_PER_KEY} mapmin mapmax"

KINDS = {
    "string": Kind("single", text, "string any", "latest oldest"),
    "int": Kind("single", _whole, "int number any", f"{_ORDERED} sum"),
    "number": Kind("single", _number, "int number any", f"{_ORDERED} sum"),
    "bool": Kind("single", boolean, "bool any", "latest oldest"),
    "date": Kind("single", _date, "time int number any", _ORDERED, rfc3339),
    "[]string": Kind("set", text, "set list any", "merge latest oldest"),
    "ts[]string": Kind("set", text, "set list any", "merge latest oldest"),
    "[]time": Kind("set", _date, "set list time int any", "merge latest oldest", rfc3339),
    "map[string]intsum": Kind("map", _whole, "valuect map", "sum"),
    "map[string]int": Kind("map", _whole, "map", f"{_PER_NUMBER} sum"),
    "map[string]number": Kind("map", _number, "map", f"{_PER_NUMBER} sum"),
    "map[string]string": Kind("map", text, "map", _PER_KEY),
    "map[string]bool": Kind("map", boolean, "map", _PER_KEY),
    "map[string]time": Kind("map", _date, "map", _PER_NUMBER, rfc3339),
    "map[string]value": Kind("map", _any_single, "map", _PER_KEY),
}


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


type Accumulator = Single | Union | PerKey


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
    """A profile field: its kind and how its values are merged."""

    name: str
    kind: str
    merge: str

    def accumulator(self) -> Accumulator:
        """An empty one, to add the values of rows or the cells of states to."""
        kind = KINDS[self.kind]
        if self._is_whole():
            return (Latest if self.merge == "latest" else Single)(kind, OPERATORS[self.merge])
        if kind.shape == "set":
            return Union(kind, OPERATORS["latest"])
        return PerKey(kind, OPERATORS[OPERATOR_PER_KEY[self.merge]])

    def show(self, cell: Cell) -> Any:
        """A cell as the profile shows it."""
        kind = KINDS[self.kind]
        if self._is_whole():
            value = OPERATORS[self.merge].value(cell)
            return _SHOW[kind.shape](kind.show, value)
        if kind.shape == "set":
            return [kind.show(item) for item in cell]
        value_of = OPERATORS[OPERATOR_PER_KEY[self.merge]].value
        return {key: kind.show(value_of(cell[key])) for key in sorted(cell)}

    @property
    def is_one_rows(self) -> bool:
        """Whether the value is that of one row, and not made of many."""
        return self._is_whole() and self.merge != "sum"

    def _is_whole(self) -> bool:
        return KINDS[self.kind].shape == "single" or self.merge in ("latest", "oldest")


_SHOW: dict[str, Callable[[Convert, Any], Any]] = {
    "single": lambda show, value: show(value),
    "set": lambda show, value: [show(item) for item in value],
    "map": lambda show, value: {key: show(item) for key, item in value.items()},
}
