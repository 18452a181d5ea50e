"""What the audit of the template leaves out is left out for a reason, written where it is left out."""

import re

from tests.template.settings import ROOT

CONFIGURATION = ROOT / ".checkov.yaml"
SENTENCE = 40
"""Characters of a reason at least."""


def test_a_check_that_is_skipped_everywhere_has_its_reason_above_it():
    _, _, skipped = CONFIGURATION.read_text().partition("skip-check:\n")

    entries = re.findall(r"((?:^  #.*\n)*)^  - (\S+)\n", skipped, re.MULTILINE)

    assert len(entries) == skipped.count("\n  - ") + skipped.startswith("  - ")
    assert [check for reason, check in entries if len(reason) < SENTENCE] == []


def test_a_check_that_is_skipped_for_one_resource_has_its_reason_beside_it(source):
    skips = [
        (name, skip)
        for name, resource in source.items()
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    ]

    assert skips
    assert [(name, skip["id"]) for name, skip in skips if len(skip.get("comment", "")) < SENTENCE] == []


def test_the_audit_is_part_of_the_check():
    makefile = (ROOT / "Makefile").read_text()
    _, _, check = makefile.partition("\ncheck: ")
    recipe = check.partition("\n\n")[0]

    assert "cfn-lint template.yaml" in recipe
    assert "checkov --file template.yaml" in recipe
