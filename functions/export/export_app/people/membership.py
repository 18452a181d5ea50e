"""What we know of one person in one export, and how it changes. Pure.

Two halves. `Observed` is what Lytics told us: per audience when the person entered, was seen in a scan, and
left, each the latest time; the newest fields; and which fields triggers carry at all. Joining two takes the
later of everything, so any order, repetition and grouping of changes gives one result. The other half is what
the list has from us, as far as we can know.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any, Self

from export_app.people.consent import ExportConsents
from lytics_cm.campaign_monitor.fields import field_identity

type Json = dict[str, Any]
type Selections = Mapping[str, tuple[str, ...]]
"""Options by the key of their multi-option field."""

NOTHING_KNOWN = ExportConsents()
SENT, SKIPPED, FAILED = "sent", "skipped", "failed"
KEPT_OUT = "kept out"
"""New to the list, without a decision on being tracked, where the export wants one."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A person in an audience: latest times (epoch ms, 0 is never) of entering, being seen, leaving."""

    entered: int = 0
    seen: int = 0
    left: int = 0

    @property
    def is_inside(self) -> bool:
        """Of two changes at one moment, leaving wins."""
        return self.seen_at > self.left

    @property
    def seen_at(self) -> int:
        """When Lytics last spoke of the person being here."""
        return max(self.entered, self.seen)

    @property
    def since(self) -> int:
        """When the present stay began, as far as we know: a scan only knows that it is not later."""
        return self.entered if self.entered > self.left else self.seen

    def join(self, other: Stay) -> Stay:
        return Stay(max(self.entered, other.entered), max(self.seen, other.seen), max(self.left, other.left))


@dataclass(frozen=True, slots=True)
class Observed:
    """What Lytics told us of a person: stays by audience slug, the newest fields and the time they are of.

    Of fields of one time those count that were received last: `received` is when (epoch ms), and the
    how-many-th of the request they were. `carried` are the mapped fields that any trigger has carried: where
    the newest fields lack one of these, it is empty.
    """

    stays: Mapping[str, Stay] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    fields_at: int = 0
    carried: frozenset[str] = frozenset()
    received: tuple[int, int] = (0, 0)

    def join(self, other: Observed) -> Observed:
        """The later of everything; of fields at one time those received last, then the greater text."""
        slugs = dict.fromkeys([*self.stays, *other.stays])
        nobody = Stay()
        stays = {slug: self.stays.get(slug, nobody).join(other.stays.get(slug, nobody)) for slug in slugs}
        newest = max(self, other, key=lambda one: (one.fields_at, one.received, _text(one.fields)))
        return Observed(stays, newest.fields, newest.fields_at, self.carried | other.carried, newest.received)

    def within(self, slugs: Collection[str], unheard: Mapping[str, int]) -> Observed:
        """With the stays in those audiences alone, and of them only what was observed since somebody listens.

        `unheard` has the time, by slug, until which nobody did (epoch ms): who left before it may not have
        been reported.
        """
        stays = {
            slug: stay
            for slug, stay in self.stays.items()
            if slug in slugs and stay.seen_at > unheard.get(slug, 0)
        }
        return replace(self, stays=stays)

    @property
    def audiences(self) -> list[str]:
        return sorted(slug for slug, stay in self.stays.items() if stay.is_inside)

    @property
    def entered(self) -> int:
        """The latest entry into an audience that the person is still in; 0 when in none."""
        return max((stay.since for stay in self.stays.values() if stay.is_inside), default=0)


@dataclass(frozen=True, slots=True)
class Membership:
    """One person in one export.

    `sent` is what the list certainly has from us, None when nothing; `tried` what it may have besides, from
    attempts without an answer. `settled` is the digest of the desired state whose outcome is known. `claim`
    names the message whose worker has the person in hand until `claimed_until`: nobody else sends meanwhile.
    `consents` is what we know of the person's consents at Campaign Monitor. `sent_at` is when the list took
    what was sent last (epoch ms), 0 before that was noted. `compared` is what a dry run found on the list.
    """

    observed: Observed = field(default_factory=Observed)
    sent: Selections | None = None
    tried: Selections | None = None
    settled: str = ""
    outcome: str = ""
    claim: str = ""
    claimed_until: int = 0
    consents: ExportConsents = field(default_factory=ExportConsents)
    sent_at: int = 0
    compared: Json | None = None

    def joined(self, *observed: Observed) -> Membership:
        """With what was observed besides."""
        return replace(self, observed=reduce(Observed.join, observed, self.observed))

    def is_free(self, tokens: Collection[str], now: int) -> bool:
        """Whether whoever handles these messages may send; a message that comes again finds its claim."""
        return not self.claim or self.claim in tokens or self.claimed_until <= now

    def is_held(self, now: int) -> bool:
        return bool(self.claim) and self.claimed_until > now

    def claimed(self, token: str, until: int, trying: Selections) -> Membership:
        """In hand: from now on the list may have what is tried, so what was settled before holds no more."""
        tried = union(self.tried or {}, trying)
        return replace(self, claim=token, claimed_until=until, tried=tried, settled="", compared=None)

    def released(self) -> Membership:
        return replace(self, claim="", claimed_until=0)

    def reopened(self) -> Membership:
        """To be sent again although it failed."""
        return replace(self, settled="") if self.is_retried else self

    @property
    def is_retried(self) -> bool:
        """Whether a retry of failures sends the person; what has no usable address cannot be sent."""
        is_wanting = self.outcome in (FAILED, KEPT_OUT) or self.consents.is_left
        return is_wanting and bool(self.observed.stays)

    def delivered(self, digest: str, has: Selections, now: int) -> Membership:
        return replace(self.released(), sent=has, sent_at=now, tried=None, settled=digest, outcome=SENT)

    def refused(self, digest: str) -> Membership:
        """This was not written; what was tried before may have been."""
        return replace(self.released(), settled=digest, outcome=FAILED)

    def skipped(self, digest: str) -> Membership:
        """Nothing had to be sent: the list has nothing of this person from us."""
        return replace(self.released(), tried=None, settled=digest, outcome=SKIPPED)

    def kept_out(self, digest: str) -> Membership:
        """Not added, and the list has nothing of this person from us."""
        return replace(self.released(), tried=None, settled=digest, outcome=KEPT_OUT)

    def doubted(self) -> Membership:
        """A late answer came to a claim that another worker had taken: send once more."""
        return replace(self, settled="")

    @property
    def was_on_list(self) -> bool:
        """Whether the list has, or may have, anything of this person from us."""
        return self.sent is not None or self.tried is not None

    def may_have(self, key: str) -> frozenset[str]:
        """Options of a field that the list has from us, or may have."""
        return self.has(key) | _options_of(self.tried or {}, key)

    def has(self, key: str) -> frozenset[str]:
        return _options_of(self.sent or {}, key)

    def to_json(self) -> Json:
        stays = {slug: [one.entered, one.seen, one.left] for slug, one in self.observed.stays.items()}
        found: Json = {"stays": stays}
        if self.observed.fields_at:
            found |= {"fields": dict(self.observed.fields), "fields_at": self.observed.fields_at}
            found |= {"told": [*self.observed.received]} if any(self.observed.received) else {}
        if self.observed.carried:
            found["carried"] = sorted(self.observed.carried)
        for name in ("settled", "outcome", "claim", "claimed_until", "sent_at", "compared"):
            if value := getattr(self, name):
                found[name] = value
        for name in ("sent", "tried"):
            options = getattr(self, name)
            if options is not None:
                found[name] = {key: list(values) for key, values in options.items()}
        if self.consents != NOTHING_KNOWN:
            found["consents"] = self.consents.to_json()
        return found

    @classmethod
    def of(cls, stored: Json) -> Self:
        stays = {slug: Stay(*times) for slug, times in stored.get("stays", {}).items()}
        return cls(
            observed=Observed(
                stays,
                stored.get("fields", {}),
                stored.get("fields_at", 0),
                frozenset(stored.get("carried", ())),
                tuple(stored.get("told", (0, 0))),
            ),
            sent=_selections(stored.get("sent")),
            tried=_selections(stored.get("tried")),
            settled=stored.get("settled", ""),
            outcome=stored.get("outcome", ""),
            claim=stored.get("claim", ""),
            claimed_until=stored.get("claimed_until", 0),
            consents=ExportConsents.of(stored["consents"]) if "consents" in stored else NOTHING_KNOWN,
            sent_at=stored.get("sent_at", 0),
            compared=stored.get("compared"),
        )


def _options_of(selections: Selections, key: str) -> frozenset[str]:
    """The options of a field, whose key may have been written in another case when they were sent."""
    names = [name for name in selections if name == key or field_identity(name) == field_identity(key)]
    return frozenset(option for name in names for option in selections[name])


def union(one: Selections, other: Selections) -> Selections:
    keys = dict.fromkeys([*one, *other])
    return {key: tuple(sorted({*one.get(key, ()), *other.get(key, ())})) for key in keys}


def _selections(stored: Json | None) -> Selections | None:
    return None if stored is None else {key: tuple(values) for key, values in stored.items()}


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
