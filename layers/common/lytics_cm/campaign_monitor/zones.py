"""How Campaign Monitor's local times without offset become moments, and back.

A client has one time zone, and all its times are texts in it. Twice a year that is not one to one:

- an hour that the clocks skip (gap) is read with the offset before the change, so 02:30 becomes 03:30;
- an hour that comes twice (overlap) is read as its first coming.

So a time from the second coming is stored an hour early; nothing in the text tells it apart. Filters are made
to lose nothing under any reading of an overlap: see `filter_from`.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lytics_cm.campaign_monitor.zone_labels import LISTED, NEWER
from lytics_cm.errors import InvalidInput, UnreadableMessage
from lytics_cm.streams import END_OF_TIME, YEAR_1

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the origin of naive arithmetic
EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(:[0-9]{2})?")


@cache
def zone_of(label: str) -> ZoneInfo:
    """The zone that a label means.

    Raises `InvalidInput` naming one that we do not know: a guess would shift history.
    """
    name = _ZONES.get(_plain(label))
    if name is None:
        raise _unknown(label)
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError as error:
        raise _unknown(label) from error


def to_utc(local: str, zone: ZoneInfo) -> int:
    """Epoch milliseconds of `YYYY-MM-DD HH:MM[:SS]`.

    Raises `UnreadableMessage` when there is no such time.
    """
    naive = _naive(local)
    offset = naive.replace(tzinfo=zone).utcoffset() or timedelta()
    ms = (naive - EPOCH - offset) // MILLISECOND
    if not -YEAR_1 <= ms <= END_OF_TIME:
        raise UnreadableMessage(f"the time {local!r} is not in the years 1 to 9999, UTC")
    return ms


def is_shown(local: str, zone: ZoneInfo) -> bool:
    """Whether the clocks of a zone ever show a time that `to_utc` can read: not in an hour that they skip."""
    return _wall_clock(to_utc(local, zone), zone) == _naive(local)


def is_time(local: str) -> bool:
    """Whether a text is a time that `to_utc` can read."""
    try:
        _naive(local)
    except UnreadableMessage:
        return False
    return True


def to_local(ms: int, zone: ZoneInfo) -> str:
    """The minute that the clocks show at `ms`, as `YYYY-MM-DD HH:MM`.

    Raises `UnreadableMessage` beyond the years 1 to 9999.
    """
    return _text(_wall_clock(ms, zone))


def filter_from(ms: int, zone: ZoneInfo) -> str:
    """A minute to filter from, such that nothing at or after `ms` is lost however the vendor reads it.

    From an overlap it goes back by the overlap's length: to a time that comes once, and before both comings.
    """
    wall = _wall_clock(ms, zone)
    first, second = (wall.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    return _text(wall - (first - second))


def filter_day(ms: int, zone: ZoneInfo) -> str:
    """The same as a day, `YYYY-MM-DD`, for the calls that filter by days."""
    return filter_from(ms, zone)[:10]


def _naive(local: str) -> datetime:
    form = TIME.fullmatch(local)
    try:
        return datetime.fromisoformat(local if form else "")
    except ValueError as error:
        raise UnreadableMessage(
            f"the time {local[:40]!r} is not a YYYY-MM-DD HH:MM:SS that exists"
        ) from error


def _wall_clock(ms: int, zone: ZoneInfo) -> datetime:
    try:
        return (EPOCH_UTC + ms * MILLISECOND).astimezone(zone).replace(tzinfo=None, fold=0)
    except (OverflowError, ValueError) as error:
        raise UnreadableMessage("the time is not in the years 1 to 9999") from error


def _text(wall: datetime) -> str:
    return wall.isoformat(" ", "minutes")


def _plain(label: str) -> str:
    """The label without its offset, which is what stands in the first pair of brackets."""
    return " ".join(re.sub(r"^\s*\([^)]*\)", "", label).split()).casefold()


def _unknown(label: str) -> InvalidInput:
    message = f"the client's time zone {label[:100]!r} is not known; its times cannot be read"
    return InvalidInput(message, [{"field": "client_id", "message": message}])


_ZONES = {_plain(label): name for label, name in (LISTED | NEWER).items()}
