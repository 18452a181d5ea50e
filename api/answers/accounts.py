"""Answers about accounts of Campaign Monitor, and what forms offer of them."""

from typing import Literal

from api.members import Answer, Count, Text, Time, told

ID = "authorization_4f2c9a1b"
LIST_ID = "a58ee1d3039b8bec838e6d1482a8a965"
CLIENT_ID = "4a397ccaaa55eb4e6aa1221e1e2d7122"
AUTHORIZE_URL = (
    "https://api.createsend.com/oauth?type=web_server&client_id=1&redirect_uri=https%3A%2F%2Fexample.com"
)


class Authorization(Answer):
    """An account of Campaign Monitor that was, or is to be, connected. Never a token."""

    id: Text = told("Its id.", ID)
    description: Text = told("Its name, as who connected it gave it.", "Main account")
    status: Literal["pending", "active", "revoked"] = told(
        "`pending` until somebody has consented, `active` from then on, `revoked` when Campaign Monitor takes its "
        "token no more.",
        "active",
    )
    created_at: Time = told("When it was begun.")
    connected_at: Time | None = told("When somebody consented last; null before.", "2026-11-23T10:01:12.345Z")
    answered_at: Time | None = told(
        "When the last consent was answered for good: it succeeded, or came to nothing, as `message` says. Null "
        "before.",
        "2026-11-23T10:01:12.345Z",
    )
    message: Text | None = told(
        "What went wrong with the last consent or call, with the remedy; else null.", None
    )
    authorize_url: Text | None = told(
        "While it is pending: the page of consent, to be opened in a browser. Null for who is no admin, and when it "
        "works no more.",
        AUTHORIZE_URL,
        absent=True,
    )
    authorize_until: Time | None = told(
        "While it is pending: until when that page works; null when it works no more. Later: until when a new consent "
        "can be given, while one is awaited.",
        "2026-11-23T10:15:00.000Z",
        absent=True,
    )
    remedy: Text | None = told(
        "While it is pending: how to go on when the page works no more; else null.", None, absent=True
    )


class BegunAuthorization(Answer):
    """An account that waits for somebody's consent."""

    id: Text = told("Its id.", ID)
    description: Text = told("Its name.", "Main account")
    status: Literal["pending", "active", "revoked"] = told("What it is until somebody consents.", "pending")
    authorize_url: Text = told("The page of consent, to be opened in a browser.", AUTHORIZE_URL)


class AuthorizeUrl(Answer):
    """Where somebody consents once more."""

    authorize_url: Text = told("The page of consent, to be opened in a browser.", AUTHORIZE_URL)


class Client(Answer):
    """A client of an account."""

    id: Text = told("Its id at Campaign Monitor.", CLIENT_ID)
    name: str = told("Its name at Campaign Monitor.", "Example Books")


class MailingList(Answer):
    """A list of a client."""

    id: Text = told("Its id at Campaign Monitor.", LIST_ID)
    name: str = told("Its name at Campaign Monitor.", "Newsletter")
    subscribers: Count | None = told(
        "How many active people are on it; null where Campaign Monitor did not tell in time. Absent with `sizes=false`.",
        5000,
        absent=True,
    )


class CustomField(Answer):
    """A custom field of a list."""

    key: Text = told("Its key at Campaign Monitor, in brackets.", "[FavouriteColour]")
    name: str = told("Its name; what `field_mappings` of an export name.", "Favourite Colour")
    data_type: str = told("Its type at Campaign Monitor.", "MultiSelectOne")
    options: list[str] = told("The values that can be chosen; empty for other types.", ["Red", "Blue"])
