"""How other programs run beside this one: each in a group of its own, logged to a file, stopped for certain."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parent.parent
GRACE_SECONDS = 5.0
POLL_SECONDS = 0.05
TAIL = 60


class ProgramFailed(Exception):
    """A program did not do what was expected of it; the message ends with what it wrote last."""


@dataclass(frozen=True, slots=True)
class Program:
    """One that runs, and where it writes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def until[T](self, ready: Callable[[], T | None], seconds: float = 30) -> T:
        """What `ready` gives when it gives something. Raises `ProgramFailed` when that takes too long."""
        deadline = time.monotonic() + seconds
        while (found := ready()) is None:
            if self.process.poll() is not None:
                raise ProgramFailed(f"{self.name} ended with {self.process.returncode}\n{tail(self.log)}")
            if time.monotonic() > deadline:
                raise ProgramFailed(f"{self.name} is not ready after {seconds:.0f} s\n{tail(self.log)}")
            time.sleep(POLL_SECONDS)
        return found

    def first_lines(self, count: int = 1) -> list[str]:
        """The first lines that it printed, as soon as they are whole."""
        return self.until(lambda: self._whole_lines(count))

    def _whole_lines(self, count: int) -> list[str] | None:
        lines = self.log.read_text(errors="replace").splitlines(keepends=True)[:count]
        return [line.strip() for line in lines] if len(lines) == count and lines[-1].endswith("\n") else None

    def stop(self) -> None:
        """End it and whatever it started; at once when it does not hurry."""
        _signal_group(self.process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE_SECONDS)
        _signal_group(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running(
    name: str, command: Sequence[str], logs: Path, environment: Mapping[str, str], folder: Path = ROOT
) -> Iterator[Program]:
    """Run a program until the block ends, however it ends. It never sees the terminal's Ctrl-C itself."""
    log = logs / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
        )
    program = Program(name, process, log)
    try:
        yield program
    finally:
        program.stop()


def run(name: str, command: Sequence[str], logs: Path, environment: Mapping[str, str]) -> None:
    """Run a program to its end. Raises `ProgramFailed` with what it wrote when it fails."""
    with running(name, command, logs, environment) as program:
        if program.process.wait():
            raise ProgramFailed(f"{name} ended with {program.process.returncode}\n{tail(program.log)}")


def tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-TAIL:])


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def own_environment(**more: str) -> dict[str, str]:
    """What a program needs of ours to start: no credentials, no settings of AWS, no proxies."""
    kept = ("HOME", "LANG", "LC_ALL", "TMPDIR", "PYENV_ROOT", "PYENV_VERSION")
    path = os.pathsep.join((str(ROOT / ".venv/bin"), os.environ.get("PATH", os.defpath)))
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PATH": path} | more


def end_on_signals() -> None:
    """Let every polite request to end unwind the program, also where a shell has told it not to listen to Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)
