"""Answers about who may come in, and who did what."""

from typing import Literal

from api.members import Answer, Text, Time, same, told

SESSION = "3f9a6c2e51d84b07"
TOKEN = "eyJpIjoiM2Y5YTZjMmU1MWQ4NGIwNyJ9.c2lnbmF0dXJl"  # noqa: S105 - of nobody

type Role = Literal["viewer", "operator", "admin"]


class NamedSession(Answer):
    """What is told of every session."""

    id: Text = told("Its id.", SESSION)
    name: Text = told("Who or what it is for.", "Jane's laptop")
    role: Role = told("Whom it serves as.", "operator")
    expires_at: Time = told("When it ends.", "2026-11-23T18:00:00.000Z")


class Session(NamedSession):
    """A session that holds. Never a token."""

    created_at: Time = told("When it was made.")
    created_by: str = told("The name of who made it.", "admin token")
    pending: bool = told("Whether it waits for its code to be exchanged.", False)
    code_until: Time | None = told("Until when its code can be exchanged; null if none waits.", None)


class BegunSession(NamedSession):
    """A new session, with its token or a code for it."""

    token: Text = told("The token, shown here alone; absent if a code was asked for.", TOKEN, absent=True)
    code: Text = told(
        "A one-time code; absent unless it was asked for.",
        f"{SESSION}.x9Qb",
        absent=True,
    )
    code_until: Time = told(
        "Until when the code can be exchanged; absent without one.", "2026-11-23T10:01:00.000Z", absent=True
    )


class ExchangedSession(NamedSession):
    """A session with its token."""

    token: Text = told("The token, shown here alone.", TOKEN)


class CurrentSession(Answer):
    """Whoever calls."""

    id: Text | None = told("The session's id; null for the admin token.", SESSION)
    name: Text = told("The name of the session, or of the admin token.", "Jane's laptop")
    role: Role = same(NamedSession, "role")
    expires_at: Time | None = told(
        "When the session ends; null for the admin token.", "2026-11-23T18:00:00.000Z"
    )


class Who(Answer):
    """Whoever made a call."""

    name: Text = told("The name of the session, or of the admin token.", "Jane's laptop")
    role: Role = same(NamedSession, "role")
    session: Text | None = told("The session's id; null for the admin token.", SESSION)
    fingerprint: Text | None = told(
        "The first 12 hex digits of the token's SHA-256; null at an exchange.", "9f86d081884c"
    )


class Event(Answer):
    """Something that was done. It has ids and no addresses."""

    id: Text = told("Its id.", "1795428000000-5b1f0c3d")
    at: Time = told("When it was done.")
    kind: Text = told(
        "The route that was called. Of what the system did by itself `import.failed`, `import.recovered`, "
        "`export.failed`, `export.braked`, `export.list_mended`, `authorization.revoked` or `webhook.restored`; "
        "more may come.",
        "POST /imports/{id}/run",
    )
    who: Who | None = told(
        "Who called; null for the system, and for a browser that comes from a page of consent."
    )
    source: Text | None = told("The caller's IP address; null for the system.", "203.0.113.7", alias="from")
    job: Text | None = told("The import or export that it was about; null for none.", "import_7d1e0c52")
    subject: Text | None = told(
        "The job, account, list, session or stream that it was about; null where that is a person, or nothing.",
        "import_7d1e0c52",
    )
    result: int | None = told("The HTTP status of the answer; null for the system.", 202)
