"""The command line as a whole: its commands, in the order in which they are first needed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from lytics_cm_cli.commands import (
    accounts,
    exports,
    imports,
    mappings,
    operating,
    profiles,
    sessions,
    triggers,
)

HELP = """Lytics and Campaign Monitor, in step: everything that the HTTP API does.

Which stack: --stack NAME, or LYTICS_CM_STACK, LYTICS_CM_URL with LYTICS_CM_TOKEN or LYTICS_CM_TOKEN_FILE; without
them that of make local. Names, ids and beginnings of ids are taken for one another.

Exit codes: 0 done; 1 refused or failed; 2 not understood, or something is missing; 3 nobody answers.
"""

app = typer.Typer(name="lytics-cm", help=HELP, no_args_is_help=True, pretty_exceptions_show_locals=False)


def _version(asked: bool) -> None:
    if asked:
        try:
            typer.echo(version("lytics-cm"))
        except PackageNotFoundError:
            typer.echo("not installed")
        raise typer.Exit


@app.callback()
def everything(
    _asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


for part in (accounts, imports, exports, profiles, mappings, operating, sessions, triggers):
    part.add(app)


def main() -> None:
    """Do what was typed."""
    app(prog_name="lytics-cm")
