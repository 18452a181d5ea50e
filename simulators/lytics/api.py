"""The REST API: audiences, paged scan, profile look-up, in Lytics' envelope."""

import base64
import time
from typing import Any

from simulators.http import Request, Response
from simulators.lytics.model import Account, Audience, Field, Person, Scan

MOST = 100
DEFAULT_LIMIT = 10


class ApiError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def error(status: int, message: str) -> dict[str, Any]:
    return {"data": None, "message": message, "status": status}


def answer(account: Account, request: Request) -> Response:
    """Authorize and route one call."""
    try:
        _authorize(account, request)
        return Response.of(_routed(account, request))
    except ApiError as refused:
        return Response.of(error(refused.status, str(refused)), refused.status)


def _authorize(account: Account, request: Request) -> None:
    """The raw token, without `Bearer`; v1 also takes it from the query."""
    query = request.query
    token = request.headers.get("authorization", "")
    if not token and request.path.startswith("/api/"):
        token = query.get("access_token", query.get("key", ""))
    may_read = account.tokens.get(token)
    if may_read is None:
        raise ApiError(401, "Not authorized")
    if not may_read:
        raise ApiError(403, "Forbidden: the token's roles do not allow this")


def _routed(account: Account, request: Request) -> dict[str, Any]:
    data: object
    match (request.method, request.parts):
        case ("GET", ["v2" | "api", "segment"]):
            data = _audiences(account, request)
        case ("GET", ["api", "segment", "sizes"]):
            data = _sizes(account, request.query.get("ids", ""))
        case ("GET", ["api", "segment", key, "size" | "sizes"]):
            data = _size(_audience(account, key))
        case ("GET", ["api", "segment", key, "scan"]):
            return _scan(account, _audience(account, key), request.query)
        case ("GET", ["v2" | "api", "segment", key]):
            data = _item(_audience(account, key), sizes=True)
        case ("GET", ["api", "entity", "user", field, value] | ["api", "me", field, value]):
            return _profile(account, field, value, request.query)
        case ("GET", ["v2", "schema", "user", "field"]):
            data = [_field(each) for each in account.schema()]
        case _:
            raise ApiError(404, "Not found")
    return _told(account, data)


def _told(account: Account, data: object) -> dict[str, Any]:
    return {"data": data, "status": 200, "message": "success", "request_id": account.new_id(16)}


def _audience(account: Account, key: str) -> Audience:
    found = account.audience(key)
    if found is None:
        raise ApiError(404, "segment not found")
    return found


def _audiences(account: Account, request: Request) -> list[dict[str, Any]]:
    kind, sizes = request.query.get("kind", "segment"), request.query.get("sizes") == "true"
    return [_item(each, sizes=sizes) for each in account.audiences.values() if each.kind == kind]


def _item(audience: Audience, *, sizes: bool) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": audience.id,
        "name": audience.name,
        "slug_name": audience.slug,
        "description": "",
        "kind": audience.kind,
        "table": "user",
        "is_public": audience.is_public,
        "segment_ql": f"FILTER EXISTS email FROM user ALIAS {audience.slug}",
        "tags": [],
        "invalid": False,
        "deleted": False,
        "author_id": "",
        "account_id": "",
        "aid": 1,
        "created": "2024-01-01T00:00:00Z",
        "updated": "2024-01-01T00:00:00Z",
    }
    return {**item, "size": len(audience.members)} if sizes else item


def _field(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "shortdesc": field.description,
        "mergeop": "latest",
        "is_identifier": field.is_identifier,
        "is_pii": field.is_identifier,
        "keep_days": 0,
        "capacity": 0,
    }


def _size(audience: Audience) -> dict[str, Any]:
    return {
        "id": audience.id,
        "name": audience.name,
        "slug_name": audience.slug,
        "size": len(audience.members),
    }


def _sizes(account: Account, ids: str) -> list[dict[str, Any]]:
    wanted = [each for each in ids.split(",") if each]
    return [_size(each) for each in account.audiences.values() if not wanted or each.id in wanted]


def _scan(account: Account, audience: Audience, query: dict[str, str]) -> dict[str, Any]:
    limit = _limit(query.get("limit", ""))
    scan_id, start = _position(account, audience, query.get("start", ""))
    people = account.scans[scan_id].people
    wanted = [name for name in query.get("fields", "").split(",") if name]
    data = []
    for person in people[start : start + limit]:
        document = account.document(person, wanted)
        if not wanted or "segments" in wanted:
            document["segments"] = [each.slug for each in account.memberships(person) if each.is_public]
        data.append(document)
    more = start + limit < len(people)
    if not more and account.endless:
        scan_id, start = _beyond_the_end(account, audience, scan_id, start, limit)
        more = True
    cursor = base64.b64encode(f"scan-{scan_id}-{start + limit}".encode()).decode() if more else ""
    return {
        "status": 200,
        "message": "success",
        "total": 0 if account.endless == "circle" else len(audience.members),
        "_next": cursor,
        "data": data,
    }


def _beyond_the_end(
    account: Account, audience: Audience, scan_id: str, start: int, limit: int
) -> tuple[str, int]:
    """Where a scan goes on that never ends: at its beginning, in another scan, or among nobody."""
    match account.endless:
        case "circle":
            return scan_id, -limit
        case "again":
            return _position(account, audience, "")[0], -limit
    return scan_id, start


def _limit(text: str) -> int:
    if not text:
        return DEFAULT_LIMIT
    if not text.isdigit() or not 1 <= int(text) <= MOST:
        raise ApiError(400, f"limit must be between 1 and {MOST}")
    return int(text)


def _position(account: Account, audience: Audience, cursor: str) -> tuple[str, int]:
    """Where a cursor stands; without one a new scan begins."""
    if not cursor:
        scan_id = account.new_id(12)
        account.scans[scan_id] = Scan(list(audience.members.values()), time.monotonic())
        return scan_id, 0
    try:
        _, scan_id, start = base64.b64decode(cursor, validate=True).decode().split("-")
        scan = account.scans[scan_id]
    except (ValueError, KeyError) as failure:
        raise ApiError(400, "invalid or expired scan cursor") from failure
    if account.cursor_seconds is not None and time.monotonic() - scan.began > account.cursor_seconds:
        raise ApiError(400, "invalid or expired scan cursor")
    return scan_id, int(start)


def _identified(account: Account, field: str, value: str) -> Person | None:
    """By the person's id, or by another field."""
    same = (one for one in account.people.values() if str(one.fields.get(field, "")).lower() == value.lower())
    return account.people.get(value) or next(same, None)


def _profile(account: Account, field: str, value: str, query: dict[str, str]) -> dict[str, Any]:
    person = account.by_email.get(value.lower()) if field == "email" else _identified(account, field, value)
    if person is None:
        raise ApiError(404, "entity not found")
    wanted = [name for name in query.get("fields", "").split(",") if name]
    data = account.document(person, wanted)
    if query.get("segments") == "true":
        data["segments"] = [each.slug for each in account.memberships(person) if each.is_public]
    if query.get("allsegments") == "true":
        data["segments_all"] = [each.id for each in account.memberships(person)]
    meta = {"by_fields": ["email", "_uids"], "format": "json", "name": "user"}
    return {"data": data, "meta": meta, "status": 200, "message": "success"}
