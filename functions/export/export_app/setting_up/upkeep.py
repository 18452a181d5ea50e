"""What has become of a list's fields since an export was set up. Pure.

Campaign Monitor drops values of fields and options that it does not have without a word
(docs/reference/campaign-monitor.md#values-of-custom-fields), and forgets the values of those that are
deleted. So what is found is compared with the schema; where values were lost, whoever had them is sent again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from export_app.people.desired import ListSchema
from export_app.setting_up import options
from lytics_cm.campaign_monitor.records import CustomField

MOST_LOST = 20
"""Names that are counted one by one: a job is one item of 400 KB, with much else in it."""
MOST_REPAIRS = 20
MOST_TROUBLES, MOST_CHARS = 10, 1000


@dataclass(slots=True)
class Findings:
    """What is different: names of fields and options that lost their values, sentences for people.

    `troubles` are by mapped field what only a person can mend.
    """

    lost: list[str] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)


def compare_field(
    schema: ListSchema, there: CustomField | None, making: Collection[str], findings: Findings
) -> None:
    """Note what of the audiences' field lost its values; `making` are the options that it lacks."""
    if there is None:
        findings.lost.append(schema.key)
        findings.repairs.append(
            f"the field {options.FIELD!r} was gone and is made again; everybody is sent again"
        )
        return
    gone = [text for text in making if text in schema.options.values()]
    findings.lost += gone
    findings.repairs += [
        f"the option {text!r} was gone and is made again; whoever should have it is sent again"
        for text in gone
    ]


def count_lost(schema: ListSchema, names: Collection[str]) -> dict[str, int]:
    """How often each name has lost its values, with those that have now; too many are counted as all of them.

    The audiences' field is also known by its own name, as other exports to the list call it.
    """
    lost = [schema.key if name == options.FIELD else name for name in names]
    mine = {schema.key, *schema.options.values(), *(target.key for target in schema.targets)}
    counts = {name: number for name, number in schema.lost.items() if name in mine}
    counts |= {name: counts.get(name, 0) + 1 for name in lost if name in mine}
    if len(counts) > MOST_LOST:
        return {schema.key: max(counts.values()) + 1}
    return counts


def latest(repairs: Sequence[str]) -> list[str]:
    """The latest repairs, none of them long."""
    return [text[:MOST_CHARS] for text in repairs[-MOST_REPAIRS:]]


def first(troubles: Sequence[str]) -> list[str]:
    """The first troubles, none of them long, and how many others there are."""
    rest = len(troubles) - MOST_TROUBLES
    more = [f"and {rest} more; see the failures"] if rest > 0 else []
    return [text[:MOST_CHARS] for text in troubles[:MOST_TROUBLES]] + more
