"""How DynamoDB is told to set some attributes of an item and to remove others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def update_of(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an `UpdateItem` that sets attributes; None removes one."""
    sets = {name: value for name, value in changes.items() if value is not None}
    clauses = {
        "SET": [f"#{name} = :{name}" for name in sets],
        "REMOVE": [f"#{name}" for name in changes if name not in sets],
    }
    values = {f":{name}": value for name, value in sets.items()}
    return {
        "UpdateExpression": " ".join(
            f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts
        ),
        "ExpressionAttributeNames": {f"#{name}": name for name in changes},
        **({"ExpressionAttributeValues": values} if values else {}),
    }
