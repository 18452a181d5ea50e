"""What may be said of an error that nobody foresaw: its kind and its place.

Its words may quote an address.
"""

from __future__ import annotations

import traceback
from pathlib import PurePath

from lytics_cm.errors import PermanentError

OURS = ("import_app", "lytics_cm")
REMEDY = "a new run tries again; if it stays, report it with the function's log"


class Unforeseen(PermanentError):
    """A task came to no end for a reason that the code does not know."""


def unforeseen(error: Exception) -> Unforeseen:
    """The error as the failure of its task."""
    return Unforeseen(f"an error that nobody foresaw: {described(error)}; {REMEDY}")


def unfinished(times: int) -> Unforeseen:
    """A task that was taken in hand so often and came to no end: its function was cut off each time."""
    return Unforeseen(
        f"it was begun {times} times and came to no end: the function ran out of time or memory; {REMEDY}"
    )


def described(error: Exception) -> str:
    """The kind of the error, and where in our code it came up."""
    places = [
        f"{path.parent.name}/{path.name}, line {frame.lineno}, in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
        if set((path := PurePath(frame.filename)).parts) & set(OURS)
    ]
    return f"{type(error).__name__} at {places[-1] if places else 'an unknown place'}"
