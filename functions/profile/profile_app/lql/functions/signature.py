"""How a function is declared: what it takes and gives, and what it does about missing arguments."""

from collections.abc import Callable
from typing import Any, NamedTuple

MANY = 100


class Function(NamedTuple):
    """A function of the language.

    `gives` is its static type: string, int, number, bool, time, list, map, timemap or any. With `in_row` it
    is called with the row's fields and time before its arguments; what it gives depends on these two as well,
    unless it is `timeless`, as long as no argument is a time. Only with `sees_missing` is it called when an
    argument is missing, and only with `sees_empty` is a column with an empty text not missing to it. `check`
    looks at the arguments written as constants when the mapping is saved (others are `...`) and raises
    `ValueError` with a reason.
    """

    run: Callable[..., Any]
    least: int
    most: int
    gives: str
    in_row: bool = False
    sees_missing: bool = False
    check: Callable[..., None] | None = None
    timeless: bool = False
    sees_empty: bool = False
