"""Thousands of hostile requests to every route of the template and both receivers, and what is to be seen afterwards."""

import json
from copy import deepcopy
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests import contract
from tests.aws.template import Deployment
from tests.flows.door import EMAILS, KNOWN, OF_A_ROUTE, opened

PUBLIC = Deployment().public_routes()

RAW = {
    "DEEP": "[" * 2000 + "]" * 2000,
    "DEEPER": '{"a":' * 5000 + "1" + "}" * 5000,
    "DIGITS": "9" * 5000,
    "HUGE": "1e999",
    "NAN": "NaN",
    "EXPONENT": "1e3",
}
"""What no Python value is written as: marks in a body become these texts."""
ODD_TEXTS = (
    "",
    " ",
    "\0",
    "half \ud83d",
    "\ud83d\ude00",
    "🎉" * 250,
    "x" * 5000,
    "../..",
    "..",
    "%00%ff",
    "null",
    "1e400",
    "٣",
    "two\nlines",
    "<script>alert(1)</script>",
    "\u202eright to left",
    "\ufeffx",
    "İ" * 254,
    "9" * 5000,
    "2999-01-01 00:00:00",
    "0001-01-01 00:00:00",
    "9999-12-31T23:59:59.999999999-23:59",
    "Open",
    "explode",
    "'; DROP TABLE people; --",
    "nobody@",
    "a@b, c@d",
    "@cursor",
    "@list",
    "@import",
)
ODD_VALUES = (
    *ODD_TEXTS,
    *RAW,
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        1.5,
        10**30,
        2**63,
        1e308,
        -0.0,
        [],
        {},
        [[]],
        [None],
        {"": ""},
        ["x"] * 1001,
    ),
    {"Key": "[colour]", "Value": "red"},
    {f"field{number}": "🎉" * 30 for number in range(500)},
)
DATES = (
    "2999-01-01 00:00:00",
    "9999-12-31 23:59:59",
    "1969-12-31 23:59:59",
    "0001-01-01 00:00:00",
    "2026-02-30 10:00:00",
)
HINTS = {
    "Type": ("explode", "Reactivate", "Open", "UPDATE"),
    "Date": DATES,
    "event": ("exit", "change", "glance"),
    "enter": tuple(f"{date.replace(' ', 'T')}Z" for date in DATES),
    "timestamp": tuple(f"{date.replace(' ', 'T')}Z" for date in DATES),
    "State": ("Deleted", "Bounced", "x" * 300),
    "every_minutes": (1, 0, 10_080, "60"),
    "keep_rows_days": (1, 0, 36_500, "90"),
    "rows_since": ("2999-12-31", "1970-01-01", "2026-02-30", "0001-01-01"),
    "drop_columns": (["email"], ["custom.*"] * 101, ["custom."], ["url", 1]),
}
"""What is wrong in this place and right in others."""
MAPPING = "SELECT email AS email KIND string, name AS cm_name KIND string FROM cm_user INTO user BY email ALIAS cm_user"
EVENT = {"Date": "2026-03-05 14:30:00", "EmailAddress": "@email", "Name": "Jane", "CustomFields": []}
TRIGGER = {
    "data": {
        "email": "@email",
        "name": "Jane",
        "city": "Ulm",
        "segment_events": [
            {"id": "a" * 32, "slug": "vip", "event": "enter", "enter": "2024-03-05T14:30:00.872Z"}
        ],
    },
    "meta": {"object": "user", "timestamp": "2024-03-05T14:30:04.651Z"},
}
ALLOWED = {
    "tracking_consent": "strict",
    "keep_last_open_day": True,
    "rows_since": "2026-01-01",
    "keep_rows_days": 400,
    "drop_columns": ["ip", "custom.*", "custom.Colour"],
    "hash_columns": ["mobile"],
}
VALID = {
    "POST /authorizations": {"description": "Main", "reconnect": "@authorization"},
    "POST /imports": {
        "authorization_id": "@authorization",
        "client_id": "@client",
        "list_ids": ["@list"],
        "keep_updated": False,
        "every_minutes": 60,
        "description": "x",
        **ALLOWED,
    },
    "PATCH /imports/{id}": {"keep_updated": True, "every_minutes": 60, "description": "x", **ALLOWED},
    "POST /exports": {
        "authorization_id": "@authorization",
        "list_id": "@list",
        "audiences": [{"slug": "vip"}, {"slug": "buyers", "name": "Buyers"}],
        "existing_users": True,
        "resubscribe_users": False,
        "queue_autoresponders": False,
        "email_field": "email",
        "name_field": "name",
        "field_mappings": {"city": "City"},
        "description": "x",
        "dry_run": False,
    },
    "PATCH /exports/{id}": {
        "audiences": [{"slug": "vip"}],
        "existing_users": True,
        "field_mappings": {"city": "City"},
        "name_field": "name",
        "description": "x",
        "dry_run": False,
    },
    "PUT /streams/{stream}/mapping": {"mapping": MAPPING},
    "POST /streams/{stream}/mapping/check": {"mapping": MAPPING, "email": "@email"},
    "POST /webhooks/campaign-monitor/{key}": {
        "ListID": "@list",
        "Events": [
            EVENT | {"Type": "Subscribe", "SignupIPAddress": "192.0.2.1"},
            EVENT | {"Type": "Update", "OldEmailAddress": "old@example.com", "State": "Active"},
            EVENT | {"Type": "Deactivate", "State": "Unsubscribed"},
        ],
    },
    "POST /webhooks/lytics/{key}": [TRIGGER, TRIGGER["data"]],
}
"""Good bodies, from which bad ones are made; a route that is not named here gets all members of all of them."""
ANYTHING = {name: value for body in VALID.values() if isinstance(body, dict) for name, value in body.items()}
MOSTLY = [True] * 6 + [False]

odd_texts = st.sampled_from(ODD_TEXTS) | st.text(st.characters(codec=None), max_size=12)
odd_values = st.sampled_from(ODD_VALUES) | st.text(max_size=12) | st.integers() | st.floats()


def paths_of(value):
    """Every place in a JSON value."""
    yield ()
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, inner in members:
        yield from ((name, *path) for path in paths_of(inner))


def changed(draw, body):
    """A body with one thing wrong."""
    places = [path for path in paths_of(body) if path]
    if not places:
        return deepcopy(draw(odd_values))
    hinted = [path for path in places if path[-1] in HINTS] if draw(st.booleans()) else []
    *way, last = draw(st.sampled_from(hinted or places))
    holder = body
    for name in way:
        holder = holder[name]
    match draw(st.sampled_from(["set", "set", "drop", "add", "repeat"])):
        case "set":
            holder[last] = deepcopy(draw(st.sampled_from(HINTS.get(last, ODD_VALUES)) | odd_values))
        case "drop":
            del holder[last]
        case "add" if isinstance(holder, dict):
            holder[draw(odd_texts)] = deepcopy(draw(odd_values))
        case _ if isinstance(holder, list):
            holder *= draw(st.sampled_from([2, 150]))
    return body


@st.composite
def bodies(draw, valid):
    body = deepcopy(valid)
    for _ in range(draw(st.sampled_from([0, 1, 1, 2, 3]))):
        body = changed(draw, body)
    text = json.dumps(body, ensure_ascii=draw(st.booleans())).replace("@email", draw(st.sampled_from(EMAILS)))
    for mark, raw in RAW.items():
        text = text.replace(f'"{mark}"', raw)
    match draw(st.sampled_from([*["whole"] * 12, "cut", "twice", "odd"])):
        case "cut":
            return text[: draw(st.integers(0, len(text)))]
        case "twice":
            return text.replace("{", '{"description": 7, "ListID": "x", ', 1)
        case "odd":
            return draw(st.none() | odd_texts | st.sampled_from(list(RAW.values())))
    return text


@st.composite
def paths(draw, template):
    route = next((start for start in OF_A_ROUTE if template.startswith(start)), "")
    parts = []
    for part in template.split("/"):
        name = part[1:-1]
        known = OF_A_ROUTE[route] if part in ("{id}", "{key}") and route else KNOWN.get(name, ())
        if not part.startswith("{"):
            parts.append(part)
        elif known and draw(st.sampled_from(MOSTLY)):
            parts.append(draw(st.sampled_from(known)))
        else:
            text = draw(odd_texts) or "x"
            parts.append(
                quote(text, safe="@", errors="replace") if draw(st.booleans()) else text.replace("/", "%2F")
            )
    return "/".join(parts)


@st.composite
def queries(draw, route):
    """What the route takes, each once, and seldom anything else; of anybody's routes anything."""
    if route in PUBLIC:
        names = st.sampled_from(["state", "code", "error", "cursor"]) | odd_texts
    elif draw(st.sampled_from(MOSTLY)):
        taken = draw(st.lists(st.sampled_from(contract.TAKES.get(route, ["odd"])), unique=True))
        return [(name, draw(odd_texts)) for name in taken if name != "odd"]
    else:
        names = st.sampled_from(["cursor", "limit", "block", "prefix", "email"]) | odd_texts
    return draw(st.lists(st.tuples(names, odd_texts), max_size=3))


@st.composite
def requests(draw, routes):
    """A request to any of the routes; more often to those that take a body, and most often to the receivers."""
    chosen = [
        route for route in routes for _ in range(12 if "/webhooks/" in route else 4 if route in VALID else 1)
    ]
    method, template = draw(st.sampled_from(chosen)).split(" ")
    query = draw(queries(f"{method} {template}"))
    odd = [{name: text} for name in ("Authorization", "Accept", "X-Odd") for text in ODD_TEXTS]
    plain = [{}] * 8 * len(odd) + [{"Content-Type": "text/xml"}] * 9
    headers = draw(st.sampled_from([*plain, {"Content-Encoding": "gzip"}, *odd]))
    valid = VALID.get(f"{method} {template}", ANYTHING)
    body = draw(bodies(valid)) if method in ("POST", "PUT", "PATCH") else None
    return {
        "method": method,
        "path": draw(paths(template)),
        "query": query,
        "headers": headers,
        "body": body,
        "is_base64": draw(st.sampled_from([*[False] * 9, True])),
    }


@pytest.fixture
def door():
    with opened() as found:
        yield found


def test_no_request_is_answered_5xx_and_nothing_is_stored_that_the_contract_does_not_allow(door, sized):
    @settings(
        max_examples=sized(1000, 10_000),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(requests(sorted(Deployment().routes())))
    def knock(request):
        door.send(**request)

    knock()
    door.settle()

    assert door.sent >= sized(1000, 10_000)
