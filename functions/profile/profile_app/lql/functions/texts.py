"""Functions that make texts from texts, and those that read addresses. Of a list they take the first text."""

from typing import Any

from lytics_cm.addresses import mailbox
from profile_app.lql.functions.signature import MANY, Function
from profile_app.lql.values import first, number, text

_BLANKS = " \n\t\r"
_MAX_CHARS = 1_000_000


def _email(value: Any) -> str | None:
    found = mailbox(first(value) or "")
    return None if found is None else found.address


def _email_domain(value: Any) -> str | None:
    found = mailbox(first(value) or "")
    return None if found is None else found.domain


def _email_name(value: Any) -> str | None:
    found = mailbox(first(value) or "")
    return None if found is None else found.name


def _lower(value: Any) -> str | None:
    written = first(value)
    return None if written is None else written.lower()


def _upper(value: Any) -> str | None:
    written = first(value)
    return None if written is None else written.upper()


def _title(value: Any) -> str | None:
    """The first letter of every word in upper case, the others as they are."""
    written = first(value)
    if written is None:
        return None
    before = " " + written
    return "".join(sign.title() if before[at].isspace() else sign for at, sign in enumerate(written))


def _replace(value: Any, wanted: Any, instead: Any = "") -> str | None:
    written, old, new = first(value), text(wanted), text(instead)
    if written is None or not old or new is None:
        return None
    if len(written) + written.count(old) * len(new) > _MAX_CHARS:
        return None
    return written.replace(old, new)


def _split(value: Any, separator: Any) -> list[str] | None:
    written, sign = first(value), text(separator)
    return written.split(sign) if written and sign else None


def _strip(value: Any) -> str | list[str] | None:
    if type(value) is list:
        return [written.strip(_BLANKS) for item in value if (written := text(item)) is not None]
    return value.strip(_BLANKS) if type(value) is str else None


def _join(*values: Any) -> str | None:
    """All but the last one, which stands between them; missing and empty ones are left out."""
    *items, separator = values
    between = text(separator) if separator is not None else None
    parts = [text(part) for item in items for part in (item if type(item) is list else [item])]
    present = [part for part in parts if part]
    return between.join(present) if present and between is not None else None


def _part(value: Any, start: Any, end: Any = None) -> str | None:
    written, low = first(value), number(start)
    if written is None or low is None:
        return None
    high = len(written) if end is None else number(end)
    if high is None or not 0 <= low <= high <= len(written):
        return None
    return written[int(low) : int(high)]


def _index(value: Any, wanted: Any) -> int | None:
    written, part = first(value), text(wanted)
    at = -1 if not written or part is None else written.find(part)
    return at if at >= 0 else None


FUNCTIONS = {
    "email": Function(_email, 1, 1, "string"),
    "emaildomain": Function(_email_domain, 1, 1, "string"),
    "emailname": Function(_email_name, 1, 1, "string"),
    "tolower": Function(_lower, 1, 1, "string"),
    "string.lowercase": Function(_lower, 1, 1, "string"),
    "string.uppercase": Function(_upper, 1, 1, "string"),
    "string.titlecase": Function(_title, 1, 1, "string"),
    "replace": Function(_replace, 2, 3, "string"),
    "split": Function(_split, 2, 2, "list"),
    "string.split": Function(_split, 2, 2, "list"),
    "strip": Function(_strip, 1, 1, "any"),
    "string.strip": Function(_strip, 1, 1, "any"),
    "join": Function(_join, 2, MANY, "string"),
    "string.substr": Function(_part, 2, 3, "string"),
    "string.index": Function(_index, 2, 2, "int"),
}
