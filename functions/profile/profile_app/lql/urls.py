"""How a URL comes apart by the rules of Go's `net/url`, which the keys of `hashedurls` are made with.

Parts keep their bytes: a percent-escape that is no UTF-8 becomes a surrogate (`surrogateescape`).
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_CACHED_CHARS = 256
_HEX = frozenset("0123456789abcdefABCDEF")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SCHEME = _LETTERS | frozenset("0123456789+-.")
_HOST = _LETTERS | frozenset("0123456789-_.~!$&'()*+,;=:[]<>\"")
_USER = _LETTERS | frozenset("0123456789-._:~!$&'()*+,;=%@")
_UNRESERVED = _LETTERS | frozenset("0123456789-_.~")


class Url(NamedTuple):
    """The parts of a URL: host with its port, path decoded, query as it was."""

    scheme: str
    host: str
    path: str
    query: str


def urlmain(text: str) -> str | None:
    """Host and path of a URL; nothing when it is none."""
    return _recent(text) if len(text) <= _CACHED_CHARS else _urlmain(text)


@lru_cache(maxsize=32_768)
def _recent(text: str) -> str | None:
    return _urlmain(text)


def _urlmain(text: str) -> str | None:
    try:
        url = parse(text)
    except ValueError:
        return None
    return url.host + url.path


def parse(text: str) -> Url:
    """Take a URL apart. Raises `ValueError` when it is none."""
    rest, _, fragment = text.partition("#")
    if any(sign < " " or sign == "\x7f" for sign in rest):
        raise ValueError("a control character in a URL")
    unescape(fragment)
    scheme, rest = _split_scheme(rest)
    rest, _, query = rest.partition("?")
    if not rest.startswith("/"):
        if scheme:
            return Url(scheme, "", "", query)
        if ":" in rest.partition("/")[0]:
            raise ValueError("a colon in the first segment of a relative URL")
    host = ""
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        host, rest = _host_of(authority), slash + path
    return Url(scheme, host, unescape(rest), query)


def _split_scheme(text: str) -> tuple[str, str]:
    for at, sign in enumerate(text):
        if sign == ":":
            if at == 0:
                raise ValueError("a URL that begins with a colon")
            return text[:at].lower(), text[at + 1 :]
        if sign not in _SCHEME or (at == 0 and sign not in _LETTERS):
            break
    return "", text


def _host_of(authority: str) -> str:
    user, at, host = authority.rpartition("@")
    if at:
        if not set(user) <= _USER:
            raise ValueError("user information with a sign that is not allowed")
        unescape(user)
    if host.startswith("["):
        return _literal_host(host)
    _, colon, port = host.rpartition(":")
    if colon:
        _check_port(port)
    return _unescape_host(host)


def _literal_host(host: str) -> str:
    """An IPv6 address in brackets, with its zone, if any, and its port."""
    end = host.rfind("]")
    if end < 0:
        raise ValueError("a bracket without its partner")
    if port := host[end + 1 :]:
        if not port.startswith(":"):
            raise ValueError("a host that goes on after its bracket")
        _check_port(port[1:])
    zone = host.find("%25", 0, end)
    if zone < 0:
        return _unescape_host(host)
    return _unescape_host(host[:zone]) + unescape(host[zone:end]) + _unescape_host(host[end:])


def _check_port(port: str) -> None:
    if not all(sign in "0123456789" for sign in port):
        raise ValueError("a port that is no number")


def _unescape_host(host: str) -> str:
    """Escapes may only stand for what is not ASCII, and blanks and the like are refused."""
    for at, sign in enumerate(host):
        if sign == "%":
            if host[at + 1 : at + 2] < "8" and host[at : at + 3] != "%25":
                raise ValueError("an escape in a host")
        elif sign < "\x80" and sign not in _HOST:
            raise ValueError("a sign that a host cannot have")
    return unescape(host)


def unescape(text: str, *, plus: bool = False) -> str:
    """Replace percent-escapes (and in queries `+`). Raises `ValueError` at a broken one."""
    if plus:
        text = text.replace("+", " ")
    if "%" not in text:
        return text
    first, *others = text.split("%")
    octets = bytearray(first.encode("utf-8", "surrogatepass"))
    for part in others:
        if len(part) < 2 or part[0] not in _HEX or part[1] not in _HEX:  # noqa: PLR2004 - an escape has two digits
            raise ValueError("a broken percent-escape")
        octets.append(int(part[:2], 16))
        octets += part[2:].encode("utf-8", "surrogatepass")
    return octets.decode("utf-8", "surrogateescape")


def pairs(query: str) -> Iterator[tuple[str, str]]:
    """Names and values of a query, decoded; what is broken is left out."""
    for pair in query.split("&"):
        if not pair or ";" in pair:
            continue
        name, _, value = pair.partition("=")
        try:
            yield unescape(name, plus=True), unescape(value, plus=True)
        except ValueError:
            continue


def encode(names_and_values: list[tuple[str, str]]) -> str:
    """A query, in the order of the names."""
    ordered = sorted(names_and_values, key=lambda pair: pair[0])
    return "&".join(f"{_escape(name)}={_escape(value)}" for name, value in ordered)


def _escape(text: str) -> str:
    octets = text.encode("utf-8", "surrogateescape")
    shown = (chr(octet) if chr(octet) in _UNRESERVED else f"%{octet:02X}" for octet in octets)
    return "".join(shown).replace("%20", "+")
