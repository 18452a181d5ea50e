"""Lists as the contract has them: pages of `{"items", "cursor"}`, and what a request asks of one."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from lytics_cm import errors
from lytics_cm.json_text import read_json
from lytics_cm.web import UNPRINTABLE, detail, invalid

MAX_PLACE_BYTES = 1000
"""A text in a cursor; a sort key of DynamoDB is at most 1,024 bytes."""
MAX_CURSOR_CHARS = 4000
MAX_ANSWER = 5 * 1024 * 1024
"""Bytes of the items of a page, as JSON within JSON."""


def limit_of(app: APIGatewayRestResolver, otherwise: int, most: int, name: str = "limit") -> int:
    """How many items the query asks for, by the parameter of this name. Raises `InvalidInput`."""
    text = app.current_event.get_query_string_value(name)
    if text is None:
        return otherwise
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise invalid([detail((name,), f"{name} must be a number from 1 to {most}")])
    return int(text)


def cursor_of(place: Any) -> str | None:
    """The place where the next page begins, as text that survives a URL; None after the last page."""
    return None if place is None else base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def place_of(app: APIGatewayRestResolver) -> Any:
    """The place in the query's cursor: a text, or a list of texts and numbers; None without one.

    Raises `InvalidInput` when it is no place in any list of ours.
    """
    cursor = app.current_event.get_query_string_value("cursor")
    if not cursor:
        return None
    try:
        place = read_json(base64.b64decode(cursor[:MAX_CURSOR_CHARS], altchars=b"-_", validate=True).decode())
    except (ValueError, errors.UnreadableMessage):
        raise foreign_cursor() from None
    parts = place if isinstance(place, list) else [place]
    if not all(isinstance(part, int) or _is_key(part) for part in parts):
        raise foreign_cursor()
    return place


def text_place_of(app: APIGatewayRestResolver) -> str | None:
    """The same where places are texts."""
    place = place_of(app)
    if place is not None and not isinstance(place, str):
        raise foreign_cursor()
    return place


def foreign_cursor() -> errors.InvalidInput:
    """What to raise for a cursor that is none of the list in question."""
    return invalid([detail(("cursor",), "cursor must be the cursor of an earlier answer")])


def _is_key(part: Any) -> bool:
    return (
        isinstance(part, str) and not UNPRINTABLE.search(part) and 0 < len(part.encode()) <= MAX_PLACE_BYTES
    )


def fitting(items: list[dict[str, Any]]) -> int:
    """How many of the items one answer can hold: Lambda's are at most 6 MB.

    The first one is taken in any case.
    """
    size = 0
    for number, item in enumerate(items):
        text = json.dumps(json.dumps(item, ensure_ascii=False), ensure_ascii=False)
        size += len(text.encode("utf-8", "surrogatepass"))
        if number and size > MAX_ANSWER:
            return number
    return len(items)


def whole_of(app: APIGatewayRestResolver, items: list[dict[str, Any]]) -> dict[str, Any]:
    """A list that is always one page: no cursor was ever given out for it. Raises `InvalidInput` for one."""
    if place_of(app) is not None:
        raise foreign_cursor()
    return page_of(items)


def page_of(
    items: list[dict[str, Any]], place: Any = None, shape: Callable[[dict[str, Any]], Any] = dict
) -> dict[str, Any]:
    """A list as the contract has it, `{"items", "cursor"}`; `place` is where the next page begins."""
    return {"items": [shape(item) for item in items], "cursor": cursor_of(place)}
