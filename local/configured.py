"""Whether samconfig.toml deploys what was built: `python -m local.configured ARCHITECTURE ENVIRONMENT`, before SAM reads it.

A stack that keeps another processor than that of its packages deploys, and then no function starts.
"""

import sys
import tomllib
from pathlib import Path

from local.programs import ROOT

CONFIGURATION = ROOT / "samconfig.toml"


def objection(built: str, environment: str, configuration: Path = CONFIGURATION) -> str | None:
    """What to do before this environment can be deployed with packages for that processor; None when nothing."""
    known = tomllib.loads(configuration.read_text())
    name = configuration.name
    if environment not in known:
        return f"{name} has no [{environment}.deploy.parameters]"
    given = known[environment].get("deploy", {}).get("parameters", {}).get("parameter_overrides", [])
    wanted = [each.partition("=")[2] for each in given if each.startswith("Architecture=")]
    if not wanted:
        return f'{name}: parameter_overrides of {environment} is a list that has "Architecture={built}"'
    if wanted != [built]:
        return f"{name} has Architecture={wanted[-1]}: make deploy ARCHITECTURE={wanted[-1]}"
    return None


if __name__ == "__main__":
    sys.exit(objection(sys.argv[1], sys.argv[2]))
