"""What has become of a list's fields since an export was set up. Pure.

Campaign Monitor drops values of fields and options that it does not have without a word
(docs/reference/campaign-monitor.md#values-of-custom-fields), and forgets the values of those that are
deleted. So what is found is compared with the plan; where values were lost, whoever had them is sent again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from export_app import options
from export_app.wishes import Plan
from lytics_cm.campaign_monitor.records import CustomField

MOST_LOST = 20
"""Names that are counted one by one: a job is one item of 400 KB, with much else in it."""
MOST_REPAIRS = 20
MOST_TROUBLES, MOST_CHARS = 10, 1000


@dataclass(slots=True)
class Findings:
    """What is different: names of what lost its values (keys of fields, texts of options), sentences for people.

    `troubles` are by mapped field what only a person can mend.
    """

    lost: list[str] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)


def compare_field(plan: Plan, there: CustomField | None, making: Collection[str], findings: Findings) -> None:
    """Note what of the audiences' field has lost its values; `making` are the options that it does not have."""
    if there is None:
        findings.lost.append(plan.key)
        findings.repairs.append(
            f"the field {options.FIELD!r} was gone and is made again; everybody is sent again"
        )
        return
    gone = [text for text in making if text in plan.options.values()]
    findings.lost += gone
    findings.repairs += [
        f"the option {text!r} was gone and is made again; whoever should have it is sent again"
        for text in gone
    ]


def count_lost(plan: Plan, names: Collection[str]) -> dict[str, int]:
    """How often each name has lost its values, with those that have now; too many are counted as all of them.

    The audiences' field is also known by its own name, as other exports to the list call it.
    """
    lost = [plan.key if name == options.FIELD else name for name in names]
    mine = {plan.key, *plan.options.values(), *(target.key for target in plan.targets)}
    counts = {name: number for name, number in plan.lost.items() if name in mine}
    counts |= {name: counts.get(name, 0) + 1 for name in lost if name in mine}
    if len(counts) > MOST_LOST:
        return {plan.key: max(counts.values()) + 1}
    return counts


def latest(repairs: Sequence[str]) -> list[str]:
    """The latest repairs, none of them long."""
    return [text[:MOST_CHARS] for text in repairs[-MOST_REPAIRS:]]


def first(troubles: Sequence[str]) -> list[str]:
    """The first troubles, none of them long, and how many others there are."""
    rest = len(troubles) - MOST_TROUBLES
    more = [f"and {rest} more; see the failures"] if rest > 0 else []
    return [text[:MOST_CHARS] for text in troubles[:MOST_TROUBLES]] + more
