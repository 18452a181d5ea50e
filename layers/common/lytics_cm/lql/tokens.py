"""Where the words of a mapping's text begin and end, and how a mistake is shown in it."""

import re
from typing import NamedTuple

from lytics_cm.errors import InvalidInput

_WINDOW = 60
"""Characters of a line shown on either side of a mistake."""

_PATTERN = re.compile(
    r"""[ \t\r\n]+ | --[^\n]*
    | (?P<name>[A-Za-z_][A-Za-z0-9_.]*)
    | (?P<number>[0-9]+(?:\.[0-9]+)?)
    | (?P<string>"(?:[^"\\]|\\"|\\(?!"))*" | '(?:[^'\\]|\\'|\\(?!'))*')
    | (?P<quoted>`[^`]+`)
    | (?P<sign>==|!=|<>|<=|>=|\|\||&&|[-+*/%=<>!(),\[\]])""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """A word, and where it stands in the text. `kind` is name, number, string, quoted, sign or end."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The upper-case form of a bare word, for comparison with keywords; otherwise nothing."""
        return self.text.upper() if self.kind == "name" else ""


class MappingError(InvalidInput):
    """A mapping that cannot be accepted: where it goes wrong, what was expected, and the place itself.

    `line` and `column` count from 1. `excerpt` is the line with a caret under the culprit.
    """

    def __init__(self, problem: str, text: str, start: int, *, stream: str = "") -> None:
        self.problem = problem
        self.stream = stream
        self.line = text.count("\n", 0, start) + 1
        begin = text.rfind("\n", 0, start) + 1
        self.column = start - begin + 1
        self.excerpt = _excerpt(text, begin, start)
        place = f"line {self.line}, column {self.column}"
        where = f"{stream}, {place}" if stream else place
        super().__init__(
            f"{where}: {problem}\n{self.excerpt}",
            details=[{"field": where, "message": problem, "excerpt": self.excerpt}],
        )


def _excerpt(text: str, begin: int, start: int) -> str:
    end = text.find("\n", start)
    left = max(begin, start - _WINDOW)
    right = min(len(text) if end < 0 else end, start + _WINDOW)
    shown = "".join(sign if sign.isprintable() else " " for sign in text[left:right])
    return f"    {shown}\n    {' ' * (start - left)}^"


def tokens_of(text: str, stream: str = "") -> list[Token]:
    """Cut a text into words. Raises `MappingError` at the first sign that begins none."""
    found, at = [], 0
    while at < len(text):
        match = _PATTERN.match(text, at)
        if match is None:
            raise MappingError(_unreadable(text[at]), text, at, stream=stream)
        if match.lastgroup:
            found.append(Token(match.lastgroup, match[0], at, match.end()))
        at = match.end()
    found.append(Token("end", "the end of the text", at, at))
    return found


def _unreadable(sign: str) -> str:
    if sign in "\"'":
        return f"this string has no end; expected {sign}"
    if sign == "`":
        return "this name has no end; expected `"
    return f"{sign!r} has no meaning here; a name with such a sign stands in backticks"
