"""One line of a mapping: the checks it must pass to be saved, and what it does with a row."""

from typing import NamedTuple

from lytics_cm.lql.compiler import (
    AGGREGATES,
    Compiled,
    Refusal,
    check_count,
    compile_condition,
    compile_expression,
)
from lytics_cm.lql.fields import KINDS, Field
from lytics_cm.lql.tree import Call, Expression, Query
from lytics_cm.lql.tree import Column as Parsed
from lytics_cm.lql.values import Evaluate, Fields

_KINDS_OF_TYPES = {
    "valuect": "map[string]intsum",
    "set": "[]string",
    "list": "[]string",
    "map": "map[string]string",
    "time": "date",
    "any": "string",
}
_KINDS_OF_OPERATORS = {
    ("map", "sum"): "map[string]intsum",
    ("map", "mapmin"): "map[string]number",
    ("map", "mapmax"): "map[string]number",
}
_OPERATORS = {"count": "sum", "sum": "sum", "min": "min", "max": "max", "valuect": "sum"}
_EXTREMES = ("min", "max", "sum")


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
    """One line of a mapping, as rows pass through it. `counts` lines count their values instead of keeping them."""

    field: Field
    evaluate: Evaluate
    counts: bool
    condition: Compiled | None


def line_of(column: Parsed) -> Line:
    """Raises `Refusal` for what can never work: types that do not fit, operators that the kind does not have."""
    outer, evaluate, gives = _compile_outer(column.expression)
    kind = _kind_of(column, outer, gives)
    merge = _merge_of(column, outer, kind)
    condition = compile_condition(column.condition) if column.condition else None
    return Line(Field(column.field, kind, merge), evaluate, outer == "valuect", condition)


def _compile_outer(expression: Expression) -> tuple[str, Evaluate, str]:
    """The aggregate that an expression begins with, if any, what is under it, and the type of the whole."""
    if not isinstance(expression, Call) or expression.function not in AGGREGATES:
        found = compile_expression(expression)
        return "", found.evaluate, found.gives
    outer = expression.function
    check_count(expression, 1, 1)
    inner = compile_expression(expression.arguments[0])
    if outer == "count":
        return outer, _one_for(inner.evaluate), "int"
    if outer in _EXTREMES:
        if inner.gives not in ("int", "number", "time", "any"):
            raise Refusal(f"{outer} needs a number, found a value of type {inner.gives}", expression.start)
        return outer, inner.evaluate, "number" if inner.gives == "any" else inner.gives
    if inner.gives == "map":
        raise Refusal(f"{outer} needs a value or a list, found a map", expression.start)
    return outer, inner.evaluate, outer


def _one_for(evaluate: Evaluate) -> Evaluate:
    def one(fields: Fields, now: int) -> int | None:
        value = evaluate(fields, now)
        return None if value is None or value == "" else 1

    return one


def _kind_of(column: Parsed, outer: str, gives: str) -> str:
    kind = column.kind or _KINDS_OF_OPERATORS.get((gives, column.merge)) or _KINDS_OF_TYPES.get(gives, gives)
    if kind not in KINDS:
        raise Refusal(f"expected a kind: {', '.join(KINDS)}; found {kind[:60]}", column.kind_start)
    fitting = (
        ["int"] if outer == "count" else [name for name in KINDS if gives in KINDS[name].accepts.split()]
    )
    if kind not in fitting:
        name = outer if outer in (gives, "count") else f"a value of type {gives}"
        problem = f"the kind {kind} cannot hold {name}; expected {' or '.join(fitting)}"
        raise Refusal(problem, column.kind_start or column.start)
    return kind


def _merge_of(column: Parsed, outer: str, kind: str) -> str:
    allowed = KINDS[kind].operators.split()
    merge = column.merge or _OPERATORS.get(outer, allowed[0])
    if merge not in allowed:
        raise Refusal(
            f"{kind} can be merged by {', '.join(allowed)}; not by {merge[:60]}",
            column.merge_start or column.kind_start or column.start,
        )
    if outer in _OPERATORS and merge != _OPERATORS[outer]:
        raise Refusal(f"{outer} merges by {_OPERATORS[outer]}, not by {merge}", column.merge_start)
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
