"""Whether what is deployed, or runs beside it, has a known weakness: `python -m supply.advisories`.

`pip-audit` asks OSV, whose answer for a package that it does not know is an empty one. PyPI's own service is not asked:
a mirror that does not know it answers 404, and `pip-audit` takes that for "nothing known" and says that all is well.
Where OSV cannot be reached the audit is skipped, with a word: it says nothing then, and whoever is offline can work.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from local.programs import ROOT
from supply.locks import DEPLOYED

AUDIT = ROOT / ".envs/audit/bin/pip-audit"
SERVICE = "https://api.osv.dev/v1/query"
AUDITED = (DEPLOYED, ROOT / "requirements/dev.txt")
"""What is deployed, and what the command line and those who work here run. Tools in environments of their own handle
our own files only."""

ACCEPTED: Mapping[str, str] = {}
"""Advisories that do not concern us, each with the reason."""

SECONDS = 10


def main(service: str = SERVICE, tool: Path = AUDIT, locks: Sequence[Path] = AUDITED) -> int:
    """Print what was found; 1 when anything was, 0 when nothing was or nobody could be asked."""
    if away := _away(service):
        print(f"pip-audit: skipped, since {service} cannot be reached ({away})")
        return 0
    found = [line for lock in locks for line in _weaknesses(service, tool, lock)]
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


def _away(service: str) -> str | None:
    """Why the service cannot be asked; None when it answers."""
    query = Request(service, data=b"{}", headers={"Content-Type": "application/json"})  # noqa: S310 - ours, above
    try:
        with urlopen(query, timeout=SECONDS):  # noqa: S310 - the same # nosec B310
            return None
    except HTTPError as refusal:  # an empty question is refused by whoever would answer a real one
        return None if refusal.code in (400, 422) else f"it answers {refusal.code}"
    except (URLError, OSError) as error:
        return str(getattr(error, "reason", error))


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


if __name__ == "__main__":
    sys.exit(main())
