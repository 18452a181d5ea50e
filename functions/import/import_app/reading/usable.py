"""What can be made of a vendor's records, one by one: what cannot be used costs only itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from import_app.unforeseen import described
from lytics_cm.errors import UnreadableMessage
from lytics_cm.streams import MAX_ADDRESS_CHARS, UNUSABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from import_app.tasks import Json
    from lytics_cm.members import Records


def made_of[Record, Made](
    records: Records[Record], make: Callable[[Record], Made | None], source: str
) -> tuple[list[Made], list[Json]]:
    """What `make` makes of each record, None left out.

    A record that cannot be used is a failure of `source`.
    """
    made: list[Made] = []
    failures = odd(records, source)
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


def odd(records: Records[Any], source: str) -> list[Json]:
    """A failure of `source` for each record that could not be read."""
    return [_failure(one, source, one.message) for one in records.odd]


def _failure(record: Any, source: str, message: str) -> Json:
    """A person's record is named by its address, another by its id."""
    failure = {"source": source, "code": UNUSABLE}
    email = getattr(record, "email", None)
    if email is not None:
        return failure | {"email": email[:MAX_ADDRESS_CHARS], "message": message}
    what = f"{type(record).__name__.lower()} {record.id} is left out: " if hasattr(record, "id") else ""
    return failure | {"message": what + message}
