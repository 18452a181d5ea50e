"""What every command has: the stack's API, where to write, whether to ask; and how each ends."""

from __future__ import annotations

import inspect
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from lytics_cm_cli.client import Api, Refused, Unreachable
from lytics_cm_cli.drawing.words import plain
from lytics_cm_cli.finding import NoStack, Place, find

FAILED, USAGE, UNREACHABLE, INTERRUPTED = 1, 2, 3, 130
"""Exit codes: refused or failed; not understood, or something is missing; nobody answers; Ctrl-C."""
PIPE_WIDTH = 200
UNWRITABLE = re.compile(r"[\x7f-\x9f\ud800-\udfff\u2028\u2029]")
EVERYWHERE = "Everywhere"


class Usage(Exception):
    """Something is missing, or names nothing: exit code 2."""


class Failed(Exception):
    """What was asked for went wrong, as this program found: exit code 1."""


def _console(*, stderr: bool = False) -> Console:
    """One that draws as wide as its terminal; into a pipe wide enough that no id is cut."""
    console = Console(stderr=stderr, highlight=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = PIPE_WIDTH
    return console


@dataclass
class Screen:
    """Where a command writes, and whether somebody sits there who can be asked."""

    out: Console = field(default_factory=_console)
    errors: Console = field(default_factory=lambda: _console(stderr=True))
    is_interactive: bool = field(default_factory=lambda: sys.stdin is not None and sys.stdin.isatty())


@dataclass
class Session:
    """One command's. With `json`, standard output gets one document of the API, and nothing else."""

    screen: Screen
    stack: str | None = None
    json: bool = False

    @cached_property
    def place(self) -> Place:
        return find(self.stack, os.environ)

    @cached_property
    def api(self) -> Api:
        return Api(self.place.url, self.place.token)

    @property
    def now(self) -> float:
        return time.time()

    @property
    def out(self) -> Console:
        """For what people read: standard error when standard output is for programs."""
        return self.screen.errors if self.json else self.screen.out

    def tell(self, document: Any, *drawn: RenderableType | None) -> None:
        """Write the API's document as it is, or what was drawn of it."""
        if self.json:
            self.screen.out.file.write(written(document) + "\n")
            return
        for one in drawn:
            if one is not None:
                self.out.print(one)

    def say(self, *words: str | Text) -> None:
        """A line for people: `good`, what was done."""
        self.out.print(
            Text(" ").join(one if isinstance(one, Text) else plain(one) for one in words), soft_wrap=True
        )

    def done(self, *words: str | Text) -> None:
        self.say(Text("✓", "green"), *words)

    def link(self, url: str) -> None:
        """A URL on a line of its own, unbroken."""
        self.out.print(plain(url), soft_wrap=True)

    def sure(self, question: str, *, yes: bool) -> None:
        """Ask before something that cannot be undone. Raises `Usage` if nobody can be asked."""
        if yes:
            return
        if not self.screen.is_interactive:
            raise Usage(f"{question} Say so with --yes")
        told = self.ask(f"{question} [y/N]")
        if told.lower() not in ("y", "yes"):
            raise Failed("nothing was done")

    @property
    def questions(self) -> Console:
        """Where somebody is asked: not into a file or a pipe."""
        return self.out if self.out.is_terminal else self.screen.errors

    def ask(self, question: str) -> str:
        """What somebody types. Only where `is_interactive`."""
        return self.questions.input(Text.assemble((f"{plain(question)} ", "bold"))).strip()


def written(document: Any) -> str:
    """JSON that a terminal can show: no character moves its cursor."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return UNWRITABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


Json = Annotated[
    bool, typer.Option("--json", help="Print the API's JSON, one document.", rich_help_panel=EVERYWHERE)
]
Stack = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        envvar="LYTICS_CM_STACK",
        help="The stack in AWS, or local for that of make local.",
        rich_help_panel=EVERYWHERE,
        show_envvar=True,
    ),
]


def command(
    app: typer.Typer, name: str | None = None, **more: Any
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a command. Its first argument is its session; --json and --stack are added."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]

        def run(ctx: typer.Context, json: bool = False, stack: str | None = None, **given: Any) -> None:
            screen = ctx.obj if isinstance(ctx.obj, Screen) else Screen()
            with _ended(Session(screen, stack, json)) as session:
                function(session, **given)

        kind = inspect.Parameter.KEYWORD_ONLY
        shared = [
            inspect.Parameter("json", kind, default=False, annotation=Json),
            inspect.Parameter("stack", kind, default=None, annotation=Stack),
        ]
        context = inspect.Parameter("ctx", kind, annotation=typer.Context)
        parameters = [context, *(one.replace(kind=kind) for one in own), *shared]
        run.__name__, run.__doc__, run.__module__ = function.__name__, function.__doc__, function.__module__
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        app.command(name or function.__name__, **more)(run)
        return function

    return register


@contextmanager
def _ended(session: Session) -> Iterator[Session]:
    """Tell what went wrong, and end with the exit code for it."""
    errors = session.screen.errors
    try:
        yield session
    except Refused as error:
        if session.json:
            session.tell(error.document)
        errors.print(refusal(error))
        raise typer.Exit(FAILED) from error
    except Failed as error:
        _told(errors, error)
        raise typer.Exit(FAILED) from error
    except (Usage, NoStack) as error:
        _told(errors, error)
        raise typer.Exit(USAGE) from error
    except Unreachable as error:
        _told(errors, error)
        raise typer.Exit(UNREACHABLE) from error
    except (KeyboardInterrupt, EOFError) as error:
        errors.print(Text("stopped", "dim"))
        raise typer.Exit(INTERRUPTED) from error


def _told(errors: Console, error: Exception) -> None:
    errors.print(Text.assemble(("✗ ", "red"), plain(str(error))), soft_wrap=True)


def refusal(error: Refused) -> Table:
    """What the API said: its message, each field with what is wrong and the remedy, the request's id."""
    drawn = Table.grid(padding=(0, 2))
    drawn.add_column(overflow="fold")
    drawn.add_row(Text.assemble(("✗ ", "red"), plain(str(error))))
    if error.status in (401, 403):
        drawn.add_row(Text("  the token is missing, wrong, expired or not allowed to do this", "dim"))
    for detail in error.details:
        drawn.add_row(
            Text.assemble("  ", plain(detail.get("field"), "bold"), ": ", plain(detail.get("message")))
        )
        if detail.get("remedy"):
            drawn.add_row(Text.assemble("    → ", plain(detail["remedy"])))
        if detail.get("excerpt"):
            drawn.add_row(Text("    ") + plain(detail["excerpt"]))
    if error.request_id:
        drawn.add_row(Text.assemble(("  request ", "dim"), plain(error.request_id, "dim")))
    return drawn
