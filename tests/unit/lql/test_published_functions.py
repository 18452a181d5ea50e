"""The list of functions in `docs/mapping-language.md` has each that there is, and no other."""

import re

from local.programs import ROOT
from profile_app.lql.compiler import AGGREGATES
from profile_app.lql.functions import FUNCTIONS

PAGE = ROOT / "docs" / "mapping-language.md"


def test_the_page_lists_every_function_once():
    text = PAGE.read_text(encoding="utf-8")
    section = text.split("\n## Functions\n")[1].split("\n## ")[0]
    rows = [line for line in section.split("\n") if line.startswith("| ")][1:]

    assert sorted(re.findall(r"`([^`]+)`", " ".join(rows))) == sorted([*FUNCTIONS, *AGGREGATES])
