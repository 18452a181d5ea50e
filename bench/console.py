"""What the console weighs, and how soon it can be used, on the local stack: `python -m bench.console [--rounds 5]`.

Bytes are gzipped, as `MinimumCompressionSize` has API Gateway send them. Times are of a browser without a cache: from
the address with a one-time code to the overview's heading, and from there to each other page. The first includes the
exchange of the code, and two calls of the API.
"""

import argparse
import gzip
import re
import statistics
import time
from pathlib import Path

from playwright.sync_api import Browser, Page
from rich.console import Console
from rich.table import Table

from bench.latency import QUIET
from local.chromium import chromium
from local.console import SITE
from local.demo import announcer
from local.programs import end_on_signals
from local.stack import Stack, stack

HASH = re.compile(r"-[\w-]{8}(?=\.)")
FIRST = ("index.html", ".css")
"""What the browser needs to paint anything: the page, its style, and the entry that the page names."""
PAGES = ("/jobs", "/authorizations", "/new-import", "/new-export", "/people", "/mappings", "/system")


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    end_on_signals()
    console = Console()
    with stack(QUIET, tell=announcer(console)) as up:
        console.print(weights())
        with chromium() as browser:
            console.print(times(up, browser, rounds))


def weights() -> Table:
    """Gzipped bytes of what the first paint needs, and of each file that a page adds."""
    table = Table("file", "bytes", "gzipped", title="What the console weighs", title_justify="left")
    entry = SITE.joinpath("index.html").read_text()
    files = sorted(path for path in SITE.iterdir() if path.suffix in {".html", ".css", ".js", ".svg"})
    first = [path for path in files if path.name in entry or path.name.endswith(FIRST)]
    for path in files:
        table.add_row(HASH.sub("", path.name), f"{path.stat().st_size:,}", f"{packed(path):,}")
    table.add_section()
    for name, some in (("first paint", first), ("everything", files)):
        size = sum(path.stat().st_size for path in some)
        table.add_row(name, f"{size:,}", f"{sum(map(packed, some)):,}")
    return table


def packed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 6))


def times(up: Stack, browser: Browser, rounds: int) -> Table:
    """Milliseconds to the heading of each page: the median of some rounds, each in a fresh browser profile."""
    found: dict[str, list[float]] = {}
    for _ in range(rounds + 1):  # the first warms the functions
        made = up.admin.post("/sessions", {"name": "Bench", "role": "admin", "hours": 1, "code": True})
        context = browser.new_context()
        page = context.new_page()
        began = time.perf_counter()
        page.goto(f"{up.deployment.url}/console#code={made['code']}")
        found.setdefault("the overview, signing in", []).append(until_usable(page, "", began))
        for path in PAGES:
            before, began = page.title(), time.perf_counter()
            page.evaluate("(path) => { location.hash = path }", path)
            found.setdefault(path, []).append(until_usable(page, before, began))
        context.close()
    table = Table("page", "ms", "worst", title="How soon a page can be used", title_justify="left")
    for name, some in found.items():
        table.add_row(name, f"{statistics.median(some[1:]):.0f}", f"{max(some[1:]):.0f}")
    return table


def until_usable(page: Page, before: str, began: float) -> float:
    """Milliseconds until another page than that titled `before` has its heading, and nothing is still loading."""
    page.wait_for_function(
        "(before) => document.title !== before && document.querySelector('main h1')"
        " && !document.querySelector('main [aria-busy=true]')",
        arg=before,
        polling="raf",
    )
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
