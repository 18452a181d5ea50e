"""The shape of a JSON body: which members it has, of which types; also writes those of the official fixtures.

`python tests/simulators/shapes.py ../shared/reference/campaign-monitor-fixtures` renews `fixture_shapes.json`.
"""

import json
import sys
from pathlib import Path

STORED = Path(__file__).with_name("fixture_shapes.json")
TYPES = {str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}


def shape(value, path="$"):
    """Lines such as `$.Results[].Name: string`."""
    if isinstance(value, dict):
        inner = (shape(member, f"{path}.{name}") for name, member in value.items())
    elif isinstance(value, list):
        inner = (shape(element, f"{path}[]") for element in value)
    else:
        return {f"{path}: {TYPES[type(value)]}"}
    return {f"{path}: {TYPES.get(type(value), type(value).__name__)}"}.union(*inner)


def stored():
    return {name: set(lines) for name, lines in json.loads(STORED.read_text("utf-8")).items()}


def main(folder):
    shapes = {
        path.stem: sorted(shape(json.loads(path.read_text("utf-8"))))
        for path in sorted(Path(folder).glob("*.json"))
    }
    STORED.write_text(json.dumps(shapes, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
