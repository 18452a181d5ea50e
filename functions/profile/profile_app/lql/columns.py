"""One line of a mapping: the checks it must pass to be saved, and what it does with a row."""

from collections.abc import Callable
from typing import Any, NamedTuple

from profile_app.lql.compiler import (
    AGGREGATES,
    Compiled,
    Refusal,
    check_count,
    compile_condition,
    compile_expression,
)
from profile_app.lql.fields import KINDS, Field, kind_named, merge_named
from profile_app.lql.tree import Call, Expression, Literal, Query
from profile_app.lql.tree import Column as Parsed
from profile_app.lql.values import Evaluate, Fields, instant, number

_KINDS_OF_TYPES = {
    "valuect": "map[string]intsum",
    "set": "[]string",
    "list": "[]string",
    "map": "map[string]string",
    "timemap": "map[string]time",
    "time": "date",
    "any": "string",
}
_KINDS_OF_OPERATORS = {
    ("map", "sum"): "map[string]intsum",
    ("map", "mapmin"): "map[string]number",
    ("map", "mapmax"): "map[string]number",
    ("any", "set"): "[]string",
    ("string", "set"): "[]string",
}
_OPERATORS = {"count": "sum", "sum": "sum", "min": "min", "max": "max", "valuect": "sum"}
_REDUCERS: dict[str, Callable[[list[float]], float]] = {"min": min, "max": max, "sum": sum}


class Column(NamedTuple):
    """One line of a mapping, as people read it."""

    stream: str
    field: str
    expression: str
    condition: str
    description: str
    kind: str
    merge: str
    unique_id: bool


class Line(NamedTuple):
    """One line of a mapping, as rows pass through it.

    `counts` lines count their values instead of keeping them.
    """

    field: Field
    evaluate: Evaluate
    counts: bool
    condition: Compiled | None


class _Outer(NamedTuple):
    """What an expression is without its aggregate, if it has one; `gives` is the type of the whole."""

    aggregate: str
    evaluate: Evaluate
    gives: str
    capacity: int = 0


def line_of(column: Parsed) -> Line:
    """Raises `Refusal` for what can never work: types that do not fit, operators of other kinds."""
    outer = _outer_of(column.expression)
    if column.merge == "count" and not outer.aggregate and outer.gives not in ("map", "timemap"):
        outer = _Outer("count", _one_for(outer.evaluate), "int")
    kind = _kind_of(column, outer)
    evaluate = _dated(outer.evaluate) if (kind, outer.gives) == ("date", "any") else outer.evaluate
    field = Field(column.field, kind, _merge_of(column, outer, kind), outer.capacity)
    condition = compile_condition(column.condition) if column.condition else None
    return Line(field, evaluate, outer.aggregate == "valuect", condition)


def _outer_of(expression: Expression) -> _Outer:
    if not isinstance(expression, Call) or expression.function not in AGGREGATES:
        found = compile_expression(expression)
        return _Outer("", found.evaluate, found.gives)
    aggregate, wanted = expression.function, 2 if expression.function == "cap" else 1
    check_count(expression, wanted, wanted)
    inner = compile_expression(expression.arguments[0])
    if aggregate == "count":
        return _Outer(aggregate, _one_for(inner.evaluate), "int")
    if aggregate in _REDUCERS:
        return _extreme(aggregate, inner, expression)
    if inner.gives in ("map", "timemap"):
        raise Refusal(f"{aggregate} needs a value or a list, found a map", expression.start)
    if aggregate == "cap":
        return _Outer(aggregate, inner.evaluate, "set", _capacity_of(expression.arguments[1]))
    return _Outer(aggregate, inner.evaluate, aggregate)


def _extreme(aggregate: str, inner: Compiled, expression: Call) -> _Outer:
    if inner.gives not in ("int", "number", "time", "list", "any"):
        raise Refusal(f"{aggregate} needs a number, found a value of type {inner.gives}", expression.start)
    if inner.gives not in ("any", "list"):
        return _Outer(aggregate, inner.evaluate, inner.gives)
    return _Outer(aggregate, _reduced(inner.evaluate, _REDUCERS[aggregate]), "number")


def _capacity_of(limit: Expression) -> int:
    if isinstance(limit, Literal) and type(limit.value) is int and limit.value > 0:
        return limit.value
    raise Refusal("cap needs the number of values to keep, written as a whole number above 0", limit.start)


def _one_for(evaluate: Evaluate) -> Evaluate:
    def one(fields: Fields, now: int) -> int | None:
        value = evaluate(fields, now)
        return None if value is None or value == "" else 1

    return one


def _dated(evaluate: Evaluate) -> Evaluate:
    """A number that a row tells is a date by its length: seconds or milliseconds since 1970."""

    def one(fields: Fields, now: int) -> Any:
        value = evaluate(fields, now)
        return instant(value) if type(value) is int else value

    return one


def _reduced(evaluate: Evaluate, reduce: Callable[[list[float]], float]) -> Evaluate:
    """Of a list the sum or extreme of its numbers."""

    def one(fields: Fields, now: int) -> Any:
        value = evaluate(fields, now)
        if type(value) is not list:
            return value
        numbers = [found for item in value if (found := number(item)) is not None]
        return reduce(numbers) if numbers else value

    return one


def _kind_of(column: Parsed, outer: _Outer) -> str:
    gives = outer.gives
    implied = _KINDS_OF_OPERATORS.get((gives, column.merge)) or _KINDS_OF_TYPES.get(gives, gives)
    kind = kind_named(column.kind) or implied
    if kind not in KINDS:
        raise Refusal(f"expected a kind: {', '.join(KINDS)}; found {kind[:60]}", column.kind_start)
    fitting = ["int"] if outer.aggregate == "count" else _kinds_for(gives)
    if kind not in fitting:
        name = outer.aggregate if outer.aggregate in (gives, "count", "cap") else f"a value of type {gives}"
        problem = f"the kind {kind} cannot hold {name}; expected {' or '.join(fitting)}"
        raise Refusal(problem, column.kind_start or column.start)
    return kind


def _kinds_for(gives: str) -> list[str]:
    return [name for name in KINDS if gives in KINDS[name].accepts.split()]


def _merge_of(column: Parsed, outer: _Outer, kind: str) -> str:
    allowed = KINDS[kind].operators.split()
    needed = "merge" if outer.capacity else _OPERATORS.get(outer.aggregate)
    if column.merge == "capped" and not outer.capacity:
        raise Refusal("capped needs a number of values to keep: cap(x, 100)", column.merge_start)
    merge = merge_named(column.merge, kind) or needed or allowed[0]
    if merge not in allowed:
        raise Refusal(
            f"{kind} can be merged by {', '.join(allowed)}; not by {merge[:60]}",
            column.merge_start or column.kind_start or column.start,
        )
    if needed and merge != needed:
        raise Refusal(f"{outer.aggregate} merges by {needed}, not by {merge}", column.merge_start)
    return merge


def unique_ids_of(query: Query) -> frozenset[str]:
    """Raises `Refusal` when no line makes the field that identifies a person."""
    fields = {column.field for column in query.columns}
    for name in query.unique_ids:
        if name.name not in fields:
            raise Refusal(f"no column of this mapping makes {name.name}", name.start)
    return frozenset(name.name for name in query.unique_ids)


def holds(condition: Compiled | None, fields: Fields, now: int) -> bool:
    """Whether there is no condition, or it is true; what cannot be evaluated is not."""
    return condition is None or condition.evaluate(fields, now) is True
