"""Regular expressions in RE2's notation, matched in time proportional to the text, whatever pattern and text say.

Python's `re` backtracks: one unlucky pattern and a row made for it would stop a worker. Here all ways through the
pattern are followed at once, so there are no back references and no look-around, as in RE2.
"""

from functools import lru_cache
from typing import NamedTuple

from profile_app.lql.pattern_reader import WORD, PatternReader, Test, Tree

_MAX_STEPS = 1000
_MAX_CHARS = 10_000


class _Step(NamedTuple):
    """What to do at a place of the compiled pattern: read a sign, look around, or go on in one or two places."""

    kind: str
    test: Test | None = None
    to: tuple[int, ...] = ()


@lru_cache(maxsize=256)
def pattern(text: str) -> "Pattern":
    return Pattern(text)


class Pattern:
    """A compiled pattern. Raises `ValueError`, saying what is wrong with it."""

    def __init__(self, text: str) -> None:
        self._steps: list[_Step] = []
        self._write(PatternReader(text).tree())
        self._add(_Step("found"))

    def found_in(self, text: str) -> bool:
        """Whether the pattern matches anywhere in the text. Raises `ValueError` for more than 10,000 characters."""
        if len(text) > _MAX_CHARS:
            raise ValueError("too long a text for a pattern")
        active: list[int] = []
        for at in range(len(text) + 1):
            reached = self._closure([*active, 0], text, at)
            if reached is None:
                return True
            sign = text[at : at + 1]
            steps = self._steps
            active = [here + 1 for here in reached if sign and (test := steps[here].test) and test(sign)]
        return False

    def _closure(self, places: list[int], text: str, at: int) -> list[int] | None:
        """The places that read a sign next; nothing at all once the pattern is found."""
        seen, reading, stack = set[int](), list[int](), places
        while stack:
            here = stack.pop()
            if here in seen:
                continue
            seen.add(here)
            step = self._steps[here]
            if step.kind == "found":
                return None
            if step.kind == "read":
                reading.append(here)
            elif step.kind == "go":
                stack.extend(step.to)
            elif _holds(step.kind, text, at):
                stack.append(here + 1)
        return reading

    def _add(self, step: _Step) -> int:
        if len(self._steps) >= _MAX_STEPS:
            raise ValueError("this pattern is too large")
        self._steps.append(step)
        return len(self._steps) - 1

    def _write(self, tree: Tree) -> None:
        match tree:
            case ("read", test):
                self._add(_Step("read", test))  # type: ignore[arg-type]  # a tree is made below
            case ("look", kind):
                self._add(_Step(str(kind)))
            case ("all", *parts):
                for part in parts:
                    self._write(part)  # type: ignore[arg-type]  # a tree is made below
            case ("any", left, right):
                self._write_choice(left, right)  # type: ignore[arg-type]  # a tree is made below
            case ("repeat", part, int(least), most):
                self._write_repeat(part, least, most)  # type: ignore[arg-type]  # a tree is made below

    def _write_choice(self, left: Tree, right: Tree) -> None:
        split = self._add(_Step("go"))
        self._write(left)
        leave = self._add(_Step("go"))
        self._steps[split] = _Step("go", to=(split + 1, len(self._steps)))
        self._write(right)
        self._steps[leave] = _Step("go", to=(len(self._steps),))

    def _write_repeat(self, part: Tree, least: int, most: int | None) -> None:
        for _ in range(least):
            self._write(part)
        if most is None:
            split = self._add(_Step("go"))
            self._write(part)
            self._add(_Step("go", to=(split,)))
            self._steps[split] = _Step("go", to=(split + 1, len(self._steps)))
            return
        splits = []
        for _ in range(most - least):
            splits.append(self._add(_Step("go")))
            self._write(part)
        for split in splits:
            self._steps[split] = _Step("go", to=(split + 1, len(self._steps)))


def _holds(kind: str, text: str, at: int) -> bool:
    match kind:
        case "start":
            return at == 0
        case "end":
            return at == len(text)
        case "line start":
            return at == 0 or text[at - 1] == "\n"
        case "line end":
            return at == len(text) or text[at] == "\n"
        case _:
            between = (text[at - 1 : at] in WORD) != (text[at : at + 1] in WORD)
            return between == (kind == "boundary")
