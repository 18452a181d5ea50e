"""A page of a list as CSV for a spreadsheet: when it is asked for, and how no value of it becomes a formula."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

CSV, JSON = "text/csv", "application/json"
CURSOR = "X-Cursor"
"""The header with the cursor of the next page; absent after the last."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a value begins with that a spreadsheet takes for a formula
(https://owasp.org/www-community/attacks/CSV_Injection)."""


def is_asked_for(app: APIGatewayRestResolver) -> bool:
    """Whether the request's `Accept` likes CSV better than JSON; one that likes both gets JSON."""
    accepted = app.current_event.headers.get("Accept") or ""
    return _liking(accepted, CSV) > _liking(accepted, JSON)


def _liking(accepted: str, kind: str) -> float:
    """The weight of a media type in a header `Accept`, as its most specific range has it; 0 without one."""
    group = f"{kind.partition('/')[0]}/*"
    weights: dict[str, float] = {}
    for entry in accepted.split(","):
        name, *parameters = (part.strip().lower() for part in entry.split(";"))
        weight = next((text.removeprefix("q=") for text in parameters if text.startswith("q=")), "1")
        weights[name] = float(weight) if weight.replace(".", "", 1).isdecimal() else 0.0
    # A wildcard is for who reads anything: that is JSON here.
    ranges = (kind,) if kind == CSV else (kind, group, "*/*")
    return next((weights[one] for one in ranges if one in weights), 0.0)


def answer(
    name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], cursor: str | None
) -> Response[str]:
    """A page as RFC 4180 has it, with a header line; `cursor` is the next page's. `name` is for the file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([harmless(row.get(column)) for column in columns] for row in rows)
    headers: dict[str, str | list[str]] = {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Vary": "Accept",
    }
    if cursor:
        headers[CURSOR] = cursor
    body = text.getvalue().encode("utf-8", "replace").decode()
    return Response(HTTPStatus.OK, f"{CSV}; charset=utf-8", body, headers=headers)


def harmless(value: Any) -> Any:
    """A value that no spreadsheet calculates: a text that begins like a formula gets an apostrophe before it."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA) else value
