"""The vendor's clock, which tests may move, and its 97 time-zone labels."""

import datetime as dt
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

UTC = dt.UTC
LABELS: dict[str, str] = dict(
    line.split("|") for line in Path(__file__).with_name("timezones.txt").read_text("utf-8").splitlines()
)
COUNTRIES: list[str] = Path(__file__).with_name("countries.txt").read_text("utf-8").splitlines()
SYDNEY = "(GMT+10:00) Canberra, Melbourne, Sydney"


@cache
def zone_of(label: str) -> dt.tzinfo:
    """The zone behind a label; one that is not in the list counts as UTC."""
    return ZoneInfo(LABELS.get(label, "UTC"))


def text_of(epoch: float, label: str, *, seconds: bool = False) -> str:
    """An instant as the vendor writes it: local, without offset, to the minute unless seconds are wanted."""
    local = dt.datetime.fromtimestamp(epoch, zone_of(label))
    return local.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M:00")


@dataclass(slots=True)
class Clock:
    """Runs with the machine's, shifted, or stands still at `fixed`."""

    offset: float = 0.0
    fixed: float | None = None

    def now(self) -> float:
        return (time.time() if self.fixed is None else self.fixed) + self.offset

    def advance(self, seconds: float) -> None:
        self.offset += seconds
