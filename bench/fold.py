"""How many rows a core parses and folds per second, and what the mapping language costs at a cold start."""

import json
import random
import subprocess
import sys
import time

from lytics_cm.streams import Row
from profile_app import lql
from profile_app.mappings import default_texts

ROWS = 50_000
RUNS = 5
START = 1_700_000_000_000
COLD = """
import datetime, functools, hashlib, json, pathlib, re, time, typing
begin = time.perf_counter()
from profile_app import lql
imported = time.perf_counter()
from profile_app.mappings import default_texts
texts = default_texts()
started = time.perf_counter()
lql.Mapping.parse(texts)
print(imported - begin, time.perf_counter() - started)
"""


def activity(seed: int = 1) -> list[str]:
    """Rows as they lie in the store: two sends to an open, four opens to a click, 200 campaigns, 2,000 links."""
    chance = random.Random(seed)  # noqa: S311 - the same rows every time
    return [json.dumps(_row(chance, at)) for at in range(ROWS)]


def _row(chance: random.Random, at: int) -> dict[str, object]:
    campaign = chance.randrange(200)
    event = chance.choices(["sent", "open", "click"], [8, 4, 1])[0]
    fields = {
        "event": event,
        "email": "jane.doe@example.com",
        "client_id": "4a397ccaaa55eb4e6aa1221e1e2d7122",
        "client_name": "Acme",
        "list_id": "a58ee1d3039b8bec838e6d1482a8a965",
        "list_name": "Newsletter",
        "campaign_id": f"{campaign:032x}",
        "campaign_name": f"Campaign {campaign}",
    }
    if event != "sent":
        fields |= {"cc": "US", "city": "Portland", "region": "Oregon"}
    if event == "click":
        fields["url"] = (
            f"https://www.example.com/spring/{chance.randrange(2000)}?utm_source=cm&utm_campaign={campaign}"
        )
    return {"stream": "cm_activity", "ts": START + at * 977_777, "fields": fields}


def fold(mapping: lql.Mapping, lines: list[str]) -> float:
    """Rows per second through JSON, `Row` and fold."""
    begin = time.perf_counter()
    shapes = map(json.loads, lines)
    mapping.fold(Row(shape["stream"], "", shape["ts"], shape["fields"]) for shape in shapes)
    return len(lines) / (time.perf_counter() - begin)


def cold_start() -> tuple[float, float]:
    """Seconds to import the engine, beside what every function imports anyway, and to parse both mappings."""
    command = [sys.executable, "-c", COLD]
    runs = [subprocess.run(command, capture_output=True, check=True, text=True).stdout for _ in range(RUNS)]  # noqa: S603 - our own text
    times = [tuple(map(float, run.split())) for run in runs]
    return min(first for first, _ in times), min(second for _, second in times)


def main() -> None:
    """Print the figures."""
    mapping = lql.Mapping.parse(default_texts())
    lines = activity()
    best = max(fold(mapping, lines) for _ in range(RUNS))
    imported, parsed = cold_start()
    print(f"parse and fold   {best:>10,.0f} rows/s and core")  # noqa: T201 - a program prints
    print(f"import engine    {imported * 1000:>10.1f} ms")  # noqa: T201 - a program prints
    print(f"parse mappings   {parsed * 1000:>10.1f} ms")  # noqa: T201 - a program prints


if __name__ == "__main__":
    main()
