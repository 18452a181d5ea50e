"""Whether every licence of what is deployed or needed is accepted: `python -m supply.licences`.

What is accepted, and why, is in requirements/licences.toml. A licence that nobody has looked at fails.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from supply.locks import (
    CONSOLE,
    DEPLOYED,
    ENVIRONMENTS,
    Policy,
    installed,
    licences,
    normalized,
    npm_packages,
    pins,
)


def objections(policy: Policy, environments: Mapping[Path, Path]) -> Iterator[str]:
    """A line for each package whose licence is not accepted, or that is not installed as it is locked."""
    for lock, environment in environments.items():
        accepted = policy.deployed if lock == DEPLOYED else {**policy.deployed, **policy.needed}
        there = installed(environment)
        for pin in pins(lock):
            package = there.get(normalized(pin.name))
            if package is None or package.version != pin.version:
                yield f"{lock.name}: {pin.name} {pin.version} is not what {environment.name} has: make it anew"
                continue
            told = policy.licence(package)
            if unknown := [each for each in licences(told) if each not in accepted]:
                where = "deployed" if lock == DEPLOYED else "needed"
                yield f"{lock.name}: {pin.name} {pin.version} is under {', '.join(unknown)}: not accepted where {where}"


def objections_to_npm(policy: Policy, lock: Path) -> Iterator[str]:
    """A line for each package of a lock of npm whose licence is not accepted."""
    for package in npm_packages(lock):
        accepted = policy.deployed if package.is_shipped else {**policy.deployed, **policy.needed}
        if unknown := [each for each in licences(package.licence) if each not in accepted]:
            where = "deployed" if package.is_shipped else "needed"
            yield (
                f"{lock.name}: {package.name} {package.version} is under {', '.join(unknown)}: "
                f"not accepted where {where}"
            )


def main() -> int:
    policy = Policy.read()
    found = [*objections(policy, ENVIRONMENTS), *objections_to_npm(policy, CONSOLE)]
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
