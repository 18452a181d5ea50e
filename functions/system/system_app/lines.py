"""The queues of this stack, by the names that people use, each with its dead-letter queue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A queue and where it gives up messages; `log` is what the log of its function is called."""

    name: str
    log: str
    url: str
    letters_url: str

    @property
    def queue(self) -> str:
        """What SQS calls the queue."""
        return self.url.rpartition("/")[2]

    @property
    def letters(self) -> str:
        """What SQS calls its dead-letter queue."""
        return self.letters_url.rpartition("/")[2]

    @property
    def redrive(self) -> str:
        """The route that puts its dead letters back."""
        return f"POST /dead-letters/{self.name}/redrive"
