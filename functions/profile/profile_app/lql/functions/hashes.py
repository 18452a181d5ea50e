"""Hashes and encodings of texts."""

import binascii
import hashlib
from typing import Any

from profile_app.lql.functions.signature import Function
from profile_app.lql.siphash import siphash
from profile_app.lql.values import first, joined

_LINE_BREAKS = str.maketrans("", "", "\r\n")


def _sip(value: Any) -> int | None:
    """Only of texts; numbers are not hashed."""
    if type(value) is list:
        value = value[0] if value else None
    return siphash(value) if type(value) is str and value else None


def _hex(algorithm: str) -> Function:
    def digest(value: Any) -> str | None:
        octets = _octets(value)
        return None if octets is None else hashlib.new(algorithm, octets, usedforsecurity=False).hexdigest()

    return Function(digest, 1, 1, "string")


def _base64(value: Any) -> str | None:
    octets = _octets(value)
    return None if octets is None else binascii.b2a_base64(octets, newline=False).decode()


def _decode(value: Any) -> str | None:
    """Only what is padded and of the standard alphabet, as in Go; line breaks are passed over."""
    written = first(value)
    if not written:
        return None
    octets = binascii.a2b_base64(written.translate(_LINE_BREAKS).encode("ascii"), strict_mode=True)
    return octets.decode("utf-8", "surrogateescape")


def _octets(value: Any) -> bytes | None:
    written = value if type(value) is str else joined(value)
    return written.encode("utf-8", "surrogateescape") if written else None


FUNCTIONS = {
    "hash": Function(_sip, 1, 1, "int"),
    "hash.sip": Function(_sip, 1, 1, "int"),
    "hash.md5": _hex("md5"),
    "hash.sha1": _hex("sha1"),
    "hash.sha256": _hex("sha256"),
    "hash.sha512": _hex("sha512"),
    "encoding.b64encode": Function(_base64, 1, 1, "string"),
    "encoding.b64decode": Function(_decode, 1, 1, "string"),
}
