"""The command line as somebody uses it who has a stack on this machine: in this process, or in one of its own."""

import json
import os
import pty
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from typer.testing import CliRunner

from local.programs import ROOT
from lytics_cm_cli.app import app
from lytics_cm_cli.finding import Place, announced
from lytics_cm_cli.session import Screen
from tests.aws.stack import ADMIN_TOKEN

WIDTH = "160"


@dataclass
class Said:
    code: int
    out: str
    errors: str

    @property
    def json(self):
        return json.loads(self.out)


class Terminal:
    """`terminal("import", "list")` is what was said to it."""

    def __init__(self, home, **environment):
        self.environment = {"XDG_CONFIG_HOME": str(home), "COLUMNS": WIDTH, "TERM": "dumb", **environment}

    def __call__(self, *arguments, answers=None, **environment):
        """In this process. With `answers`, a line each, somebody sits before it and can be asked."""
        screen = Screen(is_interactive=answers is not None)
        typed = "".join(f"{answer}\n" for answer in answers or ())
        runner = CliRunner(env={**self.environment, **environment})
        result = runner.invoke(app, arguments, input=typed, obj=screen, prog_name="lytics-cm")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    def well(self, *arguments, **more):
        """The same, when nothing may go wrong."""
        said = self(*arguments, **more)
        assert said.code == 0, said
        return said

    def program(self, *arguments, **environment):
        """In a process of its own, without a terminal."""
        ran = subprocess.run(
            [sys.executable, "-m", "lytics_cm_cli", *arguments],
            env={**self._outside(), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return Said(ran.returncode, ran.stdout, ran.stderr)

    @contextmanager
    def watched(self, *arguments, seconds=60):
        """In a process before a terminal that can draw. Yields what tells all that it has drawn until now."""
        master, slave = pty.openpty()
        environment = {**self._outside(), "TERM": "xterm", "COLUMNS": WIDTH, "LINES": "50"}
        command = [sys.executable, "-m", "lytics_cm_cli", *arguments]
        drawn = bytearray()

        def read():
            with suppress(OSError):  # what a terminal says whose program has ended
                while part := os.read(master, 4096):
                    drawn.extend(part)

        reader = threading.Thread(target=read)
        with subprocess.Popen(command, env=environment, stdin=slave, stdout=slave, stderr=slave) as program:
            os.close(slave)
            reader.start()
            try:
                yield lambda: drawn.decode("utf-8", "replace")
                program.wait(seconds)
            finally:
                program.kill()
        reader.join()
        os.close(master)

    def _outside(self):
        """The environment of a program of its own."""
        paths = os.pathsep.join([str(ROOT / "cli"), str(ROOT)])
        outside = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LYTICS_"))
        }
        return {**outside, **self.environment, "PYTHONPATH": paths}


@contextmanager
def terminal(home, product, lytics=None):
    """A terminal that finds the product as `make local` lets it be found."""
    place = Place(product.url, ADMIN_TOKEN, product.vendor.url, lytics and lytics.url)
    before = os.environ.get("XDG_CONFIG_HOME")
    os.environ["XDG_CONFIG_HOME"] = str(home)
    try:
        with announced(place):
            yield Terminal(home)
    finally:
        os.environ.pop("XDG_CONFIG_HOME")
        if before is not None:
            os.environ["XDG_CONFIG_HOME"] = before
