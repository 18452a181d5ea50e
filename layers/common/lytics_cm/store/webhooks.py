"""Who may deliver to us: the keys in our webhooks' URLs, and the webhooks that are registered.

A key is derived, not drawn: whoever has the stack's secret makes the same one again after a crash, and finds
a webhook at the vendor by its URL. Stored is only its hash, as an address, so that a key is found by one read
which tells nothing by its duration. `docs/decisions/0028-webhook-keys-are-derived.md` has the reasons.

Items: `key#<hash>` / `webhook`, whom a key stands for; `<job>` / `webhook#<list>`, the state of one
registration; `<export>` / `webhook#lytics`, when Lytics last told the export something.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from lytics_cm.dynamodb import changing, get_many, pages, plain, tried
from lytics_cm.store.schema import KEY, PARTITION, SORT, WEBHOOK, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_dynamodb.service_resource import Table

type Json = dict[str, Any]

IMPORT = "import"
EXPORT = "export"
ITEM = "webhook"
HEARD_SECONDS = 400 * 24 * 3600
"""How long it is remembered when Lytics last told an export something."""


def derive(secret: str, kind: str, owner: str, list_id: str = "", generation: int = 1) -> str:
    """The key of a job's webhook: 256 bits that only the secret's holder can tell, safe in a URL."""
    what = json.dumps(["webhook key", kind, owner, list_id, generation])
    digest = hmac.digest(secret.encode(), what.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def hash_of(key: str) -> str:
    """What is stored instead of the key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


class Keys:
    """Whom each key stands for."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, key: str, now: int) -> Json | None:
        """The owner of a key; None for one that is unknown, revoked, out of time or malformed.

        All cost one read.
        """
        found = self.find_hash(hash_of(key))
        return found if found and now < found.get("until", now + 1) else None

    def find_hash(self, digest: str) -> Json | None:
        return self._table.get_item(Key=_address(digest), ConsistentRead=True).get("Item")

    def allow(self, key: str, owner: Mapping[str, Any], until: int | None = None) -> str:
        """Let the key in, for good or `until` a time (epoch ms), and return its hash.

        Repeatable, the latest description of its owner counts.

        `owner` is `{kind, owner}`, for an import also `list_id`, `list_name`, `client` `{id, name, zone}`,
        `since` when activity is wanted (epoch ms) and whether people are looked at (`looks`), for an export `email_field` and `fields`, the profile fields that it needs.
        """
        digest = hash_of(key)
        end = {} if until is None else {"until": until, "expires_at": -(-until // 1000)}
        self._table.put_item(Item={**_address(digest), **owner, **end})
        return digest

    def put(self, digest: str, owner: Mapping[str, Any]) -> None:
        """Describe the owner of a key that is let in anew, by its hash; not that of one that is shut out."""
        told = {name: value for name, value in owner.items() if name not in (PARTITION, SORT)}
        tried(self._table.update_item, Key=_address(digest), **changing(told, when="attribute_exists(#item)"))

    def revoke(self, digest: str) -> None:
        """Shut the key of that hash out; repeatable."""
        self._table.delete_item(Key=_address(digest))


class Registrations:
    """The webhooks of import jobs, one per list.

    Attributes: `list_id`, `key` (a hash), `generation`, `webhook_id` while the vendor has one, `active`,
    `registered_at`, `checked_at`, `last_delivery_at`, and `gap_since` with `gap_run` while deliveries may be
    missing.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, job_id: str, list_id: str) -> Json | None:
        found = self._table.get_item(Key=_place(job_id, list_id), ConsistentRead=True).get("Item")
        return plain(found) if found else None

    def all(self, job_id: str) -> list[Json]:
        """Every registration of the job, by list id."""
        request: Json = {
            "KeyConditionExpression": "job = :job AND begins_with(#item, :prefix)",
            "ExpressionAttributeNames": {"#item": "item"},
            "ExpressionAttributeValues": {":job": job_id, ":prefix": _place(job_id, "")["item"]},
            "ConsistentRead": True,
        }
        return [plain(item) for page in pages(self._table.query, **request) for item in page]

    def note(self, job_id: str, list_id: str, changes: Mapping[str, Any]) -> None:
        """Set attributes, making the registration if need be; None removes one."""
        self._table.update_item(Key=_place(job_id, list_id), **changing({"list_id": list_id, **changes}))

    def delivered(self, job_id: str, list_id: str, now: int) -> None:
        """Note that a delivery came. Raises when the registration is gone: a dead one must not come back."""
        change = changing({"last_delivery_at": now}, when="attribute_exists(#item)")
        self._table.update_item(Key=_place(job_id, list_id), **change)

    def triggered(self, export_id: str, now: int) -> None:
        """Note that Lytics told an export something."""
        kept = {"last_delivery_at": now, "expires_at": now // 1000 + HEARD_SECONDS}
        self._table.update_item(Key=_place_of_triggers(export_id), **changing(kept))

    def forget(self, job_id: str, list_id: str) -> None:
        self._table.delete_item(Key=_place(job_id, list_id))


def _address(digest: str) -> dict[str, Any]:
    return key_of(KEY.of(digest), ITEM)


def last_triggers(table: Table, export_ids: Iterable[str]) -> dict[str, int]:
    """When Lytics last told each export something (epoch ms), to the minute; nothing of those it never told."""
    found = get_many(table, [_place_of_triggers(export_id) for export_id in export_ids])
    return {item[PARTITION]: int(item["last_delivery_at"]) for item in found}


def _place_of_triggers(export_id: str) -> dict[str, Any]:
    """The item that says when Lytics last told an export something (`last_delivery_at`)."""
    return WEBHOOK.at(export_id, "lytics")


def _place(job_id: str, list_id: str) -> dict[str, Any]:
    return WEBHOOK.at(job_id, list_id)
