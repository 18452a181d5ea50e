"""Which option, segment and rule stand for an audience. Pure.

An option's text is the audience's name without commas, pipes and semicolons, which Campaign Monitor may take
for separators; at most 250 characters; told apart by the slug where two audiences would share one. An option
or a segment that exists is used in its own spelling.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count

from export_app.people.values import LONGEST, length, shorten
from lytics_cm.campaign_monitor.fields import field_identity
from lytics_cm.campaign_monitor.records import CustomField
from lytics_cm.campaign_monitor.writes import Rule, RuleGroups
from lytics_cm.errors import Rejected

FIELD = "Lytics Audiences"
TYPE = "MultiSelectMany"
SEPARATORS = re.compile(r"[,;|\x00-\x1f\x7f]")


def texts_of(
    audiences: Iterable[Mapping[str, str | None]], known: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The option text of each audience, by slug; no two are alike, not even but for case or width of letters.

    Texts that are `known` stay: people have them.
    """
    wanted = {str(audience["slug"]): audience for audience in audiences}
    texts = {slug: text for slug, text in (known or {}).items() if slug in wanted}
    taken = {_folded(text) for text in texts.values()}
    for slug, audience in wanted.items():
        if slug in texts:
            continue
        name = _clean(str(audience.get("name") or "")) or _clean(slug) or "audience"
        texts[slug] = next(text for text in _marked(name, slug) if _folded(text) not in taken)
        taken.add(_folded(texts[slug]))
    return texts


def _marked(name: str, slug: str) -> Iterator[str]:
    """A name, and the name with marks that tell it apart: the slug, then the slug with a number."""
    yield shorten(name)
    bare = shorten(_clean(slug), LONGEST // 2)
    for number in count(1):
        mark = f" ({bare} {number})" if number > 1 else f" ({bare})"
        yield shorten(name, LONGEST - length(mark)) + mark


def field_among(fields: Iterable[CustomField]) -> CustomField | None:
    """The field *Lytics Audiences* of a list. Raises `Rejected` when it cannot hold several options."""
    for field in fields:
        if field_identity(FIELD) in (field_identity(field.key), field_identity(field.name)):
            if field.data_type != TYPE:
                raise Rejected(
                    f"the list has a field {field.name!r} that is a {field.data_type};"
                    " rename it at Campaign Monitor, then start the export"
                )
            return field
    return None


def spelled(texts: Mapping[str, str], existing: Sequence[str]) -> dict[str, str]:
    """The texts as the field's options spell them, where it has them."""
    known = {_folded(option): option for option in reversed(existing)}
    known |= {_folded(option): option for option in existing if option in texts.values()}
    return {slug: known.get(_folded(text), text) for slug, text in texts.items()}


def missing(texts: Mapping[str, str], existing: Sequence[str]) -> list[str]:
    """The texts that are no options yet."""
    return [text for text in spelled(texts, existing).values() if text not in existing]


def rule_of(key: str, option: str) -> Rule:
    return Rule(key, f"EQUALS {option}")


def has_rule(groups: RuleGroups, rule: Rule) -> bool:
    return any(
        field_identity(one.subject) == field_identity(rule.subject) and one.clause == rule.clause
        for group in groups
        for one in group
    )


def is_like(group: Sequence[Rule], rule: Rule) -> bool:
    """Whether a group is our rule under the key that the field had before somebody renamed it."""
    return len(group) == 1 and group[0].clause == rule.clause and group[0].subject.startswith("[")


def rules_on(groups: RuleGroups, key: str) -> list[list[list[str]]]:
    """The groups that have a rule on the field, as JSON."""
    return [
        [[rule.subject, rule.clause] for rule in group]
        for group in groups
        if any(field_identity(rule.subject) == field_identity(key) for rule in group)
    ]


def restored(groups: RuleGroups, lost: Iterable[Iterable[Sequence[str]]]) -> RuleGroups:
    """Groups with those put back that an option change cut or took away; the same groups when none was."""
    result = list(groups)
    for stored in lost:
        group = tuple(Rule(subject, clause) for subject, clause in stored)
        if set(group) in [set(one) for one in result]:
            continue
        cut = next((one for one in result if set(one) < set(group)), None)
        if cut is not None:
            result.remove(cut)
        result.append(group)
    return tuple(result)


def _clean(text: str) -> str:
    return " ".join(SEPARATORS.sub(" ", text).split())


def _folded(text: str) -> str:
    """What two texts have in common that a database may take for one; what it does is not documented."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())
