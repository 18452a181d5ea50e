"""The bill of materials of what is deployed: `python -m supply.bill`, with `--check` to see whether it is that of today.

CycloneDX 1.6 in JSON, without a serial number or a time: the same lock gives the same bytes. Hashes are in the lock.
"""

import json
import sys
import tomllib
from typing import Any

from local.programs import ROOT
from supply.locks import (
    CONSOLE,
    DEPLOYED,
    ENVIRONMENTS,
    NpmPackage,
    Pin,
    Policy,
    installed,
    normalized,
    npm_packages,
    pins,
)

BILL = ROOT / "docs/reference/sbom.cdx.json"
OURS = "lytics-cm"


def bill() -> str:
    """The whole document as it is kept."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found, there, policy = pins(DEPLOYED), installed(ENVIRONMENTS[DEPLOYED]), Policy.read()
    shipped = [one for one in npm_packages(CONSOLE) if one.is_shipped]
    root = {
        "type": "application",
        "bom-ref": OURS,
        "name": OURS,
        "version": project["version"],
        "licenses": [{"expression": project["license"]}],
    }
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": root},
        "components": [
            *(_component(pin, policy.licence(there[normalized(pin.name)]), _url(pin)) for pin in found),
            *(_component(one, one.licence, _npm_url(one)) for one in shipped),
        ],
        "dependencies": [
            {
                "ref": OURS,
                "dependsOn": [
                    *(_url(pin) for pin in found if pin.ours),
                    *(_npm_url(one) for one in shipped if one.is_ours),
                ],
            },
            *({"ref": _url(pin), "dependsOn": _needs(pin, found)} for pin in found),
            *(
                {
                    "ref": _npm_url(one),
                    "dependsOn": [_npm_url(each) for each in shipped if each.name in one.needs],
                }
                for one in shipped
            ),
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _component(pin: Pin | NpmPackage, licence: str, url: str) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": url,
        "name": pin.name,
        "version": pin.version,
        "licenses": [{"expression": licence}],
        "purl": url,
    }


def _needs(pin: Pin, found: list[Pin]) -> list[str]:
    return [_url(other) for other in found if normalized(pin.name) in map(normalized, other.asked_by)]


def _url(pin: Pin) -> str:
    return f"pkg:pypi/{normalized(pin.name)}@{pin.version}"


def _npm_url(package: NpmPackage) -> str:
    return f"pkg:npm/{package.name.replace('@', '%40')}@{package.version}"


def main(arguments: list[str]) -> int:
    if arguments != ["--check"]:
        BILL.write_text(bill())
        return 0
    if BILL.exists() and BILL.read_text() == bill():
        return 0
    print(f"{BILL.relative_to(ROOT)} is not what is locked: `make sbom` writes it anew", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
