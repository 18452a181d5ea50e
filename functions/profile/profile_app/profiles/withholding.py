"""What of a person's rows may be known: decided by policies of imports, consents and the time. Pure.

Rows and columns are withheld when they are stored and whenever they are read, so readings are exact at once.
What is stored and may not be known any more is removed by the next projection (see `purge.py`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from lytics_cm.store.policies import Policy
from lytics_cm.streams import CM_USER, DAY, Row
from profile_app.profiles.consents import ALWAYS, Consents, client_of
from profile_app.profiles.snapshots import Snapshot

TRACKING = ("open", "click")
"""Events that tell what a person does with a mail."""
LEARNED_BY_TRACKING = "reads_email_with"
"""The column of a snapshot that Campaign Monitor knows from opens alone."""
LAST_OPEN_DAY = "cm_lastopen_day"
"""The field of a profile that has the day of the last open, where nothing else of it is kept."""
ALL_CUSTOM, CUSTOM = "custom.*", "custom."
HASHED = "hash:"
"""How a value begins that is kept as a keyed hash."""
HASH_DIGITS = 32
DEFAULT = Policy()
"""What holds for a client that no import is about."""

type HashKey = Callable[[], bytes]
"""Gives the key of hashes, which is fetched when one is to be made."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one client's rows of a person; times are epoch ms."""

    oldest: int
    """Activity before is too old."""
    tracked_from: int
    """Opens and clicks before are not allowed."""
    dropped: frozenset[str]
    hashed: frozenset[str]

    def withholds(self, fact: Row) -> bool:
        """Whether activity is too old, or tells what nobody may know."""
        return fact.ts < self.oldest or (fact.ts < self.tracked_from and fact.fields.get("event") in TRACKING)

    @property
    def columns(self) -> frozenset[str]:
        """Those that may not be shown as they are."""
        return self.dropped | self.hashed

    @property
    def is_quiet(self) -> bool:
        """Whether it is about columns alone, each of them named."""
        return self.oldest == self.tracked_from == ALWAYS and not self.is_about_custom

    @property
    def is_about_custom(self) -> bool:
        return ALL_CUSTOM in self.columns

    def touches(self, fields: Mapping[str, Any]) -> bool:
        """Whether one of these columns may not be shown as it is."""
        if not fields.keys().isdisjoint(self.columns):
            return True
        return self.is_about_custom and any(name.startswith(CUSTOM) for name in fields)

    def reduced(self, fields: Mapping[str, Any], key: HashKey) -> dict[str, Any]:
        """The columns that may be shown, some of them as hashes."""
        kept = {name: value for name, value in fields.items() if not _names(self.dropped, name)}
        return {
            name: _hashed(value, key) if _names(self.hashed, name) else value for name, value in kept.items()
        }


def _names(columns: frozenset[str], name: str) -> bool:
    return name in columns or (ALL_CUSTOM in columns and name.startswith(CUSTOM))


def _hashed(value: Any, key: HashKey) -> Any:
    """The value as a keyed hash, of a list each of its values; one that is a hash stays."""
    if isinstance(value, list):
        return [_hashed(one, key) for one in value]
    if isinstance(value, str) and value.startswith(HASHED):
        return value
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return HASHED + hmac.new(key(), text.encode(), hashlib.sha256).hexdigest()[:HASH_DIGITS]


def no_key() -> bytes:
    raise LookupError("there is no key to hash columns with")


@dataclass(slots=True)
class Withholding:
    """What of a person is withheld at a time (epoch ms)."""

    policies: Mapping[str, Policy]
    consents: Consents
    now: int
    hash_key: HashKey = no_key
    _rules: dict[str, Rule] = field(default_factory=dict)

    @classmethod
    def under(
        cls, policies: Mapping[str, Policy], now: int, hash_key: HashKey
    ) -> Callable[[Consents], Withholding]:
        """What is withheld under these policies now, given what is known of consents."""
        return lambda consents: cls(policies, consents, now, hash_key)

    def shown(self, row: Row) -> Row | None:
        """The row as it may be known; None when it may not be at all."""
        rule = self._rule(client_of(row))
        if row.stream == CM_USER:
            row = _without_tracking(row, rule)
        elif rule.withholds(row):
            return None
        return self.reduced(row)

    def withholds(self, fact: Row) -> bool:
        """Whether a row of `cm_activity` may not be known."""
        return self._rule(client_of(fact)).withholds(fact)

    def reduced(self, row: Row) -> Row:
        """The row with the columns that may be kept of it; the same row if that is all."""
        rule = self._rule(client_of(row))
        if not rule.touches(row.fields):
            return row
        fields = rule.reduced(row.fields, self.hash_key)
        return row if fields == row.fields else replace(row, fields=fields)

    def all_shown(self, rows: Iterable[Row]) -> list[Row]:
        """The rows that may be known. Of clients who forbid nothing only columns are looked at, for speed."""
        found: list[Row] = []
        quiet: dict[str, frozenset[str]] = {}
        for row in rows:
            client = client_of(row)
            columns = quiet.get(client)
            if columns is not None and row.fields.keys().isdisjoint(columns):
                found.append(row)
            elif (shown := self.shown(row)) is not None:
                found.append(shown)
                if (rule := self._rule(client)).is_quiet:
                    quiet[client] = rule.columns
        return found

    def hides(self, facts: Iterable[Row], states: Iterable[Snapshot]) -> bool:
        """Whether any of these may not be stored as it is."""
        return any(self.shown(one) is not one for one in facts) or any(map(self._hides, states))

    def _hides(self, state: Snapshot) -> bool:
        rule = self._rule(state.client)
        return state.mentions((*rule.columns, LEARNED_BY_TRACKING)) and state.mapped(self.shown) != state

    @property
    def key(self) -> tuple[tuple[str, Rule], ...]:
        """Names what is withheld: the same for two that withhold the same."""
        return tuple(
            (client, self._rule(client)) for client in sorted({*self.policies, *self.consents.clients})
        )

    def days(self, withheld: Iterable[Row]) -> dict[str, int]:
        """Of rows that may not be known the day of the last open (epoch days) by client, where it may be kept."""
        days: dict[str, int] = {}
        for row in withheld:
            client = client_of(row)
            is_open = row.fields.get("event") == "open" and row.ts >= self._rule(client).oldest
            if is_open and self.policy(client).keep_last_open_day:
                days[client] = max(days.get(client, 0), row.ts // DAY)
        return days

    def fields(self) -> dict[str, str]:
        """What a profile has of activity that may not be known."""
        days = [
            known.day
            for client, known in self.consents.clients.items()
            if known.day is not None
            and self.policy(client).keep_last_open_day
            and known.day * DAY >= self._rule(client).oldest
        ]
        return {LAST_OPEN_DAY: f"{datetime.fromtimestamp(max(days) * 86_400, UTC):%Y-%m-%d}"} if days else {}

    @property
    def is_limiting(self) -> bool:
        """Whether any activity may not be known."""
        return any(rule.oldest != ALWAYS or rule.tracked_from != ALWAYS for _, rule in self.key)

    def limit(self, client: str) -> int:
        """Before when opens and clicks of a client may not be known."""
        return self._rule(client).tracked_from

    def policy(self, client: str) -> Policy:
        return self.policies.get(client, DEFAULT)

    def _rule(self, client: str) -> Rule:
        rule = self._rules.get(client)
        if rule is None:
            policy = self.policy(client)
            days, consent = policy.keep_rows_days, policy.tracking_consent
            allowed = self.consents.of(client).allowed_from(strict=consent == "strict")
            rule = self._rules[client] = Rule(
                ALWAYS if days is None else day_of(self.now) - days * DAY,
                ALWAYS if consent == "ignore" else allowed,
                frozenset(policy.drop_columns),
                frozenset(policy.hash_columns),
            )
        return rule


def _without_tracking(state: Row, rule: Rule) -> Row:
    if state.seen >= rule.tracked_from or LEARNED_BY_TRACKING not in state.fields:
        return state
    fields = {name: value for name, value in state.fields.items() if name != LEARNED_BY_TRACKING}
    return replace(state, fields=fields)


def day_of(now: int) -> int:
    """The start of the day, UTC; epoch ms."""
    return now - now % DAY


def grow_old(policies: Iterable[Policy]) -> bool:
    """Whether rows become too old by the mere passing of time."""
    return any(policy.keep_rows_days is not None for policy in policies)
