"""Where the words of a mapping's text begin and end, and how a mistake is shown in it."""

import re
from functools import lru_cache
from typing import NamedTuple, NoReturn

from lytics_cm.errors import InvalidInput

_WINDOW = 60
"""Characters of a line shown on either side of a mistake."""

_PATTERN = re.compile(
    r"""[ \t\r\n\xa0\ufeff]+ | (?:--|\#|//)[^\n]* | /\*[\s\S]*?\*/
    | (?P<open>/\*)
    | (?P<joined>[A-Za-z_][A-Za-z0-9_.]*(?:[-/][A-Za-z0-9_][A-Za-z0-9_.]*)+)
    | (?P<name>[A-Za-z_][A-Za-z0-9_.]*)
    | (?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)
    | (?P<string>"(?:[^"\\]|\\"|\\(?!"))*" | '(?:[^'\\]|\\'|\\(?!'))*')
    | (?P<quoted>`[^`]+`)
    | (?P<sign>==|!=|<>|<=|>=|\|\||&&|[-+*/%=<>!(),;\[\]])""",
    re.VERBOSE,
)


_REFUSALS = {
    "open": "this comment has no end; expected */",
    "joined": "a name with - or / stands in backticks: `{0}`; a calculation has blanks around its sign",
}
"""What begins like a word and is none. Lytics reads `my-field` as a name, and a calculator as two."""


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


def _tokens_of(text: str, stream: str = "") -> list[Token]:
    """Cut a text into words. Raises `MappingError` at the first sign that begins none."""
    found, at = [], 0
    while at < len(text):
        match = _PATTERN.match(text, at)
        if match is None:
            raise MappingError(_unreadable(text[at]), text, at, stream=stream)
        if match.lastgroup in _REFUSALS:
            raise MappingError(_REFUSALS[match.lastgroup].format(match[0]), text, at, stream=stream)
        if match.lastgroup:
            found.append(Token(match.lastgroup, match[0], at, match.end()))
        at = match.end()
    found.append(Token("end", "the end of the text", at, at))
    return found


@lru_cache(maxsize=4)
def spaced(text: str) -> str:
    """A text with blanks around the signs that join names: what `a-b` meant to versions that took it."""
    parts, at = [], 0
    while at < len(text):
        match = _PATTERN.match(text, at)
        word = match[0] if match else text[at]
        is_joined = match is not None and match.lastgroup == "joined"
        parts.append(re.sub("([-/])", r" \1 ", word) if is_joined else word)
        at += len(word)
    return "".join(parts)


def _unreadable(sign: str) -> str:
    if sign in "\"'":
        return f"this string has no end; expected {sign}"
    if sign == "`":
        return "this name has no end; expected `"
    if sign in "\u201c\u201d\u2018\u2019":
        return f"expected a straight quote, \" or ', found {sign}"
    return f"{sign!r} has no meaning here; a name with such a sign stands in backticks"


class Tokens:
    """The words of a text, read from left to right."""

    def __init__(self, text: str, stream: str = "") -> None:
        self.text, self.stream = text, stream
        self.words = _tokens_of(text, stream)
        self.at = 0
        self.depth = 0

    @property
    def next(self) -> Token:
        return self.words[self.at]

    def take(self) -> Token:
        token = self.words[self.at]
        self.at += 1
        return token

    def accept(self, *words: str) -> Token | None:
        """Take the next word if it is one of these keywords or signs."""
        token = self.next
        if token.word in words or (token.kind == "sign" and token.text in words):
            return self.take()
        return None

    def expect(self, word: str, otherwise: str = "") -> Token:
        return self.accept(word) or self.fail(otherwise or word)

    def take_kind(self, kind: str, expected: str) -> Token:
        return self.take() if self.next.kind == kind else self.fail(expected)

    def calls(self) -> bool:
        """Whether the word after the next one opens a parenthesis."""
        return self.next.kind != "end" and self.words[self.at + 1].text == "("

    def fail(self, expected: str) -> NoReturn:
        found = self.next.text if len(self.next.text) <= 40 else self.next.text[:40] + "..."  # noqa: PLR2004 - for people
        raise MappingError(
            f"expected {expected}, found {found}", self.text, self.next.start, stream=self.stream
        )

    def refuse(self, problem: str, start: int) -> MappingError:
        return MappingError(problem, self.text, start, stream=self.stream)

    @property
    def end(self) -> int:
        """Where the last word taken ends."""
        return self.words[self.at - 1].end
