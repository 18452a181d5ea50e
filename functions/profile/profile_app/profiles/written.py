"""What became of a batch of rows, counted while many threads write it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from lytics_cm.errors import TransientError, Unavailable
from lytics_cm.streams import Row


@dataclass(slots=True)
class Written:
    """How many rows were new, known and changed, and the addresses that must come again, with the reason.

    `changed` are people whose profile may be another now; `due` those among them for whom a projection is
    called for, `withdrawn` those of whom something that is stored may not be known any more. `withheld` are
    the rows of each person that were left out because they may not be known, and `limited` the people of
    whom not everything may be; `cut_in_vain` those of whom a leaf was written that no other one tells of.
    """

    stored: int = 0
    duplicates: int = 0
    amended: int = 0
    new: set[int] = field(default_factory=set)
    """The rows that told what nobody knew, by their numbers: the first of a batch is 0."""
    changed: set[str] = field(default_factory=set)
    due: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    withheld: dict[str, set[str]] = field(default_factory=dict)
    limited: set[str] = field(default_factory=set)
    cut_in_vain: set[str] = field(default_factory=set)
    failed: dict[str, Exception] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def count(self, *, stored: int = 0, duplicates: int = 0, amended: int = 0) -> None:
        with self._lock:
            self.stored += stored
            self.duplicates += duplicates
            self.amended += amended

    def withhold(self, email: str, rows: Iterable[Row]) -> None:
        """Note rows that are left out, by their keys."""
        if keys := {row.key for row in rows}:
            self.withheld.setdefault(email, set()).update(keys)

    def guard[T](self, email: str, write: Callable[[], T]) -> T | None:
        """Do a part of an address' work.

        What fails fails for that address alone: the answer is None, as from now on.
        """
        if email in self.failed:
            return None
        try:
            return write()
        except (ClientError, BotoCoreError, TransientError) as error:
            self.failed[email] = error
            return None

    def took(self, email: str, outcome: bool | Exception) -> bool:  # noqa: FBT001 - what a write of a batch became
        """Whether a write of an address happened; one that nobody knows of fails for that address alone."""
        if isinstance(outcome, Exception):
            self.failed[email] = outcome
        return outcome is True

    def give_up(self, emails: Iterable[str]) -> None:
        """Let addresses come again that others kept changing all the time."""
        for email in emails:
            self.failed.setdefault(email, Unavailable("others changed this profile all the time; try later"))
