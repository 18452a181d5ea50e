"""How one record that could not be used is kept in its job's partition: the same failure of one source once.

Its sort key begins with a hash of whom it names, so that a person's failures are found without looking at
others'.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from lytics_cm.addresses import named
from lytics_cm.store.schema import FAILURE

KEEP_SECONDS = 30 * 24 * 3600
"""How long failures, and the markers of runs, are kept: longer than any queue holds a message (14 days)."""


def failure_item(job_id: str, failure: Mapping[str, Any], now: int) -> dict[str, Any]:
    """The item of a failure `{source, message, email?, code?}` at `now` (epoch ms)."""
    digest = hashlib.sha256(json.dumps(failure, sort_keys=True).encode()).hexdigest()[:16]
    return {
        "job": job_id,
        "item": f"{failures_of_whom(failure.get('email'))}{digest}",
        "failure": {name: _storable(value) for name, value in failure.items() if value is not None},
        "at": now,
        "expires_at": now // 1000 + KEEP_SECONDS,
    }


def failures_of_whom(email: object) -> str:
    """How the items of failures begin that name this address, however it is written.

    Of those that name none, for None.
    """
    whom = "-"
    if email is not None:
        whom = hashlib.sha256(named(_storable(str(email))).encode()).hexdigest()[:16]
    return FAILURE.within(whom)


def _storable(value: Any) -> Any:
    """Text without what UTF-8 cannot hold: lone surrogates, which JSON can tell."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
