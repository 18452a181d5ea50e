"""Keeps the mapping texts that are in force.

StreamsTable has an item `mapping` with the own text of each stream that has one, beside the policies of
imports (see `lytics_cm.store.policies`, also for `rev` and `since`).
"""

from __future__ import annotations

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lytics_cm.errors import Conflict, InvalidInput, NotFound
from lytics_cm.store.policies import KEY, Policy, by_client, save
from lytics_cm.streams import STREAMS
from profile_app.lql import Mapping, MappingError, spaced

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from profile_app.lql.columns import Column

MAX_TEXT_BYTES = 100 * 1024


@dataclass(frozen=True, slots=True)
class InForce:
    """What profiles follow: the mapping and, by client, the policy. Since when, epoch ms; 0 is since ever."""

    rules: Mapping
    since: int
    policies: Dict[str, Policy] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Own:
    """The own texts as they were read."""

    item: Dict[str, Any]
    texts: dict[str, str]
    since: int


@dataclass(frozen=True, slots=True)
class Text:
    """The mapping of one stream, as text and line by line."""

    stream: str
    mapping: str
    default: bool
    columns: Sequence[Column]


@dataclass(frozen=True, slots=True)
class Trial:
    """A text that is not kept: the rules with it, or its mistakes; and what is in force meanwhile.

    A mistake is `{message, stream, line, column, excerpt}`; one of the whole text has no place.
    """

    in_force: InForce
    rules: Mapping | None = None
    mistakes: Sequence[Dict[str, Any]] = ()


class Mappings:
    """The mappings of both streams."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def in_force(self) -> InForce:
        """The mapping that profiles follow now."""
        return _in_force(self._own())

    def text(self, stream: str) -> Text:
        own = self._own().texts
        _check(stream)
        return _text(stream, own)

    def put(self, stream: str, text: str, now: int) -> Text:
        """Replace a stream's text. Raises `InvalidInput` with line and column when it is not a mapping."""
        _check(stream)
        _check_text(text)
        own = self._own()
        changed = own.texts | {stream: text}
        self._save(changed, own, stream, now)
        return _text(stream, changed)

    def attempt(self, stream: str, text: str) -> Trial:
        """What `put` would make of a text or say of it; nothing is kept. Raises `NotFound` without the stream."""
        _check(stream)
        own = self._own()
        in_force = _in_force(own)
        try:
            _check_text(text)
            return Trial(in_force, _rules(own.texts | {stream: text}, stream))
        except InvalidInput as error:
            return Trial(in_force, mistakes=error.details)

    def reset(self, stream: str, now: int) -> Text:
        """Return to the stream's default text."""
        _check(stream)
        own = self._own()
        changed = {name: text for name, text in own.texts.items() if name != stream}
        self._save(changed, own, stream, now)
        return _text(stream, changed)

    def _own(self) -> Own:
        item = self._client.get_item(TableName=self._table, Key=KEY, ConsistentRead=True).get("Item", {})
        texts = {stream: spaced(item[stream]["S"]) for stream in STREAMS if stream in item}
        return Own(item, texts, int(item.get("since", {}).get("N", 0)))

    def _save(self, own: dict[str, str], before: Own, changed: str, now: int) -> None:
        """Store the texts if they make a mapping, and if nobody changed them since they were read."""
        _rules(own, changed)
        others = {name: value for name, value in before.item.items() if name not in STREAMS}
        texts = {stream: {"S": text} for stream, text in own.items()}
        since = max(now, before.since + 1)
        if not save(self._client, self._table, {**others, **texts}, since, before.item):
            raise Conflict("somebody else changed a mapping at the same time; look at it and try again")


def _in_force(own: Own) -> InForce:
    return InForce(_followed(own.texts), own.since, by_client(own.item))


def _followed(own: dict[str, str]) -> Mapping:
    """What own texts make with the defaults of the other streams."""
    return _parsed(tuple(sorted((default_texts() | own).items())))


def _text(stream: str, own: dict[str, str]) -> Text:
    columns = [column for column in _followed(own).columns if column.stream == stream]
    return Text(stream, own.get(stream, default_texts()[stream]), stream not in own, columns)


def _rules(own: Dict[str, str], changed: str) -> Mapping:
    """What own texts make, a mistake of several being one of the changed text. Raises `InvalidInput`."""
    texts = {**default_texts(), **own}
    try:
        return Mapping.parse({name: texts[name] for name in sorted(STREAMS, key=lambda it: it == changed)})
    except MappingError as error:
        place = {
            "stream": error.stream,
            "line": error.line,
            "column": error.column,
            "excerpt": error.excerpt,
        }
        raise _invalid(error.problem, **place) from error


def _check_text(text: str) -> None:
    """Raise `InvalidInput` for a text that cannot be kept, whatever it says."""
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise _invalid("the mapping has half of a character (a lone surrogate)")
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise _invalid(f"the mapping is larger than {MAX_TEXT_BYTES // 1024} KiB")


def _check(stream: str) -> None:
    if stream not in STREAMS:
        raise NotFound(f"there is no stream of this name; there are {', '.join(STREAMS)}")


def _invalid(message: str, **place: Any) -> InvalidInput:
    details: list[dict[str, Any]] = [{"field": "mapping", "message": message, **place}]
    return InvalidInput("the mapping is not valid; see details", details)


@cache
def default_texts() -> dict[str, str]:
    """The texts that the product is delivered with, by stream."""
    folder = Path(__file__).parent
    return {stream: (folder / f"{stream}.lql").read_text(encoding="utf-8") for stream in STREAMS}


@lru_cache(maxsize=2)
def _parsed(texts: tuple[tuple[str, str], ...]) -> Mapping:
    return Mapping.parse(dict(texts))
