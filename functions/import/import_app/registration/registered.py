"""What is known of a list's webhook: where it is registered, and since when deliveries may be missing."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

from lytics_cm.web import rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMES = ("registered_at", "checked_at", "last_delivery_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A registration as its item has it; `key` is a hash, times are epoch ms.

    While deliveries may be missing, `gap_since` is since when, and `gap_run` the run that was told of it.
    """

    list_id: str
    key: str = ""
    generation: int = 1
    webhook_id: str | None = None
    active: bool = False
    registered_at: int | None = None
    checked_at: int | None = None
    last_delivery_at: int | None = None
    gap_since: int | None = None
    gap_run: str = ""

    @classmethod
    def parse(cls, item: Mapping[str, Any]) -> Self:
        return cls(**{one.name: item[one.name] for one in fields(cls) if one.name in item})

    @property
    def last_sign(self) -> int | None:
        """When it was last seen alive, by us or by a delivery, whichever is earlier.

        None when it never was.
        """
        if not self.checked_at:
            return None
        return min(self.checked_at, self.last_delivery_at or self.registered_at or self.checked_at)

    def view(self) -> dict[str, Any]:
        """The webhook as the contract shows it."""
        times = {name: getattr(self, name) for name in TIMES}
        return {
            "list_id": self.list_id,
            "webhook_id": self.webhook_id,
            "active": self.active,
            **{name: rfc3339(at) if at else None for name, at in times.items()},
        }
