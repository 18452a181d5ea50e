"""The pictures in the README: `python -m local.recording` walks on a stack of this machine as `make demo`, and draws it.

It writes `docs/session-light.svg` and `docs/session-dark.svg`, from one run, and pictures of the console after it.
"""

import io
import re
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from local import picturing
from local.demo import place, sample
from local.programs import ROOT, end_on_signals
from local.walk import walk
from lytics_cm_cli.finding import Place

WIDTH = 100
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


def record(where: Place) -> Console:
    """Walk; the console has everything that was typed and answered."""
    console = Console(record=True, file=io.StringIO(), width=WIDTH, color_system="truecolor", highlight=False)
    walk(console, where)
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


def main() -> None:
    end_on_signals()
    with sample(Console()) as up:
        for name, svg in pictures(record(place(up))).items():
            Path(ROOT / f"docs/session-{name}.svg").write_text(svg)
        picturing.pictures(place(up))


if __name__ == "__main__":
    main()
