"""How two cells of a profile field become one.

All of it is commutative and associative, so that neither the order nor the batches of the rows matter.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from profile_app.lql.values import rank

type Cell = Any
type Convert = Callable[[Any], Any]
type Join = Callable[[Cell, Cell], Cell]


def _itself(value: Any) -> Any:
    return value


def _latest(one: Cell, other: Cell) -> Cell:
    """The later of two `[time, value]`; at the same time the greater value."""
    if one[0] != other[0]:
        return one if one[0] > other[0] else other
    return one if rank(one[1]) >= rank(other[1]) else other


def _oldest(one: Cell, other: Cell) -> Cell:
    """The earlier of two `[time, value]`; at the same time the greater value."""
    if one[0] != other[0]:
        return one if one[0] < other[0] else other
    return one if rank(one[1]) >= rank(other[1]) else other


def _sum(one: Cell, other: Cell) -> Cell:
    """Exactly: fractions are kept as `[digits, exponent]`, so that no order of adding shows in the result."""
    if type(one) is int and type(other) is int:
        return one + other
    (digits, exponent), (others, power) = _decimal(one), _decimal(other)
    least = min(exponent, power)
    return _reduced(digits * 10 ** (exponent - least) + others * 10 ** (power - least), least)


def _decimal(cell: Cell) -> tuple[int, int]:
    return (cell, 0) if type(cell) is int else (cell[0], cell[1])


def _exact(value: float) -> Cell:
    """A number by the digits that it is written with."""
    if type(value) is int:
        return value
    mantissa, _, power = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    return _reduced(int(whole + fraction), int(power or 0) - len(fraction))


def _reduced(digits: int, exponent: int) -> Cell:
    while exponent < 0 and digits % 10 == 0:
        digits, exponent = digits // 10, exponent + 1
    return digits * 10**exponent if exponent >= 0 else [digits, exponent]


def _total(cell: Cell) -> float:
    return cell if type(cell) is int else float(f"{cell[0]}e{cell[1]}")


class Operator(NamedTuple):
    """How a value becomes a cell, two cells one, and a cell a value again.

    `dated` cells are `[time, value]`.
    """

    join: Join
    value: Convert = _itself
    lift: Convert = _itself
    dated: bool = False


def _dated(join: Join) -> Operator:
    return Operator(join, lambda cell: cell[1], dated=True)


OPERATORS = {
    "latest": _dated(_latest),
    "oldest": _dated(_oldest),
    "max": Operator(max),
    "min": Operator(min),
    "sum": Operator(_sum, _total, _exact),
}
OPERATOR_PER_KEY = {
    "merge": "latest",
    "latestmap": "latest",
    "oldestmap": "oldest",
    "mapmin": "min",
    "mapmax": "max",
    "sum": "sum",
}
