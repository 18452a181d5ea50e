"""The session of the command line that the README shows: `python -m local.recording` plays it on a stack of this machine.

It writes `docs/session-light.svg` and `docs/session-dark.svg`, from one run.
"""

import io
import os
import re
import shlex
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text
from typer.main import get_command

from local.demo import SCENARIO, announcer
from local.programs import ROOT, end_on_signals
from local.serve import place
from local.stack import stack
from lytics_cm_cli.app import app
from lytics_cm_cli.client import Api, Json, to
from lytics_cm_cli.finding import Place, announced
from lytics_cm_cli.session import Screen

WIDTH = 108
ACCOUNT = "Demo account"
CANDIDATES = 60
PATIENCE_SECONDS, POLL_SECONDS = 120, 0.5
LIGHT = TerminalTheme(
    (255, 255, 255),
    (36, 41, 47),
    [
        (36, 41, 47),
        (207, 34, 46),
        (17, 99, 41),
        (133, 77, 14),
        (9, 105, 218),
        (130, 80, 223),
        (8, 120, 140),
        (110, 119, 129),
    ],
)
DARK = TerminalTheme(
    (13, 17, 23),
    (201, 209, 217),
    [
        (72, 79, 88),
        (255, 123, 114),
        (63, 185, 80),
        (210, 153, 34),
        (88, 166, 255),
        (188, 140, 255),
        (57, 197, 207),
        (177, 186, 196),
    ],
)
THEMES = {"light": LIGHT, "dark": DARK}
PAGE = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Rich's, without fonts that would be fetched from elsewhere."""


def session(api: Api) -> Iterator[list[str]]:
    """What is typed; later commands name what earlier ones brought."""
    yield ["connect", ACCOUNT]
    client = api.get(f"/authorizations/{api.get('/authorizations')['items'][0]['id']}/clients")["items"][0][
        "name"
    ]
    where = ["--account", ACCOUNT, "--client", client]
    yield ["lists", *where]
    yield ["import", "start", *where, "--keep-updated", "--description", "Books", "--watch"]
    yield ["import", "runs", "Books"]
    people = awaited(lambda: api.listed("/profiles", limit=500)["items"])
    profiles = [api.get(to("profiles", one["email"])) for one in people[:CANDIDATES]]
    lively = max(profiles, key=lambda one: one["rows"])["email"]
    yield ["profile", "show", lively]
    yield ["profile", "explain", lively, "cm_lastopen_ts"]
    yield ["audiences"]
    what = ["--list", "Newsletter", "--audience", "VIP", "--existing-users", "--description", "VIPs"]
    yield ["export", "start", *where, *what, "--watch"]
    yield ["trigger", "enter", lively, "VIP"]
    awaited(lambda: api.get(to("profiles", lively, "exports"))["items"])
    yield ["profile", "exports", lively]


def awaited(read: Callable[[], list[Json]]) -> list[Json]:
    """What there is to read, as soon as there is something: queues are at work."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := read()) and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
    return found


def record(where: Place) -> Console:
    """Play the session; the console has everything that was typed and answered."""
    console = Console(record=True, file=io.StringIO(), width=WIDTH, color_system="truecolor", highlight=False)
    screen = Screen(console, console, is_interactive=False)
    command: Any = get_command(app)
    api = Api(where.url, where.token)
    for typed in session(api):
        told = " \\\n    ".join(
            textwrap.wrap(f"lytics-cm {shlex.join(typed)}", WIDTH - 8, break_on_hyphens=False)
        )
        console.print(Text.assemble(("$ ", "bold green"), (told, "bold")))
        if code := command(typed, prog_name="lytics-cm", standalone_mode=False, obj=screen):
            raise RuntimeError(f"{typed} ended with {code}:\n{console.export_text()}")
        console.print()
    return console


def pictures(console: Console) -> dict[str, str]:
    """The session as an SVG for light pages and one for dark ones."""
    return {
        name: _small(
            console.export_svg(title="lytics-cm", theme=theme, code_format=PAGE, clear=False, unique_id="s")
        )
        for name, theme in THEMES.items()
    }


def _small(svg: str) -> str:
    """Without clips, one a line, which only a longer text than ours would need; and without the webhook's key."""
    svg = re.sub(r'<clipPath id="s-line-\d+">.*?</clipPath>\n?', "", svg, flags=re.DOTALL)
    svg = re.sub(r' clip-path="url\(#s-line-\d+\)"', "", svg)
    return re.sub(
        r' textLength="[\d.]+">((?:&#160;)*https?://)[^<]*(/webhooks/lytics/)[^<]*<', r">\1...\2...<", svg
    )


@contextmanager
def apart() -> Iterator[None]:
    """A browser that allows, and a folder of settings that nobody else has."""
    os.environ["BROWSER"] = f"{sys.executable} -m simulators.browser %s"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = folder
        yield


def main() -> None:
    end_on_signals()
    with apart(), stack(SCENARIO, tell=announcer(Console())) as up, announced(place(up)):
        for name, svg in pictures(record(place(up))).items():
            Path(ROOT / f"docs/session-{name}.svg").write_text(svg)


if __name__ == "__main__":
    main()
