"""Pages can be read: short lines, short sentences; and each decision is found, in one form."""

import re

from tests.docs.pages import ROOT, Text, pages_of_ours

LONGEST_LINE = 110
LONGEST_SENTENCE = 25
DECISIONS = ROOT / "docs" / "decisions"
PARTS = ["Status", "Problem", "Goals", "Decision", "Rejected"]
BETWEEN = {"Measured"}
"""A part that a decision may have between these."""
ITEM = re.compile(r"^([-*]|\d\.)\s+")
END = re.compile(r"(?<=[.!?])[\"*)_]*\s+(?=[A-Z\"*(_\[`0-9])")


def blocks(page):
    """Paragraphs and items of lists, each as one line, with where it begins."""
    block, start, offset = [], 0, 0
    for line in [*page.prose.split("\n"), ""]:
        words = line.strip()
        is_text = bool(words) and not words.startswith(("|", "#", "<"))
        if block and (not is_text or ITEM.match(words)):
            yield " ".join(block), page.place(start)
            block = []
        if is_text:
            start = start if block else offset
            block.append(ITEM.sub("", words, count=1))
        offset += len(line) + 1


def sentences(block):
    plain = re.sub(r"`[^`]*`", "Code", block)
    return END.split(re.sub(r"\]\([^)]*\)", "]", plain))


def test_lines_are_short_but_for_tables_and_links():
    long = [
        f"{page.path.relative_to(ROOT)}:{number}: {len(line)}"
        for page in pages_of_ours()
        for number, line in enumerate(page.content.split("\n"), 1)
        if len(line) > LONGEST_LINE and not line.startswith("|") and "](" not in line and "://" not in line
    ]

    assert not long, "\n".join(long)


def test_sentences_are_short():
    long = [
        f"{where}: {len(words)} words: {' '.join(words)}"
        for page in pages_of_ours()
        for block, where in blocks(page)
        for sentence in sentences(block)
        if len(words := [word for word in sentence.split() if re.search(r"\w", word)]) > LONGEST_SENTENCE
    ]

    assert not long, "\n".join(long)


def test_the_index_lists_every_decision_with_its_title():
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d{4}) \| \[(.+?)\]\((.+?)\) \| .+ \|$", index, re.MULTILINE)
    there = []
    for path in sorted(DECISIONS.glob("[0-9]*.md")):
        number, title = re.match(r"# (\d{4})\. (.+)", path.read_text(encoding="utf-8")).groups()
        there.append((number, title, path.name))

    assert listed == there
    assert [number for number, _, _ in there] == [f"{number:04}" for number in range(1, len(there) + 1)]
    assert all(name.startswith(number) for number, _, name in there)


def test_every_decision_has_the_same_parts():
    odd = {}
    for path in sorted(DECISIONS.glob("[0-9]*.md")):
        parts = re.findall(r"^## (.+)$", Text(path).prose, re.MULTILINE)
        if [part for part in parts if part not in BETWEEN] != PARTS:
            odd[path.name] = parts

    assert odd == {}


def test_sequence_diagrams_have_no_semicolon_which_would_end_a_line():
    broken = [
        f"{page.path.relative_to(ROOT)}: {line.strip()}"
        for page in pages_of_ours()
        for diagram in re.findall(r"```mermaid\nsequenceDiagram\n(.*?)```", page.content, re.DOTALL)
        for line in diagram.split("\n")
        if ";" in line
    ]

    assert not broken, "\n".join(broken)
