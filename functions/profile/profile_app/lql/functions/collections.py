"""Functions of lists and maps, and the choice among several columns."""

from collections.abc import Callable
from typing import Any

from profile_app.lql.functions.signature import MANY, Function
from profile_app.lql.operators import matches_glob
from profile_app.lql.times import Instant
from profile_app.lql.values import Fields, clean, first, instant, joined, number, text


def _map(key: Any, value: Any) -> dict[str, Any] | None:
    written = joined(key)
    return {written: value} if written and value != "" else None


def _map_time(_: Fields, now: int, key: Any, *given: Any) -> dict[str, Any] | None:
    """The time of the row, or the one given, under the key in lower case."""
    written = first(key)
    at = instant(given[0], now) if given else Instant(now)
    return {written.lower(): at} if written and at is not None else None


def _one_of(*values: Any) -> Any:
    return next((value for value in values if value is not None and value != ""), None)


def _length(value: Any) -> int:
    """Of texts in UTF-8 bytes, as in Go; single values have none."""
    if type(value) is str:
        return len(value.encode("utf-8", "surrogateescape"))
    return len(value) if type(value) in (list, dict) else 0


def _match(fields: Fields, _: int, *prefixes: Any) -> dict[str, Any] | None:
    """The columns whose names begin so, without the prefix."""
    found = {
        name.replace(prefix, "", 1): value
        for prefix in prefixes
        if type(prefix) is str
        for name, given in fields.items()
        if name.startswith(prefix) and name != prefix and (value := clean(given)) is not None
    }
    return found or None


def _keys(*maps: Any) -> list[str] | None:
    return sorted({key for each in maps if type(each) is dict for key in each}) or None


def _values(value: Any) -> list[str] | None:
    if type(value) is not dict:
        return None
    return sorted({written for item in value.values() if (written := joined(item)) is not None}) or None


def _inverted(value: Any) -> dict[str, str] | None:
    """Values as keys; of several keys with one value the greatest."""
    if type(value) is not dict:
        return None
    return {written: key for key in sorted(value) if (written := joined(value[key]))} or None


def _without(value: Any, *patterns: Any) -> Any:
    """What matches none of the patterns; the empty one matches only what is empty."""
    wanted = _patterns_of(patterns)
    return _chosen(value, lambda written: not any(_is_hit(written, each) for each in wanted))


def _only(value: Any, *patterns: Any) -> Any:
    """What matches any of the patterns; the empty one matches everything that is not empty."""
    wanted = _patterns_of(patterns)
    return _chosen(
        value, lambda written: any(bool(written) if each == "" else _is_hit(written, each) for each in wanted)
    )


def _chosen(value: Any, test: Callable[[str], bool]) -> Any:
    """Of a map by its keys, of a list, or a single text."""
    if type(value) is dict:
        return {key: item for key, item in value.items() if test(key)} or None
    if type(value) is list:
        return [item for item in value if test(text(item) or "")] or None
    return value if type(value) is str and test(value) else None


def _patterns_of(given: tuple[Any, ...]) -> list[str]:
    return [text(item) or "" for each in given for item in (each if type(each) is list else [each])]


def _is_hit(written: str, pattern: str) -> bool:
    """A pattern without a wildcard is a prefix."""
    if "*" in pattern or "%" in pattern:
        return matches_glob(pattern, written)
    return written.startswith(pattern) if pattern else not written


def _at(value: Any, index: Any) -> Any:
    """Negative numbers count from the end."""
    at = number(index)
    if type(value) is not list or at is None or not -len(value) <= at < len(value):
        return None
    return value[int(at)]


def _slice(value: Any, start: Any, end: Any = None) -> list[Any] | None:
    """From the start to before the end; negative numbers count from the end. Nothing if out of reach."""
    if type(value) is not list:
        return None
    low, high = _place(value, start), len(value) if end is None else _place(value, end)
    if low is None or high is None or not (0 <= low < len(value) and low <= high <= len(value)):
        return None
    return value[low:high] or None


def _place(items: list[Any], index: Any) -> int | None:
    at = number(index)
    return None if at is None else int(at) + (len(items) if at < 0 else 0)


FUNCTIONS = {
    "map": Function(_map, 2, 2, "map"),
    "maptime": Function(_map_time, 1, 2, "timemap", in_row=True),
    "oneof": Function(_one_of, 2, MANY, "any", sees_missing=True),
    "len": Function(_length, 1, 1, "int"),
    "char_length": Function(_length, 1, 1, "int"),
    "match": Function(_match, 1, MANY, "map", in_row=True),
    "mapkeys": Function(_keys, 1, MANY, "list"),
    "mapvalues": Function(_values, 1, 1, "list"),
    "mapinvert": Function(_inverted, 1, 1, "map"),
    "filter": Function(_without, 2, MANY, "any"),
    "filtermatch": Function(_only, 2, MANY, "any"),
    "array.index": Function(_at, 2, 2, "any"),
    "array.slice": Function(_slice, 2, 3, "list"),
}
