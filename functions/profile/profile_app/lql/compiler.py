"""What an expression computes: a function of a row's fields and time, and the type known beforehand."""

from typing import Any, NamedTuple

from profile_app.lql.functions import FUNCTIONS, OPERATORS
from profile_app.lql.functions.signature import MANY, Function
from profile_app.lql.tree import Call, Expression, Items, Literal, Name
from profile_app.lql.values import UNEVALUABLE, Evaluate, Fields, clean

AGGREGATES = ("count", "set", "cap", "valuect", "min", "max", "sum")
"""These say how a field is kept, and so stand outermost."""

_LITERAL_TYPES = {str: "string", int: "int", float: "number", bool: "bool", type(None): "any"}


class Refusal(Exception):
    """An expression that cannot be compiled, and where it goes wrong."""

    def __init__(self, problem: str, start: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.start = start


class Compiled(NamedTuple):
    """An expression ready to evaluate.

    `reads` are the columns it depends on; nothing if on more than columns.
    """

    evaluate: Evaluate
    gives: str
    reads: frozenset[str] | None


def compile_expression(expression: Expression) -> Compiled:
    """Raises `Refusal` for an unknown function, a wrong number of arguments, or an aggregate inside."""
    match expression:
        case Literal(value):
            return Compiled(lambda _, __: value, _LITERAL_TYPES[type(value)], frozenset())
        case Name(name):
            read = _entry(name) if "." in name else _column(name)
            return Compiled(read, "any", frozenset((name, name.partition(".")[0])))
        case Items(items):
            return _compile_items([compile_expression(item) for item in items])
        case Call("AND" | "OR" as word, terms):
            return _compile_logic(word, terms)
        case Call():
            return _compile_call(expression)


def _column(name: str) -> Evaluate:
    def read(fields: Fields, _: int) -> Any:
        value = fields.get(name)
        if value is None:
            return None
        return (value or None) if type(value) is str else clean(value)

    return read


def _entry(name: str) -> Evaluate:
    """A column with a dot in its name, or else an entry of a map."""
    outer, _, inner = name.partition(".")

    def read(fields: Fields, _: int) -> Any:
        value = fields.get(name)
        if value is None:
            around = fields.get(outer)
            value = around.get(inner) if type(around) is dict else None
        return clean(value)

    return read


def _compile_items(items: list[Compiled]) -> Compiled:
    evaluate = [item.evaluate for item in items]

    def every(fields: Fields, now: int) -> list[Any]:
        """What is a list itself adds its elements."""
        values = [value for each in evaluate if (value := each(fields, now)) is not None]
        return [item for value in values for item in (value if type(value) is list else (value,))]

    return Compiled(every, "list", _reads(items))


def _reads(parts: list[Compiled]) -> frozenset[str] | None:
    reads: set[str] = set()
    for part in parts:
        if part.reads is None:
            return None
        reads |= part.reads
    return frozenset(reads)


def _compile_logic(word: str, terms: tuple[Expression, ...]) -> Compiled:
    parts = [compile_condition(term) for term in terms]
    evaluate = tuple(part.evaluate for part in parts)
    return Compiled(_all_of(evaluate) if word == "AND" else _any_of(evaluate), "bool", _reads(parts))


def compile_condition(term: Expression) -> Compiled:
    """Raises `Refusal` as well when it can be told that the result is no boolean."""
    part = compile_expression(term)
    if part.gives not in ("bool", "any"):
        raise Refusal(f"expected a condition, found a value of type {part.gives}", term.start)
    return part


def _all_of(terms: tuple[Evaluate, ...]) -> Evaluate:
    """Missing counts as false."""

    def run(fields: Fields, now: int) -> bool:
        return all(term(fields, now) is True for term in terms)

    return run


def _any_of(terms: tuple[Evaluate, ...]) -> Evaluate:
    """What is missing is passed over; nothing if everything is."""

    def run(fields: Fields, now: int) -> bool | None:
        found = None
        for term in terms:
            value = term(fields, now)
            if value is True:
                return True
            if value is not None:
                found = False
        return found

    return run


def _compile_call(call: Call) -> Compiled:
    function = OPERATORS.get(call.function) or FUNCTIONS.get(call.function)
    if call.function in AGGREGATES:
        raise Refusal(f"{call.function} says how a field is kept and can only stand outermost", call.start)
    if function is None:
        raise Refusal(f"there is no function {call.function[:60]}{_guess(call.function)}", call.start)
    check_count(call, function.least, function.most)
    parts = [_compile_argument(function, call, term) for term in call.arguments]
    if function.check is not None:
        _check_constants(function, call)
    evaluate = tuple(part.evaluate for part in parts)
    reads = _reads(parts) if not function.in_row or function.timeless else None
    return Compiled(_bind(function, evaluate), function.gives, reads)


def _compile_argument(function: Function, call: Call, term: Expression) -> Compiled:
    if call.function == "NOT":
        return compile_condition(term)
    compiled = compile_expression(term)
    if function.sees_empty and isinstance(term, Name):
        told, name = compiled.evaluate, term.name
        return compiled._replace(
            evaluate=lambda fields, now: "" if fields.get(name) == "" else told(fields, now)
        )
    return compiled


def _guess(name: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - needed only for mistakes

    close = get_close_matches(name[:60], [*FUNCTIONS, *AGGREGATES], n=1)
    return f"; did you mean {close[0]}?" if close else ""


def check_count(call: Call, least: int, most: int) -> None:
    """Raises `Refusal` when a function is given too few or too many arguments."""
    given = len(call.arguments)
    if least <= given <= most:
        return
    wanted = str(least) if least == most else f"{least} or more" if most == MANY else f"{least} to {most}"
    noun = "argument" if wanted == "1" else "arguments"
    raise Refusal(f"{call.function} takes {wanted} {noun}, not {given}", call.start)


def _check_constants(function: Function, call: Call) -> None:
    constants = [term.value if isinstance(term, Literal) else ... for term in call.arguments]
    try:
        function.check(*constants)  # type: ignore[misc]  # the caller looked
    except ValueError as error:
        culprit = next((term for term in call.arguments if isinstance(term, Literal)), call.arguments[-1])
        raise Refusal(f"{call.function}: {error}", culprit.start) from error


def _bind(function: Function, arguments: tuple[Evaluate, ...]) -> Evaluate:
    """Evaluate the arguments first.

    If one is missing, so is the result, unless the function looks at that itself.
    """
    run = function.run
    if function.in_row or function.sees_missing or len(arguments) != 1:
        return _bind_many(function, arguments)
    only = arguments[0]

    def call(fields: Fields, now: int) -> Any:
        value = only(fields, now)
        try:
            return None if value is None else run(value)
        except UNEVALUABLE:
            return None

    return call


def _bind_many(function: Function, arguments: tuple[Evaluate, ...]) -> Evaluate:
    run, in_row, sees_missing = function.run, function.in_row, function.sees_missing
    if not arguments:
        return run  # it takes the row's fields and time, and nothing else

    def call(fields: Fields, now: int) -> Any:
        values = [argument(fields, now) for argument in arguments]
        if not sees_missing and None in values:
            return None
        try:
            return run(fields, now, *values) if in_row else run(*values)
        except UNEVALUABLE:
            return None

    return call
