"""The bulk import: up to a thousand people a call, each accepted or refused on its own."""

from dataclasses import dataclass, field
from typing import Any

from simulators.campaign_monitor.calls import ApiError, Call, route, typed, unreadable
from simulators.campaign_monitor.model import MailingList
from simulators.campaign_monitor.subscribers import BODY, edit_of, put, refusal
from simulators.http import Response

MOST = 1000
REQUEST = {
    "Subscribers": list,
    "Resubscribe": bool,
    "QueueSubscriptionBasedAutoResponders": bool,
    "RestartSubscriptionBasedAutoresponders": bool,
}


@dataclass(slots=True)
class ImportResult:
    """What the answer of an import counts."""

    unique: int = 0
    existing: int = 0
    new: int = 0
    duplicates: list[str] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)

    def body(self) -> dict[str, Any]:
        return {
            "FailureDetails": self.failures,
            "TotalUniqueEmailsSubmitted": self.unique,
            "TotalExistingSubscribers": self.existing,
            "TotalNewSubscribers": self.new,
            "DuplicateEmailsInSubmission": self.duplicates,
        }


@route("POST", "subscribers/{list_id}/import", "ImportSubscribers")
def import_many(call: Call, list_id: str) -> Response:
    found = call.mailing_list(list_id)
    given = call.body(dict(REQUEST))
    rows = [_row(row) for row in given.get("Subscribers", [])]
    if not rows:
        raise ApiError(212, "No subscribers in the batch")
    if len(rows) > MOST:
        raise ApiError(209, f"More than {MOST} subscribers in the batch")
    result = _import(call, found, rows, resubscribe=given.get("Resubscribe", False))
    call.account.imports.append(
        (found.id, len(rows), {name: given.get(name, False) for name in list(REQUEST)[1:]})
    )
    if result.failures:
        raise ApiError(210, "Subscriber Import had some failures", result=result.body())
    return Response.of(result.body(), 201)


def _row(row: object) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise unreadable("subscriber")
    try:
        return typed(row, BODY)
    except ApiError as error:
        raise unreadable("subscriber") from error


def _import(call: Call, found: MailingList, rows: list[dict[str, Any]], *, resubscribe: bool) -> ImportResult:
    edits = [
        edit_of(call, row) for row in rows
    ]  # an unreadable value refuses the request before anything is written
    result = ImportResult()
    chosen = _chosen(call, rows, result)
    for index in chosen:
        row, edit = rows[index], edits[index]
        email = row.get("EmailAddress", "")
        is_known = found.find(email) is not None
        refused = (
            refusal(row) or _unwanted(call, row) or put(call, found, email, edit, resubscribe=resubscribe)
        )
        if refused:
            shown = f"{email[:1]}***" if call.account.switches.masked_failures else email
            result.failures.append({"EmailAddress": shown, "Code": refused[0], "Message": refused[1]})
        elif is_known:
            result.existing += 1
        else:
            result.new += 1
    return result


def _unwanted(call: Call, row: dict[str, Any]) -> tuple[int, str] | None:
    """Why a mobile number is refused that looks like one."""
    end = call.account.switches.refused_numbers
    return (220, "Invalid Mobile Number") if end and row.get("MobileNumber", "").endswith(end) else None


def _chosen(call: Call, rows: list[dict[str, Any]], result: ImportResult) -> list[int]:
    """Which row stands for each address, in the order of submission."""
    winners: dict[str, int] = {}
    for index, row in enumerate(rows):
        email = row.get("EmailAddress", "").strip().lower()
        if email not in winners:
            winners[email] = index
            continue
        if row["EmailAddress"] not in result.duplicates:
            result.duplicates.append(row["EmailAddress"])
        if call.account.switches.duplicate_wins == "last":
            winners[email] = index
    result.unique = len(winners)
    return list(winners.values())
