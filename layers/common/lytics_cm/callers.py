"""Who calls the HTTP API, and which roles there are: what the authorizer tells of a token, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

VIEWER, OPERATOR, ADMIN = ROLES = ("viewer", "operator", "admin")
"""Whom a route serves: viewers read, operators run, admins connect, erase and manage. Each includes those before."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever carries a token: the stack's admin token, or that of a session.

    `session` is the session's id, empty for the admin token; `fingerprint` the first 12 hex digits of the
    token's SHA-256. `expires` is when the token ends (epoch ms), 0 for never.
    """

    name: str
    role: str
    session: str = ""
    fingerprint: str = ""
    expires: int = 0

    def serves_as(self, role: str) -> bool:
        """Whether this caller may do what is for `role`."""
        return self.role in ROLES and ROLES.index(self.role) >= ROLES.index(role)

    def as_context(self) -> dict[str, str]:
        """What the authorizer hands on; API Gateway makes texts of everything."""
        return {
            "name": self.name,
            "role": self.role,
            "session": self.session,
            "fingerprint": self.fingerprint,
            "expires": str(self.expires),
        }


NOBODY = Caller("", "")
"""Who comes without a token, to a public route."""


def caller_of(request: Mapping[str, Any]) -> Caller:
    """The caller of a request as Lambda is handed it; `NOBODY` where no authorizer stands before the route."""
    told = (request.get("requestContext") or {}).get("authorizer") or {}
    if told.get("role") not in ROLES:
        return NOBODY
    name, role, session, fingerprint = (
        str(told.get(one) or "") for one in ("name", "role", "session", "fingerprint")
    )
    return Caller(name, role, session, fingerprint, int(told.get("expires") or 0))
