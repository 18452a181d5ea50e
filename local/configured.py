"""Whether samconfig.toml can be deployed: `python -m local.configured ARCHITECTURE ENVIRONMENT`, before anything is built.

A stack that keeps another processor than that of its packages deploys, and then no function starts. Without the
file SAM would have to ask (`--guided`), and takes no empty answer for a parameter that it does not echo.
"""

import sys
import tomllib
from pathlib import Path

from local.programs import ROOT

CONFIGURATION = ROOT / "samconfig.toml"
EXAMPLES = ("CLIENT_ID", "123456789012", "somebody@example.com")
"""What stands for the reader's own values in samconfig.example.toml."""


def objection(built: str, environment: str, configuration: Path = CONFIGURATION) -> str | None:
    """What to do before this environment can be deployed with packages for that processor; None when nothing."""
    name = configuration.name
    if not configuration.exists():
        return f"there is no {name}: cp samconfig.example.toml {name}, and fill it in (docs/operations.md#deploy)"
    known = tomllib.loads(configuration.read_text())
    if environment not in known:
        return f"{name} has no [{environment}.deploy.parameters]"
    given = known[environment].get("deploy", {}).get("parameters", {}).get("parameter_overrides", [])
    wanted = [each.partition("=")[2] for each in given if each.startswith("Architecture=")]
    if not wanted:
        return f'{name}: parameter_overrides of {environment} is a list that has "Architecture={built}"'
    if wanted != [built]:
        return f"{name} has Architecture={wanted[-1]}: make deploy ARCHITECTURE={wanted[-1]}"
    return None


def unfilled(environment: str, configuration: Path = CONFIGURATION) -> str | None:
    """Which parameters still have the example's value; None when none has."""
    parameters = tomllib.loads(configuration.read_text())[environment]["deploy"]["parameters"]
    left = [
        each.partition("=")[0]
        for each in parameters["parameter_overrides"]
        if any(example in each for example in EXAMPLES)
    ]
    return f"{configuration.name}: fill in {', '.join(left)}, or take the line out" if left else None


if __name__ == "__main__":
    sys.exit(objection(sys.argv[1], sys.argv[2]) or unfilled(sys.argv[2]))
