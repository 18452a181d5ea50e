"""Functions of lists and maps, and the choice among several columns."""

from typing import Any

from lytics_cm.lql.functions.signature import MANY, Function
from lytics_cm.lql.operators import matches_glob
from lytics_cm.lql.values import Fields, clean, number, text


def _map(key: Any, value: Any) -> dict[str, Any] | None:
    written = text(key)
    return {written: value} if written and value != "" else None


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


def _keys(value: Any) -> list[str] | None:
    return sorted(value) or None if type(value) is dict else None


def _values(value: Any) -> list[str] | None:
    if type(value) is not dict:
        return None
    return sorted({written for item in value.values() if (written := text(item)) is not None}) or None


def _filter(value: Any, *patterns: Any) -> Any:
    """What matches none of the patterns: of a map by its keys, of a list, or of a single text."""
    wanted = [text(item) or "" for given in patterns for item in (given if type(given) is list else [given])]
    if type(value) is dict:
        return {key: item for key, item in value.items() if not _is_hit(key, wanted)} or None
    if type(value) is list:
        return [item for item in value if not _is_hit(text(item) or "", wanted)] or None
    return value if type(value) is str and not _is_hit(value, wanted) else None


def _is_hit(written: str, patterns: list[str]) -> bool:
    """A pattern without a wildcard is a prefix."""
    return any(
        matches_glob(pattern, written) if "*" in pattern or "%" in pattern else written.startswith(pattern)
        for pattern in patterns
    )


def _at(value: Any, index: Any) -> Any:
    """Negative numbers count from the end."""
    at = number(index)
    if type(value) is not list or at is None or not -len(value) <= at < len(value):
        return None
    return value[int(at)]


FUNCTIONS = {
    "map": Function(_map, 2, 2, "map"),
    "oneof": Function(_one_of, 2, MANY, "any", sees_missing=True),
    "len": Function(_length, 1, 1, "int"),
    "match": Function(_match, 1, MANY, "map", in_row=True),
    "mapkeys": Function(_keys, 1, 1, "list"),
    "mapvalues": Function(_values, 1, 1, "list"),
    "filter": Function(_filter, 2, MANY, "any"),
    "array.index": Function(_at, 2, 2, "any"),
}
