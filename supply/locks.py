"""The locked requirements, and what their packages say of themselves: where they are installed, or in npm's lock."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from local.programs import ROOT

DEPLOYED = ROOT / "layers/common/requirements.txt"
ENVIRONMENTS: Mapping[Path, Path] = {
    DEPLOYED: ROOT / ".venv",
    ROOT / "requirements/dev.txt": ROOT / ".venv",
    ROOT / "requirements/sam.txt": ROOT / ".envs/sam",
    ROOT / "requirements/ministack.txt": ROOT / ".envs/ministack",
    ROOT / "requirements/tap.txt": ROOT / ".envs/tap",
    ROOT / "requirements/audit.txt": ROOT / ".envs/audit",
    ROOT / "requirements/docs.txt": ROOT / ".envs/docs",
}
"""Each lock, and the environment that the Makefile makes from it."""

CONSOLE = ROOT / "console/package-lock.json"
"""The console's, which says everything of its packages itself."""

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)
_ASKED_BY = re.compile(r"^ +# +(?:via +)?([A-Za-z0-9._-]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Pin:
    """A package as a lock has it: whether we ask for it ourselves, and which packages need it."""

    name: str
    version: str
    ours: bool
    asked_by: tuple[str, ...]


def pins(lock: Path) -> list[Pin]:
    """The packages of a lock, in its order."""
    text = lock.read_text()
    found = list(_PIN.finditer(text))
    ends = [*(each.start() for each in found[1:]), len(text)]
    return [_pin(each, text[each.end() : end]) for each, end in zip(found, ends, strict=True)]


def _pin(found: re.Match[str], comments: str) -> Pin:
    asked_by = tuple(name for name in _ASKED_BY.findall(comments) if name != "via")
    return Pin(found[1], found[2], " -r " in comments, asked_by)


def installed(environment: Path) -> dict[str, Distribution]:
    """The packages of a virtual environment by their normalized names."""
    folders = [str(path) for path in sorted(environment.glob("lib/python*/site-packages"))]
    return {normalized(each.name): each for each in distributions(path=folders)}


@dataclass(frozen=True, slots=True)
class NpmPackage:
    """A package as npm's lock has it: whether it is built into what is shipped, and which packages it needs."""

    name: str
    version: str
    licence: str
    is_shipped: bool
    is_ours: bool
    needs: tuple[str, ...]


def npm_packages(lock: Path) -> list[NpmPackage]:
    """The packages of a lock of npm, in its order."""
    entries = json.loads(lock.read_text())["packages"]
    ours = entries[""].get("dependencies", {}).keys()
    return [
        NpmPackage(
            name=(name := path.rpartition("node_modules/")[2]),
            version=entry["version"],
            licence=entry.get("license", "none told"),
            is_shipped=not entry.get("dev", False),
            is_ours=name in ours,
            needs=tuple(entry.get("dependencies", ())),
        )
        for path, entry in entries.items()
        if path
    ]


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(frozen=True, slots=True)
class Policy:
    """`requirements/licences.toml`: which licences are accepted where, and what packages fail to say well."""

    deployed: Mapping[str, str]
    needed: Mapping[str, str]
    words: Mapping[str, str]
    packages: Mapping[str, str]

    @classmethod
    def read(cls, path: Path = ROOT / "requirements/licences.toml") -> "Policy":
        return cls(**tomllib.loads(path.read_text()))

    def licence(self, package: Distribution) -> str:
        """An SPDX expression, as far as the package or the policy tells; what is unknown is given as it is."""
        said = package.metadata
        if expression := said.get("License-Expression"):
            return expression
        if known := self.packages.get(normalized(package.name)):
            return known
        classified = [
            each.split(" :: ")[-1] for each in said.get_all("Classifier", []) if each.startswith("License ::")
        ]
        classified = [each for each in classified if each not in ("OSI Approved", "DFSG approved")]
        if classified:
            return " AND ".join(sorted({self.words.get(each, each) for each in classified}))
        return self.words.get(text := (said.get("License") or "none told").splitlines()[0], text)


def licences(expression: str) -> Iterator[str]:
    """The licences that an expression names. Whoever accepts all of them accepts it, however they are joined."""
    yield from (each.strip(" ()") for each in re.split(r" (?:AND|OR) ", expression))
