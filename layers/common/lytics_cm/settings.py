"""The deployed function's environment, read once and named when something is missing."""

import os


def setting(name: str) -> str:
    """Read a variable that the template sets. Raises `LookupError` naming it when it does not."""
    try:
        return os.environ[name]
    except KeyError as error:
        raise LookupError(f"the environment variable {name} is not set; see template.yaml") from error


def optional(name: str, default: str = "") -> str:
    """Read a variable that may be absent or empty."""
    return os.environ.get(name) or default
