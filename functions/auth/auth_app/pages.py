"""What the person in front of the browser sees when Campaign Monitor sends them back to us, with a way to the console.

A page is one file without scripts or anything loaded from elsewhere, and its policy forbids both. It shows our own
sentences and the authorization's description, never what the request carried.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from http import HTTPStatus

STYLE = """
:root { color-scheme: light dark; --ink: #1c2434; --dim: #5b6577; --paper: #ffffff; --desk: #eef1f6; --edge: #dde3ec }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ecf4; --dim: #9aa5b8; --paper: #1b2230; --desk: #11161f; --edge: #2c3647 }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  background: var(--desk); color: var(--ink); font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", sans-serif }
main { width: 100%; max-width: 34rem; padding: 2.5rem; border: 1px solid var(--edge); border-radius: 1rem;
  background: var(--paper); box-shadow: 0 1rem 3rem rgb(10 20 40 / 10%) }
.mark { display: grid; place-items: center; width: 3.25rem; height: 3.25rem; border-radius: 50%; color: #fff }
.mark svg { width: 1.6rem; height: 1.6rem; fill: none; stroke: currentColor; stroke-width: 2.6;
  stroke-linecap: round; stroke-linejoin: round }
.good .mark { background: #17825b } .bad .mark { background: #c23b3b } .note .mark { background: #b4690e }
h1 { margin: 1.25rem 0 .5rem; font-size: 1.5rem; line-height: 1.25 }
p { margin: .5rem 0; overflow-wrap: anywhere }
.back { display: inline-block; margin-top: 1rem; padding: .5rem 1rem; border-radius: .5rem; background: #4549cf; color: #fff;
  font-weight: 600; text-decoration: none }
.back:focus-visible { outline: 3px solid #8b8ff0; outline-offset: 2px }
.next { margin-top: 1.5rem; padding-top: 1.25rem; border-top: 1px solid var(--edge) }
.next strong { display: block; font-size: .8rem; letter-spacing: .06em; text-transform: uppercase; color: var(--dim) }
footer { margin-top: 1.5rem; font-size: .85rem; color: var(--dim); overflow-wrap: anywhere }
"""

MOST_JOBS = 20
"""Jobs that a page names."""
MARKS = {"good": "M5 13l5 5L19 7", "bad": "M6 6l12 12M18 6L6 18", "note": "M12 6v7M12 18v.01"}

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to a person: what happened, and what to do next."""

    status: HTTPStatus
    mood: str
    title: str
    text: str
    next: str
    about: str = ""
    authorization_id: str = ""

    def html(self) -> str:
        place = f"/{self.authorization_id}" if self.authorization_id else ""
        about = f"<footer>Authorization: {escape(self.about)}</footer>" if self.about else ""
        return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(self.title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main class="{self.mood}">
<div class="mark"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="{MARKS[self.mood]}"/></svg></div>
<h1>{escape(self.title)}</h1>
<p>{escape(self.text)}</p>
<p class="next"><strong>What to do next</strong>{escape(self.next)}</p>
<a class="back" href="../console#/authorizations{escape(place)}">Back to the console</a>
{about}
</main>
</body>
</html>
"""


AGAIN = (
    "Start again: in the console, open this authorization and click Go to Campaign Monitor or Reconnect. "
    "Without the console: lytics-cm connect --again; or ask whoever gave you this link for a new one."
)


def connected(about: str, clients: int, jobs: Sequence[str] = ()) -> Page:
    seen = f"{clients} client{'' if clients == 1 else 's'}"
    return Page(
        HTTPStatus.OK,
        "good",
        "Your account is connected",
        f"Campaign Monitor gave access, and a first look found {seen}.{going_on(jobs)}",
        "Go back to the console, and start an import or an export with this authorization. Or close this window.",
        about,
    )


def going_on(jobs: Sequence[str]) -> str:
    """Which jobs had waited for the account to be connected again."""
    if not jobs:
        return ""
    named = ", ".join(jobs[:MOST_JOBS]) + (
        f" and {len(jobs) - MOST_JOBS} more" if len(jobs) > MOST_JOBS else ""
    )
    return f" What had failed without access goes on by itself: {named}."


def failed(about: str, message: str) -> Page:
    return Page(HTTPStatus.BAD_GATEWAY, "bad", "The account could not be connected", message, AGAIN, about)


def broken() -> Page:
    return Page(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "bad",
        "Something went wrong here",
        "Campaign Monitor sent you back, and this side could not finish. The log of the function auth says why.",
        AGAIN,
    )


def declined(about: str, message: str) -> Page:
    return Page(HTTPStatus.BAD_REQUEST, "note", "The account was not connected", message, AGAIN, about)


def expired(about: str) -> Page:
    return Page(
        HTTPStatus.BAD_REQUEST,
        "note",
        "This link has expired",
        "A link for connecting works for 15 minutes. Nothing was changed.",
        AGAIN,
        about,
    )


def used(about: str, jobs: Sequence[str] = (), *, active: bool) -> Page:
    if active:
        return Page(
            HTTPStatus.CONFLICT,
            "note",
            "This account is connected already",
            "The link was used before, and the account is connected. Opening it again changed nothing."
            + going_on(jobs),
            "Nothing. You can close this window.",
            about,
        )
    return Page(
        HTTPStatus.CONFLICT,
        "note",
        "This link was used before",
        "A link for connecting works once, and this one did not lead to a connected account.",
        AGAIN,
        about,
    )


def unknown() -> Page:
    return Page(
        HTTPStatus.BAD_REQUEST,
        "bad",
        "This link is not one of ours",
        "It was not made here, was replaced by a newer one, or lost a part on its way. Nothing was changed.",
        "If you meant to connect an account, do it from the console, or open the newest authorize_url. "
        "If somebody sent you this link, do not use it.",
    )
