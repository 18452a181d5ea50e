"""What an address allows at a client, whatever lists it is on or has left: being tracked, being sent short messages."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

DECISIONS = ("Yes", "No", "Unknown")


@dataclass(slots=True)
class Consent:
    """What is on file of one address: `changes` are client-local times and values, oldest first."""

    first: str  # of no told time
    changes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def value(self) -> str:
        return self.changes[-1][1] if self.changes else self.first

    def decide(self, value: str, at: str) -> None:
        self.changes.append((at, value))
        self.changes.sort(key=lambda change: change[0])

    def forbids(self, at: str) -> bool:
        """Says whether a No was in force at a time; what was on file before the first change forbids nothing."""
        before = [value for when, value in self.changes if when <= at]
        return before[-1:] == ["No"]


@dataclass(slots=True)
class Consents:
    """One kind of consent, of every address the client has ever met."""

    otherwise: str  # of an address whose first mention decides nothing
    by_address: dict[str, Consent] = field(default_factory=dict)

    def value_of(self, email: str) -> str:
        known = self.by_address.get(_key(email))
        return known.value if known else self.otherwise

    def meet(self, email: str, value: str = "") -> None:
        """Know the address from now on; one that is known keeps what it has."""
        self.by_address.setdefault(_key(email), Consent(value or self.otherwise))

    def decide(self, email: str, value: str, at: str) -> None:
        self.meet(email)
        self.by_address[_key(email)].decide(value, at)

    def follow(self, old: str, new: str) -> None:
        """Take what the old address has along to one that the client has not met."""
        if known := self.by_address.get(_key(old)):
            self.by_address.setdefault(_key(new), replace(known, changes=list(known.changes)))

    def forbid(self, email: str, at: str) -> bool:
        known = self.by_address.get(_key(email))
        return known is not None and known.forbids(at)

    def __iter__(self) -> Iterator[Consent]:
        return iter(self.by_address.values())


def _key(email: str) -> str:
    return email.strip().lower()
