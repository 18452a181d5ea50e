"""Keeps a segment per audience on the list, with its rule. Every step looks first, so it may be repeated.

A change of options may make Campaign Monitor drop the rules built on the field
(docs/reference/campaign-monitor.md#custom-fields), of all segments and not only of ours. So what the segments
had is written down before, and put back after.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Key

from export_app.job import ExportJob
from export_app.people.desired import ListSchema
from export_app.setting_up import options
from lytics_cm.dynamodb import query
from lytics_cm.errors import NotFound, Rejected, TransientError
from lytics_cm.store.schema import RULES

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.campaign_monitor.writes import Rule, RuleGroups

TITLE_TAKEN = 275
LOOKS = 5
"""Segments that a check looks into, a call each."""
SEGMENTS_PER_STEP = 20
"""One or two calls each, which may be slow ones."""


@dataclass(frozen=True, slots=True)
class Segments:
    """The segments of one export's list; `table` keeps what they had while options change."""

    job: ExportJob
    vendor: CampaignMonitor
    table: Table

    def note(self, key: str) -> None:
        """Write down the rules on the field that segments have now, before options change."""
        for name in self.vendor.segments_of(self.job.list_id):
            if rules := options.rules_on(self._rules(name.id), key):
                item = {**RULES.at(self.job.id, name.id), "rules": json.dumps(rules)}
                self.table.put_item(Item=item)

    def restore(self) -> None:
        """Put back what a change of options took away, also one before a crash."""
        condition = Key("job").eq(self.job.id) & Key("item").begins_with(RULES.within())
        for item in list(query(self.table, condition)):
            segment_id = RULES.rest(item["item"])
            try:
                found = self.vendor.segment(segment_id)
                groups = options.restored(found.rule_groups, json.loads(item["rules"]))
                if groups != found.rule_groups:
                    self.vendor.update_segment(segment_id, found.title, groups)
            except NotFound:
                pass  # deleted meanwhile
            self.table.delete_item(Key={"job": self.job.id, "item": item["item"]})

    def step(self, first: int) -> int | None:
        """Have a segment with its rule for some audiences, from number `first` on; return the next number.

        What is done is done: a trouble on the way ends the step, and is raised only if nothing came before
        it.
        """
        schema = ListSchema.of(self.job)
        chosen = list(schema.options.values())
        known = self._known()
        following = first + SEGMENTS_PER_STEP
        for number, option in enumerate(chosen[first:following], first):
            try:
                self._have(known.get(option.casefold()), schema.key, option)
            except TransientError:
                if number == first:
                    raise
                return number
        return following if following < len(chosen) else None

    def damage(self, turn: int) -> list[str]:
        """What is wrong with the segments, as sentences; it looks into a few, others every `turn`."""
        schema = ListSchema.of(self.job)
        chosen = list(schema.options.values())
        known = self._known()
        there = [option for option in chosen if option.casefold() in known]
        few = [there[(turn * LOOKS + number) % len(there)] for number in range(min(LOOKS, len(there)))]
        return [
            f"the segment {option!r} was gone and is made again"
            for option in chosen
            if option.casefold() not in known
        ] + [
            f"the segment {option!r} had lost its rule and gets it back"
            for option in few
            if not options.has_rule(
                self._rules(known[option.casefold()]), options.rule_of(schema.key, option)
            )
        ]

    def _known(self) -> dict[str, str]:
        """The ids of the list's segments by title, in lower case."""
        return {one.title.strip().casefold(): one.id for one in self.vendor.segments_of(self.job.list_id)}

    def _rules(self, segment_id: str) -> RuleGroups:
        try:
            return self.vendor.segment(segment_id).rule_groups
        except (NotFound, Rejected):
            return ()

    def _have(self, segment_id: str | None, key: str, option: str) -> None:
        rule = options.rule_of(key, option)
        if segment_id is None:
            self._create(option, rule)
            return
        try:
            found = self.vendor.segment(segment_id)
        except NotFound:  # deleted meanwhile
            self._create(option, rule)
            return
        if not options.has_rule(found.rule_groups, rule):
            others = [group for group in found.rule_groups if not options.is_like(group, rule)]
            self.vendor.update_segment(segment_id, found.title, [*others, (rule,)])

    def _create(self, title: str, rule: Rule) -> None:
        try:
            self.vendor.create_segment(self.job.list_id, title, [[rule]])
        except Rejected as error:
            if error.code != TITLE_TAKEN:
                raise
