"""What a session's token looks like, and that it was made with this stack's admin token.

It is `lcm_`, what it says (id, role, end), a dot, and an HMAC-SHA-256 of that. So a token that nobody gave out
costs no read. The key follows from the admin token: another admin token ends every session.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass, field

PREFIX = "lcm_"
PURPOSE = b"sessions"
FORM = re.compile(r"lcm_([A-Za-z0-9_-]{20,200})\.([A-Za-z0-9_-]{43})", re.ASCII)
SAID = re.compile(r"([0-9a-f]{21})\.(viewer|operator|admin)\.([0-9]{13})", re.ASCII)


@dataclass(frozen=True, slots=True)
class SessionToken:
    """What a token says; it holds only if `is_signed`. `ends_at` is epoch ms."""

    id: str
    role: str
    ends_at: int
    said: str = field(repr=False)
    signature: str = field(repr=False)

    def is_signed(self, admin_token: bytes) -> bool:
        """Whether it was made with this admin token; looks in constant time."""
        return hmac.compare_digest(self.signature, _signature(self.said, admin_token))


def sign(session_id: str, role: str, ends_at: int, admin_token: bytes) -> str:
    """Make the token of a session."""
    said = _encoded(f"{session_id}.{role}.{ends_at}".encode())
    return f"{PREFIX}{said}.{_signature(said, admin_token)}"


def parse(text: str) -> SessionToken | None:
    """What a text says that looks like a token; None for any other."""
    if not (form := FORM.fullmatch(text)):
        return None
    try:
        said = SAID.fullmatch(base64.urlsafe_b64decode(form[1] + "=" * (-len(form[1]) % 4)).decode("ascii"))
    except (binascii.Error, UnicodeDecodeError):
        return None
    return SessionToken(said[1], said[2], int(said[3]), form[1], form[2]) if said else None


def _signature(said: str, admin_token: bytes) -> str:
    key = hmac.digest(admin_token, PURPOSE, "sha256")
    return _encoded(hmac.digest(key, said.encode(), "sha256"))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
