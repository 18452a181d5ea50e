"""What can be made of a vendor's records, one by one: what cannot be used is a failure and costs only itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from import_app.unforeseen import described
from lytics_cm.errors import UnreadableMessage
from lytics_cm.streams import MAX_ADDRESS_CHARS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from import_app.tasks import Json


def made_of[Record, Made](
    records: Iterable[Record], make: Callable[[Record], Made | None], source: str
) -> tuple[list[Made], list[Json]]:
    """What `make` makes of each record, None left out, and a failure of `source` for each that it refuses."""
    made, failures = [], []
    for record in records:
        try:
            one = make(record)
        except UnreadableMessage as error:
            failures.append(_failure(record, source, str(error)))
        except Exception as error:  # noqa: BLE001 - one bad record must not cost the others of its page
            failures.append(_failure(record, source, f"the record cannot be used: {described(error)}"))
        else:
            made += [] if one is None else [one]
    return made, failures


def _failure(record: Any, source: str, message: str) -> Json:
    """A person's record is named by its address, another by its id."""
    email = getattr(record, "email", None)
    if email is not None:
        return {"source": source, "email": email[:MAX_ADDRESS_CHARS], "message": message}
    return {
        "source": source,
        "message": f"{type(record).__name__.lower()} {record.id} is left out: {message}",
    }
