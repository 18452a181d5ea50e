"""Custom fields as Campaign Monitor writes them, in pages and in webhooks alike.

See docs/reference/campaign-monitor.md#custom-fields-as-they-are-read.
"""

import json
from typing import Any

from lytics_cm.members import Misshapen


def custom_fields_of(entries: Any) -> dict[str, str | list[str]]:
    """Key and value of each filled field, the key as it came.

    Several entries of one key are a list, in order. Raises `Misshapen` for what is not an array of keys and
    values.
    """
    if not isinstance(entries, list | None) or not all(isinstance(entry, dict) for entry in entries or ()):
        raise Misshapen("its CustomFields are not an array of Key and Value")
    found: dict[str, list[str]] = {}
    for entry in entries or ():
        key, value = entry.get("Key"), entry.get("Value")
        values = value if isinstance(value, list) else [value]
        if key:
            found.setdefault(_text(key), []).extend(_text(one) for one in values if one not in (None, ""))
    return {key: values if len(values) > 1 else values[0] for key, values in found.items() if values}


def _text(value: Any) -> str:
    """Texts are told as such; anything else as JSON, not as Python writes it."""
    return value if isinstance(value, str) else json.dumps(value)


def field_identity(key: str) -> str:
    """What `subscription date`, `[subscriptiondate]` and `SubscriptionDate` have in common."""
    return "".join(key.split()).removeprefix("[").removesuffix("]").casefold()
