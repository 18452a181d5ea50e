"""The shape of a JSON body: which members it has, of which types."""

import json
from pathlib import Path

BODIES = Path(__file__).parents[1] / "data/campaign-monitor-fixtures"
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


def recorded():
    """The shapes of the bodies that were recorded from the vendor, by the name of their file."""
    return {path.stem: shape(json.loads(path.read_text("utf-8"))) for path in sorted(BODIES.glob("*.json"))}
