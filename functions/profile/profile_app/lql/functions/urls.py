"""Functions that take URLs apart. All but `urlmain` and `url.matchqs` supply a missing `http://`."""

import re
from collections.abc import Callable
from typing import Any

from profile_app.lql import urls
from profile_app.lql.functions.signature import MANY, Function
from profile_app.lql.patterns import Pattern, pattern
from profile_app.lql.suffixes import registrable
from profile_app.lql.values import first, text

_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_SHORTEST_HOST = 3


def _urlmain(value: Any) -> str | None:
    written = first(value)
    return urls.urlmain(written) if written else None


def _with_scheme(value: Any) -> str:
    written = first(value)
    if not written:
        raise ValueError("there is no URL")
    return written if _SCHEME.match(written) else f"http://{written}"


def _with_scheme_or_path(value: Any) -> str:
    """What begins with a slash, a question mark or a number sign has no host."""
    written = first(value) or ""
    return written if written.startswith(("/", "?", "#")) else _with_scheme(value)


def _url(value: Any) -> str | None:
    """A text that is a URL with a host, as it is written; an address of a person is none."""
    written = _with_scheme(value)
    is_address = written != first(value) and "@" in written.split("/")[2]
    return first(value) if urls.parse(written).host and not is_address else None


def _host(value: Any) -> str | None:
    return urls.parse(_with_scheme(value).lower()).host or None


def _domain(value: Any) -> str | None:
    """The part of the host that somebody has registered, without the port."""
    host = _host(value) or ""
    name = host if host.endswith("]") else host.partition(":")[0]
    return registrable(name) if len(name) >= _SHORTEST_HOST else None


def _each(read: Callable[[Any], str | None]) -> Function:
    """What a function of one URL makes of each of many; those that are none are left out."""

    def every(*values: Any) -> list[str] | None:
        given = [item for value in values for item in (value if type(value) is list else [value])]
        return [found for item in given if (found := _tried(read, item))] or None

    return Function(every, 1, MANY, "list")


def _tried(read: Callable[[Any], str | None], item: Any) -> str | None:
    try:
        return read(item)
    except ValueError:
        return None


def _path(value: Any) -> str | None:
    return urls.parse(_with_scheme_or_path(value).lower()).path or None


def _parameter(value: Any, name: Any) -> str | None:
    wanted = text(name)
    query = urls.parse(_with_scheme_or_path(value)).query
    return next((found for given, found in urls.pairs(query) if given == wanted), None) or None


def _parameter_in_lower_case(value: Any, name: Any) -> str | None:
    return _parameter((first(value) or "").lower(), name)


def _without_parameter(value: Any, name: Any) -> str | None:
    """The other parameters come in the order of their names."""
    wanted = text(name)
    if not wanted:
        return None
    url = urls.parse(_with_scheme_or_path(value))
    given = list(urls.pairs(url.query))
    kept = [pair for pair in given if pair[0] != wanted]
    query = url.query if len(kept) == len(given) else urls.encode(kept)
    origin = f"{url.scheme}://{url.host}" if url.host else ""
    return f"{origin}{url.path}" + (f"?{query}" if query else "")


def _main_with(value: Any, *names: Any) -> str | None:
    """Host and path, and the parameters whose names match any pattern, in the order of their names."""
    url = urls.parse(first(value) or "")
    wanted = [pattern(name) for name in names]
    query = urls.encode(
        [pair for pair in urls.pairs(url.query) if any(each.found_in(pair[0]) for each in wanted)]
    )
    return url.host + url.path + (f"?{query}" if query else "") or None


def _check_patterns(_: Any, *names: Any) -> None:
    for name in names:
        if type(name) is not str:
            raise ValueError("a pattern must be written as a string")
        Pattern(name)


def _decode(value: Any) -> str | None:
    written = first(value)
    return urls.unescape(written, plus=True) if written else None


FUNCTIONS = {
    "url": Function(_url, 1, 1, "string"),
    "urlmain": Function(_urlmain, 1, 1, "string"),
    "url.matchqs": Function(_main_with, 1, MANY, "string", check=_check_patterns),
    "domain": Function(_domain, 1, 1, "string"),
    "domains": _each(_domain),
    "host": Function(_host, 1, 1, "string"),
    "hosts": _each(_host),
    "path": Function(_path, 1, 1, "string"),
    "qs": Function(_parameter_in_lower_case, 2, 2, "string"),
    "qsl": Function(_parameter_in_lower_case, 2, 2, "string"),
    "qs2": Function(_parameter, 2, 2, "string"),
    "urldecode": Function(_decode, 1, 1, "string"),
    "urlminusqs": Function(_without_parameter, 2, 2, "string"),
}
