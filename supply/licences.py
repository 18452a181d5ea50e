"""Whether every licence of what is deployed or needed is accepted: `python -m supply.licences`.

What is accepted, and why, is in requirements/licences.toml. A licence that nobody has looked at fails.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from supply.locks import DEPLOYED, ENVIRONMENTS, Policy, installed, licences, normalized, pins


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


def main() -> int:
    found = list(objections(Policy.read(), ENVIRONMENTS))
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
