"""Whether what is deployed, or runs beside it, has a known weakness: `python -m supply.advisories`.

`pip-audit` asks OSV, whose answer for a package that it does not know is an empty one. PyPI's own service is not asked:
a mirror that does not know it answers 404, and `pip-audit` takes that for "nothing known" and says that all is well.
Where OSV cannot be reached the audit is skipped, with a word: it says nothing then, and whoever is offline can work.
What of npm is built into the console is asked for one by one.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from local.programs import ROOT
from supply.locks import CONSOLE, DEPLOYED, npm_packages

AUDIT = ROOT / ".envs/audit/bin/pip-audit"
SERVICE = "https://api.osv.dev/v1/query"
AUDITED = (DEPLOYED, ROOT / "requirements/dev.txt")
"""What is deployed, and what the command line and those who work here run. Tools in environments of their own handle
our own files only."""

ACCEPTED: Mapping[str, str] = {}
"""Advisories that do not concern us, each with the reason."""

SECONDS = 10


def main(
    service: str = SERVICE, tool: Path = AUDIT, locks: Sequence[Path] = AUDITED, console: Path = CONSOLE
) -> int:
    """Print what was found; 1 when anything was, 0 when nothing was or nobody could be asked."""
    if away := _away(service):
        print(f"advisories: skipped, since {service} cannot be reached ({away})")
        return 0
    found = [line for lock in locks for line in _weaknesses(service, tool, lock)]
    found += _weaknesses_of_npm(service, console)
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


def _away(service: str) -> str | None:
    """Why the service cannot be asked; None when it answers."""
    try:
        _ask(service, {})
    except HTTPError as refusal:  # an empty question is refused by whoever would answer a real one
        return None if refusal.code in (400, 422) else f"it answers {refusal.code}"
    except OSError as error:
        return str(getattr(error, "reason", error))
    return None


def _ask(service: str, question: Mapping[str, Any]) -> dict[str, Any]:
    """What OSV answers. Raises `HTTPError`, or another `OSError` when nobody answers."""
    body, headers = json.dumps(question).encode(), {"Content-Type": "application/json"}
    query = Request(service, data=body, headers=headers)  # noqa: S310 - ours, above
    with urlopen(query, timeout=SECONDS) as answer:  # noqa: S310 - the same # nosec B310
        told: dict[str, Any] = json.load(answer)
        return told


def _weaknesses(service: str, tool: Path, lock: Path) -> Iterator[str]:
    accepted = [part for advisory in ACCEPTED for part in ("--ignore-vuln", advisory)]
    asked = [
        "--requirement",
        str(lock),
        "--disable-pip",
        "--vulnerability-service",
        "osv",
        "--osv-url",
        service,
    ]
    command = [str(tool), *asked, *accepted, "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        yield f"pip-audit ended with {done.returncode} and no answer about {lock.name}:\n{done.stderr[-2000:]}"
        return
    for package in told["dependencies"]:
        name = f"{lock.name}: {package['name']} {package.get('version', '')}"
        if "skip_reason" in package:
            yield f"{name}: not audited, {package['skip_reason']}"
        for weakness in package.get("vulns", []):
            mended = ", ".join(weakness["fix_versions"]) or "no version"
            yield f"{name}: {weakness['id']}, mended in {mended}: {weakness['description'][:200]}"


def _weaknesses_of_npm(service: str, lock: Path) -> Iterator[str]:
    """The same of packages of npm that are built into what is shipped; tools handle our own files only."""
    for package in npm_packages(lock):
        if not package.is_shipped:
            continue
        asked = {"package": {"name": package.name, "ecosystem": "npm"}, "version": package.version}
        name = f"{lock.name}: {package.name} {package.version}"
        try:
            told = _ask(service, asked)
        except OSError as error:
            yield f"{name}: not audited, {error}"
            continue
        for weakness in told.get("vulns", []):
            if weakness["id"] not in ACCEPTED:
                yield f"{name}: {weakness['id']}: {weakness.get('summary', '')[:200]}"


if __name__ == "__main__":
    sys.exit(main())
