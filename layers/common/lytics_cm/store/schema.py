"""The keys of the jobs table: every kind of item and every partition. Nobody else spells one.

Both keys are texts of parts with `#` between them, and begin with the kind. `store/__init__.py` draws the
table.
"""

from __future__ import annotations

from dataclasses import dataclass

PARTITION, SORT = "job", "item"
"""What the table calls its two keys."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of item, or of partition, by the word that its key begins with."""

    word: str

    def of(self, *parts: str) -> str:
        """The key of one."""
        return "#".join((self.word, *parts))

    def within(self, *parts: str) -> str:
        """What the keys of those begin with whose first parts are these."""
        return self.of(*parts, "")

    def rest(self, key: str, *parts: str) -> str:
        """What follows in a key behind these parts."""
        return key.removeprefix(self.within(*parts))

    def at(self, partition: str, *parts: str) -> dict[str, str]:
        """The address of one item in a partition."""
        return {PARTITION: partition, SORT: self.of(*parts)}


# Partitions beside those of jobs, which are called by the job's id.
PACE = Kind("pace")
KEY = Kind("key")
ECHO = Kind("echo")
ERASED = Kind("erased")
SESSIONS, EVENTS = "sessions", "events"
ALERTS = "alerts"
LEDGER = Kind("ledger")

# Items in the partition of a job: of its runs,
RUN = Kind("run")
UNIT = Kind("unit")
PARKED = Kind("parked")
FAILURE = Kind("failure")
# of what a run of an import writes down,
NAMES = Kind("names")
SCOPE = Kind("scope")
PAGE = Kind("page")
EDGE = Kind("edge")
NOTE = Kind("note")
READ = Kind("read")
KNOWN = Kind("known")
DUE = Kind("due")
LOOKED = Kind("looked")
PEOPLE = Kind("people")
# of its webhooks,
WEBHOOK = Kind("webhook")
# and of what an export has in hand.
SCAN = Kind("scan")
RULES = Kind("rules")
BRAKE = Kind("brake")
ACTIVITY = Kind("activity")

# Items in the partition of a list's echoes, and of an erased person.
SENT = Kind("sent")
USED = Kind("used")
LATER = Kind("later")
# and in that of an export's ledger: outcomes that are as wanted, and those with a failure.
FINE = Kind("fine")
LISTED = Kind("listed")

# Who may come in, and the audit log.
SESSION = Kind("session")
EVENT = Kind("event")


def key_of(partition: str, name: str) -> dict[str, str]:
    """The address of an item that is the only one of its kind in a partition, or is called by an id."""
    return {PARTITION: partition, SORT: name}
