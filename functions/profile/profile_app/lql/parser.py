"""The grammar of the mapping language, a function per rule (docs/reference/lytics.md#grammar)."""

import math
from collections.abc import Callable
from typing import Any

from profile_app.lql.tokens import MappingError, Token, Tokens
from profile_app.lql.tree import Call, Column, Expression, Items, Literal, Name, Query
from profile_app.lql.values import bounded

MAX_TEXT_CHARS = 100_000
MAX_EXPRESSION_CHARS = 4096
MAX_DEPTH = 50
_MAX_DIGITS = 20
"""More than a 64-bit number has."""

_RESERVED = frozenset(("ALIAS", "AND", "AS", "BETWEEN", "BY", "CONTAINS", "ELSE", "EXISTS", "FALSE", "FROM", "IF", "IN", "INTERSECTS", "INTO", "IS", "KIND", "LIKE", "LONGDESC", "MERGEOP", "NOT", "NULL", "OR", "SELECT", "SHORTDESC", "TRUE", "WHERE"))  # fmt: skip
_CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}
_COMPARISONS = {"=": "==", "==": "==", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_CLAUSES = ("AS", "IF", "SHORTDESC", "LONGDESC", "KIND", "MERGEOP")
_ANOTHER_COLUMN = (
    "a column has one value and one condition; another column with its own IF may make the same field"
)
_PREFIXES = {"count": "ct", "valuect": "cts", "todate": "", "toint": "", "tostring": "", "tofloat": ""}
"""What the name of a field without AS begins with; otherwise the function's name."""
_OPERAND = "a column, a value, a function or ("


def parse_query(text: str, stream: str = "") -> Query:
    """`query = SELECT column {"," column} [","] {clause} {";"}`. FROM, INTO and BY are needed."""
    if len(text) > MAX_TEXT_CHARS:
        raise MappingError(
            f"the text is longer than {MAX_TEXT_CHARS} characters", text, MAX_TEXT_CHARS, stream=stream
        )
    tokens = Tokens(text, stream)
    tokens.expect("SELECT")
    columns = [_column(tokens)]
    while tokens.accept(",") and tokens.next.word not in ("FROM", "INTO"):
        columns.append(_column(tokens))
    if tokens.next.word not in ("FROM", "INTO"):
        tokens.fail(
            '"," and another column, a clause of this one (AS, IF, SHORTDESC, KIND, MERGEOP), or FROM'
        )
    found = _query_clauses(tokens)
    source, alias = found["FROM"], found.get("ALIAS", found["FROM"])
    return Query(tuple(columns), source.name, source.start, found["BY"], found.get("WHERE"), alias.name)


def _query_clauses(tokens: Tokens) -> dict[str, Any]:
    """`clause = FROM name | INTO user | BY name {OR name} | WHERE condition | ALIAS name`, in any order."""
    found: dict[str, Any] = {}
    while clause := tokens.accept("FROM", "INTO", "BY", "WHERE", "ALIAS"):
        if clause.word in found:
            raise tokens.refuse(f"this mapping has two {clause.word}", clause.start)
        found[clause.word] = _query_clause(tokens, clause.word)
    for word in ("FROM", "INTO", "BY"):
        if word not in found:
            tokens.fail(word)
    while tokens.accept(";"):
        continue
    if tokens.next.kind != "end":
        tokens.fail("the end of the text")
    return found


def _query_clause(tokens: Tokens, clause: str) -> Any:
    match clause:
        case "FROM":
            return _name(tokens, "the name of the stream")
        case "INTO":
            return _table(tokens)
        case "BY":
            unique_ids = [_name(tokens, "the field that identifies a person")]
            while tokens.accept("OR"):
                unique_ids.append(_name(tokens, "the field that identifies a person"))
            return tuple(unique_ids)
        case "WHERE":
            return _bounded(tokens)[0]
        case _:
            return _name(tokens, "a name for this mapping")


def _table(tokens: Tokens) -> Name:
    """`table = user | users`, in any case: the only one that we keep."""
    table = _name(tokens, "user")
    if table.name.lower() not in ("user", "users"):
        raise tokens.refuse(f"expected user, found {table.name[:60]}", table.start)
    return table


def parse_expression(text: str) -> Expression:
    """`expression = condition`."""
    tokens = Tokens(text)
    expression, _ = _bounded(tokens)
    if tokens.next.kind != "end":
        tokens.fail("an operator or the end")
    return expression


def _column(tokens: Tokens) -> Column:
    """`column = expression {AS name | IF condition | SHORTDESC string | LONGDESC string | KIND kind | MERGEOP name}`.

    Every clause at most once. Without AS the field is named after the column.
    """
    expression, source = _bounded(tokens)
    column = Column(expression, source, start=expression.start)
    seen: set[str] = set()
    while clause := tokens.accept(*_CLAUSES):
        if clause.word in seen:
            raise tokens.refuse(f"this column has two {clause.word}", clause.start)
        seen.add(clause.word)
        column = _clause(tokens, clause.word, column)
    if tokens.next.word == "ELSE":
        raise tokens.refuse(f"ELSE: {_ANOTHER_COLUMN}", tokens.next.start)
    if not column.field:
        column = column._replace(field=_field_of(expression) or tokens.fail("AS and the profile field"))
    return column


def _field_of(expression: Expression) -> str:
    """The field of a column without AS, as the engine names it: `name`, `ct_event`, `ts` of `todate(ts)`.

    Nothing for constants, lists and calculations.
    """
    match expression:
        case Name(name):
            return name
        case Call(function, arguments) if not _is_operator(function):
            inner = _innermost(arguments)
            return "_".join(filter(None, (_PREFIXES.get(function, function), inner))) if inner else function
    return ""


def _innermost(arguments: tuple[Expression, ...]) -> str:
    """The column that a function is made of: its first argument, or that of its first argument."""
    match arguments[:1]:
        case (Name(name),):
            return name
        case (Call(function, inner),) if not _is_operator(function):
            return _innermost(inner)
    return ""


def _is_operator(function: str) -> bool:
    return not function[0].islower()


def _clause(tokens: Tokens, clause: str, column: Column) -> Column:
    """`clause = AS name | IF condition | SHORTDESC string | LONGDESC string | KIND kind | MERGEOP name`."""
    start = tokens.next.start
    match clause:
        case "AS":
            return column._replace(field=_name(tokens, "the profile field").name)
        case "IF":
            condition, source = _bounded(tokens)
            return column._replace(condition=condition, condition_source=source)
        case "SHORTDESC":
            return column._replace(
                description=_unquote(tokens.take_kind("string", "a description in quotes"))
            )
        case "LONGDESC":
            return column._replace(
                long_description=_unquote(tokens.take_kind("string", "a description in quotes"))
            )
        case "KIND":
            return column._replace(kind=_kind(tokens), kind_start=start)
        case _:
            operator = tokens.take_kind("name", "a merge operator").text.lower()
            return column._replace(merge=operator, merge_start=start)


def _kind(tokens: Tokens) -> str:
    """`kind = name | {name | "[" | "]"}, without blanks`."""
    if tokens.next.text != "[" and (tokens.next.kind != "name" or tokens.next.word in _RESERVED):
        tokens.fail("a kind, such as string, int, date or []string")
    first = tokens.take()
    kind, end = first.text, first.end
    while tokens.next.start == end and (tokens.next.kind == "name" or tokens.next.text in ("[", "]")):
        token = tokens.take()
        kind, end = kind + token.text, token.end
    return kind.lower()


def _bounded(tokens: Tokens) -> tuple[Expression, str]:
    """An expression of at most 4 KB, and its text."""
    start = tokens.next.start
    expression = _or(tokens)
    if tokens.end - start > MAX_EXPRESSION_CHARS:
        raise tokens.refuse(f"this expression is longer than {MAX_EXPRESSION_CHARS} characters", start)
    return expression, tokens.text[start : tokens.end]


def _or(tokens: Tokens) -> Expression:
    """`or = and {(OR | "||") and}`."""
    return _chain(tokens, "OR", "||", _and)


def _and(tokens: Tokens) -> Expression:
    """`and = not {(AND | "&&") not}`."""
    return _chain(tokens, "AND", "&&", _not)


def _chain(tokens: Tokens, word: str, sign: str, term: Callable[[Tokens], Expression]) -> Expression:
    terms = [term(tokens)]
    while tokens.accept(word, sign):
        terms.append(term(tokens))
    return Call(word, tuple(terms), terms[0].start, tokens.end) if len(terms) > 1 else terms[0]


def _not(tokens: Tokens) -> Expression:
    """`not = (NOT | "!") not | comparison`."""
    if word := tokens.accept("NOT", "!"):
        return Call("NOT", (_deeper(tokens, _not),), word.start, tokens.end)
    return _comparison(tokens)


def _comparison(tokens: Tokens) -> Expression:
    """`comparison = sum [sign sum | [NOT] test | IS [NOT] NULL] | EXISTS primary`."""
    if word := tokens.accept("EXISTS"):
        return Call("EXISTS", (_primary(tokens),), word.start, tokens.end)
    left = _sum(tokens)
    if sign := tokens.accept(*_COMPARISONS):
        return Call(_COMPARISONS[sign.text], (left, _sum(tokens)), left.start, tokens.end)
    if tokens.accept("IS"):
        negated = tokens.accept("NOT")
        tokens.expect("NULL")
        found = Call("IS NULL", (left,), left.start, tokens.end)
    else:
        negated = tokens.accept("NOT")
        test = _test(tokens, left)
        if test is None:
            if negated:
                tokens.fail("IN, LIKE, CONTAINS, INTERSECTS or BETWEEN")
            return left
        found = test
    return Call("NOT", (found,), found.start, found.end) if negated else found


def _test(tokens: Tokens, left: Expression) -> Call | None:
    """`test = (IN | INTERSECTS | LIKE | CONTAINS) (list | array | sum) | BETWEEN sum AND sum`."""
    word = tokens.accept("IN", "LIKE", "CONTAINS", "INTERSECTS", "BETWEEN")
    if word is None:
        return None
    match word.word:
        case "BETWEEN":
            low = _sum(tokens)
            tokens.expect("AND")
            right: tuple[Expression, ...] = (low, _sum(tokens))
        case _:
            right = (_list(tokens) if tokens.next.text == "(" else _sum(tokens),)
    return Call(word.word, (left, *right), left.start, tokens.end)


def _sum(tokens: Tokens) -> Expression:
    """`sum = product {("+" | "-") product}`."""
    left = _product(tokens)
    while sign := tokens.accept("+", "-"):
        left = Call(sign.text, (left, _product(tokens)), left.start, tokens.end)
    return left


def _product(tokens: Tokens) -> Expression:
    """`product = primary {("*" | "/" | "%") primary}`."""
    left = _primary(tokens)
    while sign := tokens.accept("*", "/", "%"):
        left = Call(sign.text, (left, _primary(tokens)), left.start, tokens.end)
    return left


def _primary(tokens: Tokens) -> Expression:
    """`primary = "(" condition ")" | call | literal | array | name`."""
    token = tokens.next
    if token.kind == "sign":
        return _signed(tokens)
    if token.kind in ("string", "number"):
        return _constant(tokens)
    if token.kind == "name" and tokens.calls() and token.word not in ("NOT", "LIKE", "BETWEEN", "IF"):
        return _call(tokens)
    if token.word in _CONSTANTS:
        tokens.take()
        return Literal(_CONSTANTS[token.word], token.start, token.end)
    return _name(tokens, _OPERAND)


def _signed(tokens: Tokens) -> Expression:
    """`signed = "(" condition ")" | array | "-" number`."""
    if tokens.accept("("):
        inner = _deeper(tokens, _or)
        tokens.expect(")", "an operator or )")
        return inner
    if tokens.next.text == "[":
        return _array(tokens)
    if minus := tokens.accept("-"):
        if tokens.next.kind != "number":
            tokens.fail("a number")
        number = _constant(tokens)
        return Literal(-number.value, minus.start, number.end)  # type: ignore[operator]  # a number was expected
    return _name(tokens, _OPERAND)


def _call(tokens: Tokens) -> Call:
    """`call = function "(" [condition {"," condition}] ")" | (AND | OR) list`."""
    function = tokens.take()
    if function.word in ("AND", "OR"):
        return Call(function.word, _list(tokens).items, function.start, tokens.end)
    tokens.expect("(")
    arguments: list[Expression] = []
    if not tokens.accept(")"):
        arguments.append(_deeper(tokens, _or))
        while tokens.accept(","):
            arguments.append(_deeper(tokens, _or))
        if tokens.next.word == "IF":
            raise tokens.refuse(f"{function.text[:60]}: {_ANOTHER_COLUMN}", tokens.next.start)
        tokens.expect(")", 'an operator, "," or )')
    return Call(function.text.lower(), tuple(arguments), function.start, tokens.end)


def _list(tokens: Tokens) -> Items:
    """`list = "(" condition {"," condition} [","] ")"`."""
    return _items(tokens, "(", ")", lambda: _deeper(tokens, _or))


def _array(tokens: Tokens) -> Items:
    """`array = "[" literal {"," literal} [","] "]"`."""
    return _items(tokens, "[", "]", lambda: _literal(tokens))


def _items(tokens: Tokens, opening: str, closing: str, item: Callable[[], Expression]) -> Items:
    start = tokens.expect(opening).start
    items = [item()]
    while tokens.accept(",") and tokens.next.text != closing:
        items.append(item())
    tokens.expect(closing, f'"," or {closing}')
    return Items(tuple(items), start, tokens.end)


def _literal(tokens: Tokens) -> Expression:
    """`literal = string | ["-"] number | TRUE | FALSE | NULL`."""
    found = _primary(tokens) if tokens.next.kind != "quoted" else None
    if not isinstance(found, Literal):
        start = tokens.next.start if found is None else found.start
        raise tokens.refuse(
            "expected a value: an array holds only strings, numbers, true, false or NULL", start
        )
    return found


def _constant(tokens: Tokens) -> Literal:
    """`constant = string | number`."""
    token = tokens.take()
    if token.kind == "string":
        return Literal(_unquote(token), token.start, token.end)
    number = _number(token.text)
    if number is None:
        raise tokens.refuse("this number has more than 64 bits", token.start)
    return Literal(number, token.start, token.end)


def _number(written: str) -> float | None:
    """`12` and `1e3` are whole; a point makes a fraction, also of `5.0`."""
    if "." not in written:
        return (
            bounded(int(written) if written.isdigit() else float(written))
            if len(written) <= _MAX_DIGITS
            else None
        )
    number = float(written)
    return None if math.isinf(number) else number


def _name(tokens: Tokens, expected: str) -> Name:
    """`name = letter {letter | digit | "_" | "."} | "`" any-but-backtick "`"`."""
    token = tokens.next
    if token.kind == "quoted":
        tokens.take()
        return Name(token.text[1:-1], token.start, token.end)
    if token.kind != "name" or token.word in _RESERVED:
        tokens.fail(expected)
    tokens.take()
    return Name(token.text, token.start, token.end)


def _unquote(token: Token) -> str:
    quote = token.text[0]
    return token.text[1:-1].replace("\\" + quote, quote)


def _deeper(tokens: Tokens, rule: Callable[[Tokens], Expression]) -> Expression:
    tokens.depth += 1
    if tokens.depth > MAX_DEPTH:
        raise tokens.refuse(f"this is nested more than {MAX_DEPTH} deep", tokens.next.start)
    found = rule(tokens)
    tokens.depth -= 1
    return found
