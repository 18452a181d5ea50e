"""How dates in texts are read: leniently, month before day, and in UTC unless they name a zone."""

from profile_app.lql.times import HOUR, MINUTE, MONTHS, SECOND, WEEKDAYS, Instant, instant_from, instant_of

_MAX_CHARS = 80
_ZONES = {
    "z": 0,
    "utc": 0,
    "gmt": 0,
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
}
_NAMES = {name[:3].lower(): number for number, name in enumerate(MONTHS, 1)}
_LONG_NAMES = {name.lower(): number for number, name in enumerate(MONTHS, 1)} | {"sept": 9}
_WEEKDAY_NAMES = {name.lower() for name in WEEKDAYS} | {name[:3].lower() for name in WEEKDAYS}


def parse_instant(text: str) -> Instant:
    """Read a date as people and programs write it. Raises `ValueError` when it is none.

    ISO 8601, `10/13/2014` (month first), `2014/10/13`, `Apr 7, 2014 4:58:55 PM`, `7 April 2014`, RFC 1123,
    and numbers by their length: seconds, milli-, micro- and nanoseconds since 1970, `20141013`, `2014`.
    """
    if len(text) > _MAX_CHARS or not text.isascii():
        raise ValueError("this is no date")
    words = _words(text)
    if len(words) == 1 and words[0].isdigit():
        return _from_digits(words[0])
    return _Reader(words).instant()


def _words(text: str) -> list[str]:
    """Runs of digits, runs of letters, and single signs; blanks and commas before blanks only separate."""
    words: list[str] = []
    last = ""
    for sign in text.replace(", ", " "):
        kind = "d" if sign.isdigit() else "a" if sign.isalpha() else ""
        if kind and kind == last:
            words[-1] += sign
        else:
            words.append(" " if sign == "\t" else sign)
        last = kind
    return [word for at, word in enumerate(words) if word != " " or (at and words[at - 1] != " ")]


def _from_digits(digits: str) -> Instant:
    number = int(digits)
    match len(digits):
        case 4:
            return instant_from(number, 1, 1)
        case 6:
            return instant_from(number // 100, number % 100, 1)
        case 8:
            return instant_from(number // 10_000, number // 100 % 100, number % 100)
        case 14:
            day, clock = _from_digits(digits[:8]), digits[8:]
            return instant_of(day + _clock(int(clock[:2]), int(clock[2:4]), int(clock[4:]), 0))
        case 10:
            return Instant(number * 1000)
        case 13 | 16 | 19:
            return Instant(number // 10 ** (len(digits) - 13))
        case _:
            raise ValueError("this number is no date")


def _clock(hours: int, minutes: int, seconds: int, thousandths: int) -> int:
    if hours > 23 or minutes > 59 or seconds > 59:  # noqa: PLR2004 - a clock
        raise ValueError("this is no time of day")
    return hours * HOUR + minutes * MINUTE + seconds * SECOND + thousandths


class _Reader:
    """Reads the words of a date, day first or month first, and then of a time of day and a zone."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.at = 0

    def instant(self) -> Instant:
        self._skip(" ")
        if self._next().lower() in _WEEKDAY_NAMES:
            self.at += 1
            self._skip(".", " ", ",")
        year, month, day = self._date()
        clock = offset = 0
        self._skip(" ", ",", "T", "t", ":", "at")
        if self.at < len(self.words):
            clock = 0 if self._next() in ("+", "-") else self._clock()
            offset = self._zone()
            year = year or self._number(4)
        self._skip(" ")
        if self.at < len(self.words):
            raise ValueError("this date goes on after its end")
        return instant_from(year, month, day, clock - offset)

    def _date(self) -> tuple[int, int, int]:
        first = self._next()
        if first.isalpha():
            return self._date_by_name()
        separator = self.words[self.at + 1] if self.at + 1 < len(self.words) else ""
        if self.at + 2 < len(self.words) and self.words[self.at + 2].isalpha():
            return self._date_with_name()
        if separator in ("-", "/", ".", ":") and len(first) == 4:  # noqa: PLR2004 - a year
            return self._triple(separator)
        if separator in ("/", ".", "-"):
            month, day, year = self._triple(separator)
            return _century(year), month, day
        if len(first) == 8:  # noqa: PLR2004 - 20060102
            digits = str(self._number(8))
            return int(digits[:4]), int(digits[4:6]), int(digits[6:])
        raise ValueError("this is no date")

    def _date_by_name(self) -> tuple[int, int, int]:
        """`April 7, 2014`; in `Apr 7 16:58:55 2014` the year follows later and is 0 here."""
        month = self._month()
        self._skip(".", " ", ",", "-", "/")
        day = self._number(2)
        if self._next().lower() in ("st", "nd", "rd", "th"):
            self.at += 1
        self._skip(" ", ",", "-", "/", "'")
        if self.words[self.at + 1 : self.at + 2] == [":"]:
            return 0, month, day
        return _century(self._number(4)), month, day

    def _date_with_name(self) -> tuple[int, int, int]:
        """`7 April 2014`, `07-Apr-14`, `2014-Apr-07`."""
        long_first = len(self._next()) == 4  # noqa: PLR2004 - a year
        first = self._number(4)
        self._skip(" ", "-", "/", ".")
        month = self._month()
        self._skip(" ", "-", "/", ".")
        last = self._number(4)
        return (first, month, last) if long_first else (_century(last), month, first)

    def _triple(self, separator: str) -> tuple[int, int, int]:
        one = self._number(4)
        self._take(separator)
        two = self._number(2)
        if self._next() != separator:
            return one, two, 1
        self._take(separator)
        return one, two, self._number(4)

    def _clock(self) -> int:
        hours = self._number(2)
        self._take(":")
        minutes, seconds, thousandths = self._number(2), 0, 0
        if self._next() == ":":
            self.at += 1
            seconds = self._number(2)
            if self._next() in (".", ","):
                self.at += 1
                fraction = self._next()
                self._number(9)
                thousandths = int(fraction[:3].ljust(3, "0"))
        self._skip(" ")
        half = self._next().lower()
        if half in ("am", "pm"):
            self.at += 1
            hours = hours % 12 + (12 if half == "pm" else 0)
        return _clock(hours, minutes, seconds, thousandths)

    def _zone(self) -> int:
        """Milliseconds east of Greenwich: `Z`, `UTC`, `+02:00`, `-0700`, `GMT+2`, `(CEST)` is ignored."""
        offset = 0
        self._skip(" ")
        if self._next().lower() in _ZONES:
            offset = _ZONES[self._next().lower()] * HOUR
            self.at += 1
            self._skip(" ")
        if (sign := self._next()) in ("+", "-"):
            self.at += 1
            offset = self._offset() * (1 if sign == "+" else -1)
        self._skip(" ")
        if self._next().lower() in _ZONES:
            self.at += 1
        elif self._next() == "(":
            self.at = len(self.words)
        self._skip(" ")
        return offset

    def _offset(self) -> int:
        digits = self._next()
        number = self._number(4)
        if len(digits) == 4:  # noqa: PLR2004 - hours and minutes together
            return _clock(number // 100, number % 100, 0, 0)
        minutes = 0
        if self._next() == ":":
            self.at += 1
            minutes = self._number(2)
        return _clock(number, minutes, 0, 0)

    def _month(self) -> int:
        name = self._next().lower()
        self.at += 1
        month = _NAMES.get(name) or _LONG_NAMES.get(name)
        if month is None:
            raise ValueError("this is no month")
        return month

    def _number(self, digits: int) -> int:
        word = self._next()
        if not word.isdigit() or len(word) > digits:
            raise ValueError("a number is missing in this date")
        self.at += 1
        return int(word)

    def _next(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def _take(self, sign: str) -> None:
        if self._next() != sign:
            raise ValueError("this is no date")
        self.at += 1

    def _skip(self, *signs: str) -> None:
        while self.at < len(self.words) and self.words[self.at] in signs:
            self.at += 1


def _century(year: int) -> int:
    """Two digits are a year between 1969 and 2068."""
    if year > 99:  # noqa: PLR2004 - a whole year
        return year
    return year + (1900 if year >= 69 else 2000)  # noqa: PLR2004 - where Go turns
