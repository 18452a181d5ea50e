"""The commands in docs/reference/cli.md, made from the commands themselves: `python -m local.commands_page`."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from local.programs import ROOT
from lytics_cm_cli.app import app

PAGE = ROOT / "docs/reference/cli.md"
MARK = "## Commands\n"
"""What is before it is written by hand."""


def page() -> str:
    """The whole page."""
    root: Any = get_command(app)
    beginning = PAGE.read_text().partition(MARK)[0]
    sections = [section(words, command) for words, command in commands(root, "lytics-cm")]
    return "\n".join([beginning + MARK, *sections])


def commands(group: Any, words: str) -> Iterator[tuple[str, Any]]:
    """Every command with what is typed for it, in the order of `--help`."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{words} {name}")
        else:
            yield f"{words} {name}", command


def section(words: str, command: Any) -> str:
    """A command: what it does, and its options but for those of every command."""
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [
        one for one in command.params if one.param_type_name == "option" and one.name not in ("json", "stack")
    ]
    typed = " ".join(f"[{(one.metavar or one.name).strip('[]')}]" for one in arguments)
    rows = [f"| `{(one.metavar or one.name).strip('[]')}` | {one.help} |" for one in arguments]
    rows += [f"| {_spelled(one)} | {one.help} |" for one in options]
    table = ["", "| | |", "|---|---|", *rows] if rows else []
    return "\n".join([f"### {words} {typed}".rstrip(), "", command.help, *table, ""])


def _spelled(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    return f"{names} `{option.metavar}`" if option.metavar and not option.is_flag else names


if __name__ == "__main__":
    PAGE.write_text(page())
