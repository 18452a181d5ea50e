"""docs/reference/cli.md, made from the commands themselves: `python -m local.commands_page` writes it."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from local.programs import ROOT
from lytics_cm_cli.app import app

PAGE = ROOT / "docs/reference/cli.md"
BEGINNING = """# The command line

`lytics-cm` does everything that the [HTTP API](contract.md) does. This page is made from the commands
themselves by `python -m local.commands_page`; a test compares the two.

```sh
uv tool install .    # or: pip install .
lytics-cm --install-completion
```

`make` installs it into `.venv/bin`, for the stack of `make local`.

## Which stack

The first of these that is there is taken:

1. `--stack NAME` or `LYTICS_CM_STACK`. CloudFormation tells the URL, Secrets Manager the admin token, with
   the credentials and the region that the AWS CLI would use. The name `local` is the stack of `make local`.
2. `LYTICS_CM_URL`, with the token in `LYTICS_CM_TOKEN`, or in the file that `LYTICS_CM_TOKEN_FILE` names.
3. The stack of `make local`, while it is up. It writes `lytics-cm/local.json` into your folder of settings,
   readable by you alone, and takes it away in the end.

Whoever may not read the secret sets `LYTICS_CM_TOKEN` or `LYTICS_CM_TOKEN_FILE` beside `--stack`: the token
of a session. Beside `LYTICS_CM_URL` as well they belong to that URL, and `--stack` reads its secret.

A token is never an argument, and is printed only where `session create --to -` says so. It travels over https
alone, but for this machine.

## How to name things

Accounts, clients, lists, audiences, jobs and sessions are named by id, by name or description, or by the
beginning of an id: four characters that no other begins with. A job also goes by the name of its client, list
or account. A name that is more than one thing is refused, and the ids are shown.

In a terminal, what you leave out is asked for, in the order of Lytics' own forms. Elsewhere nothing is asked:
the exit code is 2, and the message names the option.

## What comes back

Tables and charts are for people. With `--json` standard output has the API's own answer, one document, and
everything else goes to standard error. Lists follow cursors: up to `--limit` items, or `--all`. `more` says
that items were left out.

| Exit code | Means |
|---|---|
| 0 | done |
| 1 | the API refused, a run failed, a mapping has mistakes, or `doctor` found a problem |
| 2 | not understood, or something is missing: an option, a name, a stack |
| 3 | nobody answers at the URL, or no API of ours |
| 130 | Ctrl-C; what runs in the stack goes on |

A refusal is told as the API says it: the message, each field with what is wrong and the remedy, and the id of
the request, which the logs have too.
"""


def page() -> str:
    """The whole page."""
    root: Any = get_command(app)
    parts = [BEGINNING, "## Commands\n"]
    for words, command in commands(root, "lytics-cm"):
        parts.append(section(words, command))
    return "\n".join(parts)


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
