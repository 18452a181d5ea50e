"""The notation of RE2, read into a tree of signs to read, places to look at, choices and repetitions."""

from collections.abc import Callable

_MAX_REPEAT = 1000
_MAX_DEPTH = 50
_MAX_HEX = 5

type Test = Callable[[str], bool]
type Tree = tuple[object, ...]

_DIGITS = frozenset("0123456789")
WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_SPACE = frozenset("\t\n\f\r ")
_CLASSES = {"d": _DIGITS, "w": WORD, "s": _SPACE}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_NAMED = {
    "alpha": frozenset(sign for sign in WORD if sign.isalpha()),
    "digit": _DIGITS,
    "alnum": WORD - {"_"},
    "upper": frozenset(sign for sign in WORD if sign.isupper()),
    "lower": frozenset(sign for sign in WORD if sign.islower()),
    "space": _SPACE | {"\v"},
    "word": WORD,
    "xdigit": frozenset("0123456789abcdefABCDEF"),
    "punct": frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
}


class PatternReader:
    """Reads a pattern into a tree of what it consists of."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.flags = frozenset[str]()

    def tree(self) -> Tree:
        tree = self._choice()
        if self.at < len(self.text):
            raise ValueError("a ) without its partner in this pattern")
        return tree

    def _choice(self) -> Tree:
        """`choice = row {"|" row}`."""
        left = self._row()
        while self._accept("|"):
            left = ("any", left, self._row())
        return left

    def _row(self) -> Tree:
        """`row = {repeated}`."""
        parts: list[Tree] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            parts.append(self._repeated())
        return ("all", *parts)

    def _repeated(self) -> Tree:
        """`repeated = atom [("*" | "+" | "?" | "{" n ["," [n]] "}") ["?"]]`."""
        part = self._atom()
        limits = self._limits()
        if limits is None:
            return part
        self._accept("?")
        if self.text[self.at : self.at + 1] in ("*", "+", "?") and self.at < len(self.text):
            raise ValueError("two repetitions in a row in this pattern")
        return ("repeat", part, *limits)

    def _limits(self) -> tuple[int, int | None] | None:
        for sign, limits in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._accept(sign):
                return limits
        end = self.text.find("}", self.at)
        if not self._sees("{") or end < 0:
            return None
        low, comma, high = self.text[self.at + 1 : end].partition(",")
        if not low.isdigit() or (high and not high.isdigit()):
            return None
        self.at = end + 1
        least = int(low[:5])
        most = least if not comma else int(high[:5]) if high else None
        if least > _MAX_REPEAT or (most is not None and not least <= most <= _MAX_REPEAT):
            raise ValueError("a repetition with impossible limits in this pattern")
        return least, most

    def _atom(self) -> Tree:
        sign = self._take()
        match sign:
            case "(":
                return self._group()
            case "[":
                return ("read", self._class())
            case "\\":
                return self._escape()
            case ".":
                return ("read", (lambda _: True) if "s" in self.flags else (lambda found: found != "\n"))
            case "^" | "$":
                end = "start" if sign == "^" else "end"
                return ("look", f"line {end}" if "m" in self.flags else end)
            case "*" | "+" | "?":
                raise ValueError("a repetition of nothing in this pattern")
            case _:
                return self._exactly(sign)

    def _group(self) -> Tree:
        """`group = "(" ["?:" | "?P<" name ">" | "?" flags [":"]] choice ")"`."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise ValueError("this pattern is nested too deep")
        flags = self.flags
        if self._accept("?") and not self._named_group() and self._flags():
            self.depth -= 1
            return ("all",)
        tree = self._choice()
        if not self._accept(")"):
            raise ValueError("a ( without its partner in this pattern")
        self.flags = flags
        self.depth -= 1
        return tree

    def _named_group(self) -> bool:
        if not (self._accept("P<") or (self._sees("<") and not self._sees("<=") and not self._sees("<!"))):
            return False
        end = self.text.find(">", self.at)
        if end < 0:
            raise ValueError("a group's name without an end in this pattern")
        self.at = end + 1
        return True

    def _flags(self) -> bool:
        """Read flags; true when they hold for the rest of the group around them."""
        on = True
        while (sign := self._take()) not in (":", ")"):
            if sign == "-":
                on = False
            elif sign in "imsU":
                self.flags = self.flags | {sign} if on else self.flags - {sign}
            else:
                raise ValueError("RE2 has no such group: look-around and back references are not possible")
        return sign == ")"

    def _escape(self) -> Tree:
        sign = self._take()
        looks = {"b": "boundary", "B": "no boundary", "A": "start", "z": "end"}
        if sign in looks:
            return ("look", looks[sign])
        if sign.lower() in _CLASSES:
            return ("read", _member(_CLASSES[sign.lower()], negated=sign.isupper()))
        if sign == "Q":
            end = self.text.find("\\E", self.at)
            literal = self.text[self.at :] if end < 0 else self.text[self.at : end]
            self.at = len(self.text) if end < 0 else end + 2
            return ("all", *(self._exactly(each) for each in literal))
        return self._exactly(self._escaped(sign))

    def _escaped(self, sign: str) -> str:
        if sign in _CONTROLS:
            return _CONTROLS[sign]
        if sign == "x":
            return self._by_number()
        if sign.isalnum():
            raise ValueError(f"\\{sign} is not possible in this pattern")
        return sign

    def _by_number(self) -> str:
        """`number = hex hex | "{" hex {hex} "}"`."""
        long = self._accept("{")
        end = self.text.find("}", self.at) if long else self.at + 2
        digits = self.text[self.at : end] if end >= 0 else ""
        if (
            len(digits) < (1 if long else 2)
            or len(digits) > _MAX_HEX
            or not _NAMED["xdigit"].issuperset(digits)
        ):
            raise ValueError("a broken \\x in this pattern")
        self.at = end + long
        return chr(int(digits, 16))

    def _exactly(self, sign: str) -> Tree:
        if "i" in self.flags:
            return ("read", _member(frozenset((sign, sign.lower(), sign.upper()))))
        return ("read", sign.__eq__)

    def _class(self) -> Test:
        """`class = "[" ["^"] {item ["-" item] | "[:" name ":]"} "]"`."""
        negated = self._accept("^")
        signs: set[str] = set()
        ranges: list[tuple[str, str]] = []
        tests: list[Test] = []
        first = True
        while first or not self._sees("]"):
            first = False
            self._class_item(signs, ranges, tests)
        self._take()
        return _class_test(
            frozenset(signs), tuple(ranges), tuple(tests), negated=negated, folded="i" in self.flags
        )

    def _class_item(self, signs: set[str], ranges: list[tuple[str, str]], tests: list[Test]) -> None:
        if self._accept("[:"):
            end = self.text.find(":]", self.at)
            name = self.text[self.at : end].removeprefix("^")
            if end < 0 or name not in _NAMED:
                raise ValueError("an unknown class of signs in this pattern")
            tests.append(_member(_NAMED[name], negated=self._sees("^")))
            self.at = end + 2
            return
        low = self._take()
        if low == "\\":
            kind = self._take()
            if kind.lower() in _CLASSES:
                tests.append(_member(_CLASSES[kind.lower()], negated=kind.isupper()))
                return
            low = self._escaped(kind)
        if self._sees("-") and not self._sees("-]"):
            self._take()
            high = self._take()
            high = self._escaped(self._take()) if high == "\\" else high
            if high < low:
                raise ValueError("a range that runs backwards in this pattern")
            ranges.append((low, high))
        else:
            signs.add(low)

    def _sees(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def _accept(self, text: str) -> bool:
        if not self._sees(text):
            return False
        self.at += len(text)
        return True

    def _take(self) -> str:
        if self.at >= len(self.text):
            raise ValueError("this pattern ends too early")
        self.at += 1
        return self.text[self.at - 1]


def _member(signs: frozenset[str], *, negated: bool = False) -> Test:
    return (lambda sign: sign not in signs) if negated else signs.__contains__


def _class_test(
    signs: frozenset[str],
    ranges: tuple[tuple[str, str], ...],
    tests: tuple[Test, ...],
    *,
    negated: bool,
    folded: bool,
) -> Test:
    def holds(sign: str) -> bool:
        return (
            sign in signs
            or any(low <= sign <= high for low, high in ranges)
            or any(test(sign) for test in tests)
        )

    def test(sign: str) -> bool:
        found = holds(sign) or (folded and (holds(sign.lower()) or holds(sign.upper())))
        return found != negated

    return test
