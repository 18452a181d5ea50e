"""The words of the description that belong to no single route: parameters, errors, headers, and the whole."""

from typing import Any

from api.answers.profiles import EMAIL
from export_app.history import MOST_HOURS_BESIDE
from import_app.handlers import MOST_RUNS_BESIDE

ABOUT = """\
Lytics-CM keeps audiences of Lytics and lists of Campaign Monitor in step, both ways. This is all of its HTTP API.

Bodies are JSON with names in snake_case, times RFC 3339 in UTC with milliseconds. Lists are `{items, cursor}`: pass a \
cursor back as `?cursor=` until it is null. A member may be added to an answer at any time: pass over those that you \
do not know.

Every operation but the public ones needs a token as `Authorization: Bearer`. `x-role` says whom one serves: a \
`viewer` reads, an `operator` runs jobs as well, an `admin` does everything. The stack's own token is an admin's.

Errors are `{message, details}`. A path that there is answers 405 to a method that it has not, and `Allow` names those \
which it has. A query parameter that an operation does not take is a 422."""

PARAMETERS: dict[str, dict[str, Any]] = {
    "cursor": {
        "description": "Where the page begins: the `cursor` of the answer before. An empty one is the first page.",
        "schema": {"type": "string", "maxLength": 4000},
        "example": "",
    },
    "limit": {
        "description": "How many items the page has at most.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 10,
    },
    "runs": {
        "description": "How many of its last runs each import has beside it; none without it.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST_RUNS_BESIDE},
        "example": 14,
    },
    "activity": {
        "description": "How many entries of its activity each export has beside it; none without it.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST_HOURS_BESIDE},
        "example": 14,
    },
    "prefix": {
        "description": "How the addresses begin, in any case; everybody without it.",
        "schema": {"type": "string", "maxLength": 254},
        "example": "jane",
    },
    "job": {
        "description": "Only events of this import or export.",
        "schema": {"type": "string"},
        "example": "import_7d1e0c52",
    },
    "kind": {
        "description": "Only events of this route, or kind.",
        "schema": {"type": "string"},
        "example": "POST /imports/{id}/run",
    },
    "who": {
        "description": "Only what was done by this name, session's id or fingerprint.",
        "schema": {"type": "string"},
        "example": "Jane's laptop",
    },
    "outcome": {
        "description": "Only entries that ended so.",
        "schema": {"$ref": "#/components/schemas/Outcome"},
        "example": "refused",
    },
    "authorization_id": {
        "description": "The account: the id of an authorization.",
        "schema": {"$ref": "#/components/schemas/Id"},
        "required": True,
        "example": "authorization_4f2c9a1b",
    },
    "client_id": {
        "description": "The client's id at Campaign Monitor.",
        "schema": {"$ref": "#/components/schemas/Id"},
        "required": True,
        "example": "4a397ccaaa55eb4e6aa1221e1e2d7122",
    },
    "list_ids": {
        "description": "The lists, separated by commas; without it, all of the client.",
        "schema": {"type": "string"},
        "example": "a58ee1d3039b8bec838e6d1482a8a965",
    },
    "rows_since": {
        "description": "Activity before this day, in the client's time zone, is not read.",
        "schema": {"$ref": "#/components/schemas/Day"},
        "example": "2026-01-01",
    },
    "sizes": {
        "description": "Whether to ask how many people are on each list, which takes a call a list.",
        "schema": {"type": "boolean", "default": True},
        "example": False,
    },
    "block": {
        "description": "Whether the person shall never come back.",
        "schema": {"type": "boolean", "default": False},
        "example": True,
    },
    "state": {
        "description": "What the page of consent was given.",
        "schema": {"type": "string"},
        "example": "x",
    },
    "code": {
        "description": "What Campaign Monitor gives a token for.",
        "schema": {"type": "string"},
        "example": "x",
    },
    "error": {
        "description": "Why there is no code.",
        "schema": {"type": "string"},
        "example": "access_denied",
    },
}
"""Query parameters, by name."""

REQUEST_HEADERS: dict[str, dict[str, Any]] = {
    "Accept": {
        "description": "In which type the page is answered; one that likes both gets JSON. Tools that follow OpenAPI "
        "to the letter take it from the types of the answer.",
        "schema": {"type": "string", "default": "application/json"},
        "example": "text/csv",
    },
    "If-None-Match": {
        "description": "The `ETag` of an answer that the caller has: 304 if it is still that one. `*` is any.",
        "schema": {"type": "string"},
        "example": '"9f86d081884c7d659a2feaa0c55ad015"',
    },
}
"""Request headers that some operations read, by name. `Authorization` and `X-Request-Id` are for all."""

PLACES: dict[str, dict[str, Any]] = {
    "id": {"description": "The id.", "schema": {"$ref": "#/components/schemas/Id"}, "example": "4f2c9a1b"},
    "client_id": {
        "description": "The client's id at Campaign Monitor.",
        "schema": {"$ref": "#/components/schemas/Id"},
        "example": "4a397ccaaa55eb4e6aa1221e1e2d7122",
    },
    "list_id": {
        "description": "The list's id at Campaign Monitor.",
        "schema": {"$ref": "#/components/schemas/Id"},
        "example": "a58ee1d3039b8bec838e6d1482a8a965",
    },
    "email": {
        "description": "The address, in any case.",
        "schema": {"type": "string", "minLength": 1},
        "example": EMAIL,
    },
    "stream": {
        "description": "The stream.",
        "schema": {"$ref": "#/components/schemas/Stream"},
        "example": "cm_user",
    },
    "file": {
        "description": "The file's name, as the page has it.",
        "schema": {"type": "string", "minLength": 1},
        "example": "index-C7DR661I.js",
    },
    "queue": {
        "description": "The queue.",
        "schema": {"$ref": "#/components/schemas/QueueName"},
        "example": "rows",
    },
    "key": {
        "description": "The secret part of the URL, which names its job.",
        "schema": {"type": "string", "minLength": 1},
        "example": "pJ3vQ8",
    },
}
"""Parameters of paths, by name."""

ERRORS: dict[int, tuple[str, str, str, str]] = {
    400: ("NotJson", "The body is no JSON.", "the body is not JSON", ""),
    401: ("NoToken", "There is no token.", "Unauthorized", ""),
    403: (
        "Forbidden",
        "The token is wrong, has ended, or its role does not suffice.",
        "User is not authorized to access this resource with an explicit deny",
        "",
    ),
    404: ("NotFound", "There is no such thing.", "there is no import 4f2c9a1b", ""),
    405: ("NoSuchMethod", "The path has no such method; `Allow` names those it has.", "this path takes GET", ""),
    409: ("Conflict", "It is not in the state that this needs.", "a run is going on already", ""),
    413: ("TooLarge", "The body is too large.", "Request Too Long", ""),
    422: (
        "Invalid",
        "Something is not valid; `details` names each member or parameter, and the remedy.",
        "the request is not valid; see details",
        "every_minutes",
    ),
    429: ("TooMany", "Too many requests at once; try again in a moment.", "Too Many Requests", ""),
    500: ("Unforeseen", "Something unforeseen went wrong here; the function's log says what, by the request's id.",
          "something went wrong here; the function's log says what", ""),
    502: (
        "Refused",
        "A vendor refused, and the message says what it said; or a function did not answer.",
        "Campaign Monitor does not answer; try again",
        "",
    ),
    503: ("Later", "AWS asks for patience; try again in a moment.", "AWS asks for patience; try again", ""),
    504: ("TooSlow", "It took longer than 29 seconds; look whether it was done.", "Endpoint request timed out", ""),
}  # fmt: skip
"""By status: the name, what it means, an example's message, and the field that it is about."""
DETAIL = "Input should be greater than or equal to 1"

HEADERS: dict[str, dict[str, Any]] = {
    "RequestId": {
        "description": "The request's id: log lines of functions have it as `request_id`. API Gateway's own answers "
        "have an `x-amzn-RequestId` instead.",
        "schema": {"type": "string"},
        "example": "8f5c1f0e-4f6e-4d5a-9f43-2f6d7d0c9b1e",
    },
    "CacheControl": {
        "description": "No cache may keep an answer.",
        "schema": {"type": "string", "const": "no-store"},
        "example": "no-store",
    },
    "Allow": {
        "description": "The methods that the path has.",
        "schema": {"type": "string"},
        "example": "DELETE, GET, PATCH",
    },
    "RetryAfter": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "string"},
        "example": "30",
    },
}
"""Headers of answers, by the name of their component."""

SUCCESSES = {
    200: "Done.",
    201: "Made.",
    202: "Begun; it goes on behind the answer.",
    204: "Done; the answer is empty.",
    304: "It is as it was; the answer is empty.",
}
PAGES = {
    "finishAuthorization": {
        200: "The account is connected: a page that says so.",
        400: "Consent was refused, or the link is of no request: a page with what to do next.",
        409: "The link was used or has ended: a page with what to do next.",
        500: "Something went wrong here: a page that says so.",
        502: "Campaign Monitor refused: a page with what it said.",
    },
    "getConsole": {200: "The page."},
    "getConsoleFile": {200: "The file."},
}
"""Of answers that are pages for people, and their files: by operation and status."""
