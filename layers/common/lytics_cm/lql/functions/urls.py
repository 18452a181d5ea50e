"""Functions that take URLs apart. All but `urlmain` supply a missing `http://`."""

from typing import Any

from lytics_cm.lql import urls
from lytics_cm.lql.functions.signature import Function
from lytics_cm.lql.values import first, text

_SHORTEST_HOST = 3


def _urlmain(value: Any) -> str | None:
    written = first(value)
    return urls.urlmain(written) if written else None


def _with_scheme(value: Any) -> str:
    written = first(value)
    if not written:
        raise ValueError("there is no URL")
    return written if written.lower().startswith("http") else f"http://{written}"


def _with_scheme_or_path(value: Any) -> str:
    """A text with a slash near its beginning is a path, or has a scheme."""
    written = first(value)
    if not written:
        raise ValueError("there is no URL")
    return written if len(written) <= 6 or "/" in written[:5] else _with_scheme(written)  # noqa: PLR2004 - the engine's


def _host(value: Any) -> str | None:
    return urls.parse(_with_scheme(value).lower()).host or None


def _domain(value: Any) -> str | None:
    """The last two labels of the host."""
    host = _host(value) or ""
    return ".".join(host.split(".")[-2:]) if len(host) >= _SHORTEST_HOST else None


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
    return f"{url.scheme}://{url.host}{url.path}" + (f"?{query}" if query else "")


def _decode(value: Any) -> str | None:
    written = first(value)
    return urls.unescape(written, plus=True) if written else None


FUNCTIONS = {
    "urlmain": Function(_urlmain, 1, 1, "string"),
    "domain": Function(_domain, 1, 1, "string"),
    "host": Function(_host, 1, 1, "string"),
    "path": Function(_path, 1, 1, "string"),
    "qs": Function(_parameter_in_lower_case, 2, 2, "string"),
    "qs2": Function(_parameter, 2, 2, "string"),
    "urldecode": Function(_decode, 1, 1, "string"),
    "urlminusqs": Function(_without_parameter, 2, 2, "string"),
}
