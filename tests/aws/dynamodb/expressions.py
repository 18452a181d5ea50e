"""DynamoDB's expression language: conditions on an item and changes of it, with its rules on names and values.

Limits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
"""

import re
from decimal import Decimal
from functools import cache

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

TOKEN = re.compile(r"\s*(?:(#?\w+)|(:\w+)|(<>|<=|>=|[=<>(),.+\-\[\]]))")
RESERVED = {word.upper() for word in ReservedKeywords.get_reserved_keywords()}
MAX_EXPRESSION_BYTES = 4096
"""Bytes of an expression."""
MAX_OPERATORS = 300
MAX_OPTIONS = 100
"""Operands of one IN."""
MAX_VALUES_BYTES = 2 * 1024 * 1024
"""Bytes of all values of an expression."""
OPERATORS = {"AND", "OR", "NOT", "BETWEEN", "IN", "=", "<>", "<", "<=", ">", ">=", "+", "-", "("}
COMPARISONS = {
    "=": lambda one, other: one == other,
    "<>": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


class Invalid(Exception):
    """What DynamoDB calls a ValidationException."""


class Paths:
    """The names and values that a request defines; all must be used."""

    def __init__(self, params):
        self.names = params.get("ExpressionAttributeNames", {})
        self.values = params.get("ExpressionAttributeValues", {})
        self.used = set()
        if sum(map(_length, self.values.values())) > MAX_VALUES_BYTES:
            raise Invalid("The values of the expression are larger than 2 MB")

    def name(self, word):
        if word.startswith("#"):
            if word not in self.names:
                raise Invalid(
                    f"An expression attribute name used in the document path is not defined: {word}"
                )
            self.used.add(word)
            return self.names[word]
        if word.upper() in RESERVED:
            raise Invalid(f"Attribute name is a reserved keyword: {word}")
        return word

    def value(self, word):
        if word not in self.values:
            raise Invalid(f"An expression attribute value used in expression is not defined: {word}")
        self.used.add(word)
        return self.values[word]

    def path(self, text):
        return Tokens(text, self).path()

    def check_all_used(self):
        unused = {*self.names, *self.values} - self.used
        if unused:
            raise Invalid(f"Value provided in ExpressionAttributeNames or Values unused: {sorted(unused)}")


@cache
def _words(text):
    if len(text.encode()) > MAX_EXPRESSION_BYTES:
        raise Invalid("Expression size has exceeded the maximum allowed size")
    words, at = [], 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if not found:
            raise Invalid(f"Syntax error in expression at {text[at : at + 20]!r}")
        words.append(found[1] or found[2] or found[3])
        at = found.end()
    if sum(word.upper() in OPERATORS for word in words) > MAX_OPERATORS:
        raise Invalid("The expression contains too many operators and functions")
    return words


class Tokens:
    """A cursor over an expression."""

    def __init__(self, text, paths):
        self.paths = paths
        self.words = _words(text.rstrip())
        self.at = 0

    @property
    def next(self):
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self):
        word = self.next
        if not word:
            raise Invalid("Syntax error: the expression ends too early")
        self.at += 1
        return word

    def accept(self, *words):
        if self.next.upper() in words:
            return self.take().upper()
        return None

    def expect(self, word):
        if not self.accept(word):
            raise Invalid(f"Syntax error: expected {word} at {self.next!r}")

    def path(self):
        """path = name ("." name | "[" index "]")*"""
        steps = [self.paths.name(self.take())]
        while self.next in (".", "["):
            if self.take() == ".":
                steps.append(self.paths.name(self.take()))
            else:
                steps.append(int(self.take()))
                self.expect("]")
        return tuple(steps)


LAST = "\U0010ffff"
"""No text of ours goes on with it: behind a text, it is behind all that begin so."""


class Condition:
    """A condition, parsed: `holds` says whether it does for an item."""

    def __init__(self, claim, parser):
        self.holds, self._equals = claim, parser.equals
        self._least, self._most = parser.least, parser.most

    @classmethod
    def parse(cls, text, paths):
        parser = _Conditions(Tokens(text, paths))
        claim = parser.any_of()
        if parser.tokens.next:
            raise Invalid(f"Syntax error at {parser.tokens.next!r}")
        return cls(claim, parser)

    def equal_to(self, name):
        """The value that the attribute must have, where the condition says so."""
        return self._equals.get((name,))

    def least(self, name):
        """The value that a key is not below, if the condition of a query says so."""
        return self._least.get((name,))

    def most(self, name):
        """The value that a key is not above, if the condition of a query says so."""
        return self._most.get((name,))


class _Conditions:
    def __init__(self, tokens):
        self.tokens = tokens
        self.equals, self.least, self.most = {}, {}, {}

    def any_of(self):
        claims = [self.all_of()]
        while self.tokens.accept("OR"):
            claims.append(self.all_of())
        return claims[0] if len(claims) == 1 else lambda item: any(claim(item) for claim in claims)

    def all_of(self):
        claims = [self.negation()]
        while self.tokens.accept("AND"):
            claims.append(self.negation())
        return claims[0] if len(claims) == 1 else lambda item: all(claim(item) for claim in claims)

    def negation(self):
        if self.tokens.accept("NOT"):
            claim = self.negation()
            return lambda item: not claim(item)
        if self.tokens.accept("("):
            claim = self.any_of()
            self.tokens.expect(")")
            return claim
        return self.claim()

    def claim(self):
        word = self.tokens.next.lower()
        if word in _FUNCTIONS and self.tokens.words[self.tokens.at + 1 : self.tokens.at + 2] == ["("]:
            return self.function(self.tokens.take().lower())
        left, path = self.operand()
        sign = self.tokens.take().upper()
        if sign == "BETWEEN":
            low, _ = self.operand()
            self.tokens.expect("AND")
            high, _ = self.operand()
            self.least[path], self.most[path] = low({}), high({})
            return lambda item: (
                _compare("<=", low(item), left(item)) and _compare("<=", left(item), high(item))
            )
        if sign == "IN":
            options = self.several()
            if len(options) > MAX_OPTIONS:
                raise Invalid("The IN operator is provided with too many operands")
            return lambda item: any(_compare("=", left(item), option(item)) for option in options)
        if sign not in COMPARISONS:
            raise Invalid(f"Syntax error at {sign!r}")
        literal = self.tokens.next
        right, _ = self.operand()
        if literal.startswith(":"):
            self.bound(path, sign, right({}))
        return lambda item: _compare(sign, left(item), right(item))

    def bound(self, path, sign, value):
        """Remember what a comparison with a value says of the attribute."""
        if sign == "=":
            self.equals[path] = value
        if sign in ("=", ">", ">="):
            self.least[path] = value
        if sign in ("=", "<", "<="):
            self.most[path] = value

    def function(self, name):
        self.tokens.expect("(")
        operand, path = self.operand()
        operands = [operand]
        while self.tokens.accept(","):
            operands.append(self.operand()[0])
        self.tokens.expect(")")
        if name == "begins_with" and "S" in (start := operands[1]({})):
            self.least[path], self.most[path] = start, {"S": start["S"] + LAST}
        test = _FUNCTIONS[name]
        return lambda item: test(*(operand(item) for operand in operands))

    def several(self):
        self.tokens.expect("(")
        operands = [self.operand()[0]]
        while self.tokens.accept(","):
            operands.append(self.operand()[0])
        self.tokens.expect(")")
        return operands

    def operand(self):
        """A function of the item, and the path it reads if it is one."""
        if self.tokens.next.startswith(":"):
            value = self.tokens.paths.value(self.tokens.take())
            return (lambda _: value), None
        if self.tokens.next.lower() == "size" and self.tokens.words[
            self.tokens.at + 1 : self.tokens.at + 2
        ] == ["("]:
            self.tokens.take()
            self.tokens.expect("(")
            path = self.tokens.path()
            self.tokens.expect(")")
            return (lambda item: _size(find(item, path))), None
        path = self.tokens.path()
        return (lambda item: find(item, path)), path


class Change:
    """An update expression, parsed."""

    def __init__(self, steps):
        self.steps = steps
        self.roots = {path[0] for _, path, _ in steps}

    @classmethod
    def parse(cls, text, paths):
        tokens, steps = Tokens(text, paths), []
        while clause := tokens.accept("SET", "REMOVE", "ADD", "DELETE"):
            while True:
                path = tokens.path()
                steps.append((clause, path, _operation(clause, tokens)))
                if not tokens.accept(","):
                    break
        if tokens.next:
            raise Invalid(f"Syntax error in UpdateExpression at {tokens.next!r}")
        paths_changed = [path for _, path, _ in steps]
        if len(set(paths_changed)) < len(paths_changed):
            raise Invalid("Two document paths overlap with each other")
        return cls(steps)

    def applied(self, old):
        """The item after the change; operands see it as it was before."""
        new = dict(old)
        for clause, path, operation in self.steps:
            if clause == "SET":
                _put(new, path, operation(old))
            elif clause == "REMOVE":
                _remove(new, path)
            else:
                value = (_added if clause == "ADD" else _deleted)(find(old, path), operation(old))
                if value is None:
                    _remove(new, path)
                else:
                    _put(new, path, value)
        return new


def _operation(clause, tokens):
    if clause == "REMOVE":
        return None
    if clause in ("ADD", "DELETE"):
        value = tokens.paths.value(tokens.take())
        return lambda _: value
    tokens.expect("=")
    first = _term(tokens)
    sign = tokens.accept("+", "-")
    if not sign:
        return first
    second = _term(tokens)
    return lambda item: _number(_value_of(first(item)) + (1 if sign == "+" else -1) * _value_of(second(item)))


def _term(tokens):
    if tokens.next.startswith(":"):
        value = tokens.paths.value(tokens.take())
        return lambda _: value
    if tokens.next.lower() == "if_not_exists":
        tokens.take()
        tokens.expect("(")
        path = tokens.path()
        tokens.expect(",")
        other = _term(tokens)
        tokens.expect(")")
        return lambda item: found if (found := find(item, path)) is not None else other(item)
    if tokens.next.lower() == "list_append":
        tokens.take()
        tokens.expect("(")
        one = _term(tokens)
        tokens.expect(",")
        other = _term(tokens)
        tokens.expect(")")
        return lambda item: {"L": [*one(item)["L"], *other(item)["L"]]}
    path = tokens.path()

    def read(item):
        found = find(item, path)
        if found is None:
            raise Invalid("The provided expression refers to an attribute that does not exist in the item")
        return found

    return read


def find(item, path):
    """The value at a path, None when there is none."""
    value = {"M": item}
    for step in path:
        ((kind, inner),) = value.items()
        is_there = (
            step in inner if kind == "M" else kind == "L" and isinstance(step, int) and step < len(inner)
        )
        if not is_there:
            return None
        value = inner[step]
    return value


def _put(item, path, value):
    *ways, last = path
    _holder(item, ways)[last] = value


def _remove(item, path):
    *ways, last = path
    holder = _holder(item, ways)
    if isinstance(holder, dict):
        holder.pop(last, None)
    elif last < len(holder):
        del holder[last]


def _holder(item, ways):
    """The map or list that a path ends in, copied on the way so that the old item stays as it was."""
    holder = item
    for step in ways:
        try:
            value = holder[step]
        except (KeyError, IndexError):
            raise Invalid(
                "The document path provided in the update expression is invalid for update"
            ) from None
        ((kind, inner),) = value.items()
        inner = dict(inner) if kind == "M" else list(inner)
        holder[step] = {kind: inner}
        holder = inner
    return holder


def _added(old, value):
    ((kind, inner),) = value.items()
    if kind == "N":
        return _number((_value_of(old) if old else 0) + Decimal(inner))
    if kind not in ("SS", "NS", "BS"):
        raise Invalid("Incorrect operand type for operator ADD")
    return {kind: [*(known := old[kind] if old else []), *(one for one in inner if one not in known)]}


def _deleted(old, value):
    ((kind, inner),) = value.items()
    left = [one for one in (old or {}).get(kind, []) if one not in inner]
    return {kind: left} if left else None


def _value_of(value):
    ((kind, inner),) = value.items()
    if kind != "N":
        raise Invalid("An operand in the update expression has an incorrect data type")
    return Decimal(inner)


def _number(value):
    return {"N": format(value.normalize(), "f")}


def _compare(sign, one, other):
    if one is None or other is None:
        return sign == "<>" and one is not other
    (kind, mine), (other_kind, theirs) = next(iter(one.items())), next(iter(other.items()))
    if kind != other_kind:
        return sign == "<>"
    return COMPARISONS[sign](_ordered(kind, mine), _ordered(kind, theirs))


def _length(value):
    """About the bytes of a value: long are texts and bytes."""
    ((_, inner),) = value.items()
    if isinstance(inner, str):
        return len(inner.encode())
    if isinstance(inner, dict):
        return sum(map(_length, inner.values()))
    return len(inner) if isinstance(inner, bytes | bytearray) else 1


def _ordered(kind, inner):
    if kind == "S":
        return inner.encode()
    if kind == "N":
        return Decimal(inner)
    return frozenset(inner) if kind in ("SS", "NS", "BS") else inner


def _size(value):
    if value is None:
        return None
    inner = next(iter(value.values()))
    return {"N": str(len(inner.encode() if isinstance(inner, str) else inner))}


def _begins_with(value, start):
    if value is None:
        return False
    ((kind, inner),) = value.items()
    return kind in start and inner.startswith(start[kind])


def _contains(value, part):
    if value is None:
        return False
    ((kind, inner),) = value.items()
    ((part_kind, wanted),) = part.items()
    if kind == "L":
        return part in inner
    return kind in (part_kind, f"{part_kind}S") and wanted in inner


_FUNCTIONS = {
    "attribute_exists": lambda value: value is not None,
    "attribute_not_exists": lambda value: value is None,
    "attribute_type": lambda value, kind: value is not None and kind["S"] in value,
    "begins_with": _begins_with,
    "contains": _contains,
}
