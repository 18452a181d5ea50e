"""Write the description and its page, or, with `--check`, tell whether they are what the code says."""

from __future__ import annotations

import argparse
import json
import sys

from api.description import ROOT, description
from api.page import page
from api.schemas import Incomplete


def files() -> dict[str, str]:
    """What belongs into which file."""
    found = description()
    return {
        "docs/reference/openapi.json": json.dumps(found, indent=1, ensure_ascii=False) + "\n",
        "functions/system/system_app/openapi.json": json.dumps(found, separators=(",", ":")) + "\n",
        "docs/reference/api.md": page(found),
    }


def main() -> str | None:
    """Do it; return what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m api", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is another")
    is_check = parser.parse_args().check
    try:
        wanted = files()
    except Incomplete as error:
        return f"the description of the API lacks something: {error}"
    old = [name for name, text in wanted.items() if not _is_same(name, text)]
    if is_check:
        return f"run `make api`: the code says something else than {', '.join(old)}" if old else None
    for name in old:
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(wanted[name], encoding="utf-8")
    return None


def _is_same(name: str, text: str) -> bool:
    path = ROOT / name
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
