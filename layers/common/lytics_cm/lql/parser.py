"""The grammar of the mapping language, a function per rule (lytics.md 5.1)."""

from collections.abc import Callable

from lytics_cm.lql.tokens import MappingError, Token, Tokens
from lytics_cm.lql.tree import Call, Column, Expression, Items, Literal, Name, Query

MAX_TEXT_CHARS = 100_000
MAX_EXPRESSION_CHARS = 4096
MAX_DEPTH = 50

_RESERVED = frozenset(("ALIAS", "AND", "AS", "BETWEEN", "BY", "CONTAINS", "ELSE", "EXISTS", "FALSE", "FROM", "IF", "IN", "INTERSECTS", "INTO", "IS", "KIND", "LIKE", "LONGDESC", "MERGEOP", "NOT", "NULL", "OR", "SELECT", "SHORTDESC", "TRUE", "WHERE"))  # fmt: skip
_CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}
_COMPARISONS = {"=": "==", "==": "==", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_CLAUSES = ("AS", "IF", "SHORTDESC", "LONGDESC", "KIND", "MERGEOP")
_ANOTHER_COLUMN = (
    "a column has one value and one condition; another column with its own IF may make the same field"
)
_OPERAND = "a column, a value, a function or ("


def parse_query(text: str, stream: str = "") -> Query:
    """`query = SELECT column {"," column} FROM name INTO user BY name {OR name} [WHERE condition] [ALIAS name]`."""
    if len(text) > MAX_TEXT_CHARS:
        raise MappingError(
            f"the text is longer than {MAX_TEXT_CHARS} characters", text, MAX_TEXT_CHARS, stream=stream
        )
    tokens = Tokens(text, stream)
    tokens.expect("SELECT")
    columns = [_column(tokens)]
    while tokens.accept(","):
        columns.append(_column(tokens))
    tokens.expect(
        "FROM", '"," and another column, a clause of this one (AS, IF, SHORTDESC, KIND, MERGEOP), or FROM'
    )
    source = _name(tokens, "the name of the stream")
    tokens.expect("INTO")
    into = tokens.next
    if _name(tokens, "user").name != "user":
        raise tokens.refuse(f"expected user, found {into.text[:60]}", into.start)
    tokens.expect("BY")
    unique_ids = [_name(tokens, "the field that identifies a person")]
    while tokens.accept("OR"):
        unique_ids.append(_name(tokens, "the field that identifies a person"))
    where = _bounded(tokens)[0] if tokens.accept("WHERE") else None
    alias = _name(tokens, "a name for this mapping").name if tokens.accept("ALIAS") else source.name
    if tokens.next.kind != "end":
        tokens.fail("the end of the text")
    return Query(tuple(columns), source.name, source.start, tuple(unique_ids), where, alias)


def parse_expression(text: str) -> Expression:
    """`expression = condition`."""
    tokens = Tokens(text)
    expression, _ = _bounded(tokens)
    if tokens.next.kind != "end":
        tokens.fail("an operator or the end")
    return expression


def _column(tokens: Tokens) -> Column:
    """`column = expression {AS name | IF condition | SHORTDESC string | LONGDESC string | KIND kind | MERGEOP name}`.

    Every clause at most once; AS is required.
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
        tokens.fail("AS and the profile field")
    return column


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
    """`test = (LIKE | CONTAINS) sum | (IN | INTERSECTS) (list | array | sum) | BETWEEN sum AND sum`."""
    word = tokens.accept("IN", "LIKE", "CONTAINS", "INTERSECTS", "BETWEEN")
    if word is None:
        return None
    match word.word:
        case "IN" | "INTERSECTS":
            right: tuple[Expression, ...] = (_list(tokens) if tokens.next.text == "(" else _sum(tokens),)
        case "BETWEEN":
            low = _sum(tokens)
            tokens.expect("AND")
            right = (low, _sum(tokens))
        case _:
            right = (_sum(tokens),)
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
    if token.kind == "name" and tokens.calls() and token.word not in ("NOT", "IN", "LIKE", "BETWEEN", "IF"):
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
    number = float(token.text) if "." in token.text else int(token.text[:20])
    if not -(2**63) <= number < 2**63 or len(token.text) > 20:  # noqa: PLR2004 - the digits of a 64-bit number
        raise tokens.refuse("this number has more than 64 bits", token.start)
    return Literal(number, token.start, token.end)


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
