"""Whether a run waits for Campaign Monitor: since when, why, until when; and how long it has. Attributes of its item.

A wait begins with a try in vain (`waiting_since`) and ends with the first answer (`answered_at`). Who counts a
unit that has reached the vendor writes the answer's time unless there is one, and who notes the next wait
adds the last one up: while all is well, waits cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lytics_cm.dynamodb import changing, plain, tried
from lytics_cm.store.schema import RUN

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

WAITED = "waited_ms"
"""The attribute with how long waits have lasted, but for the last one."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a run waits, and until when (epoch ms)."""

    reason: str
    until: int


def note(table: Table, of: tuple[str, str], wait: Wait, now: int) -> int:
    """Write down that the run `of` (job, run) waits; return how often in a row it has.

    Nothing is written, and 0 returned, when the wait that is known lasts, the run is over, or somebody else
    writes at the same time.
    """
    key = RUN.at(*of)
    item = plain(table.get_item(Key=key, ConsistentRead=True).get("Item", {}))
    since, until, answered = (item.get(name) for name in ("waiting_since", "waiting_until", "answered_at"))
    is_new = since is None or answered is not None
    if not is_new and until is not None and until > now:
        return 0
    changes: dict[str, Any] = {"waiting_until": wait.until, "waiting_reason": wait.reason}
    add = {"waits": 1}
    if is_new:
        changes |= {"waiting_since": now, "answered_at": None, "waits": 1}
        add = {WAITED: max(0, answered - since)} if since is not None and answered is not None else {}
    # A wait that has been answered or noted since is another one than we know of.
    same = "#waiting_since = :known" if since is not None else "attribute_not_exists(#waiting_since)"
    same += f" AND {'attribute_exists' if answered is not None else 'attribute_not_exists'}(#answered_at)"
    known = {"known": since} if since is not None else {}
    change = changing(changes, add, f"#status = :running AND {same}", running="running", **known)
    answer = tried(table.update_item, Key=key, **change, ReturnValues="UPDATED_NEW")
    return int(answer["Attributes"]["waits"]) if answer else 0


def ended(change: dict[str, Any], now: int) -> dict[str, Any]:
    """The change of a run's item by a unit that has reached the vendor: it answered now, or before."""
    told = "SET answered_at = if_not_exists(answered_at, :answered), "
    values = {**change["ExpressionAttributeValues"], ":answered": now}
    expression = change["UpdateExpression"].replace("SET ", told, 1)
    return change | {"UpdateExpression": expression, "ExpressionAttributeValues": values}
