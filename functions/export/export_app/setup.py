"""Makes a list ready for an export: field, options, segments. Every step looks first, so it may be repeated.

A change of options may make Campaign Monitor drop the rules built on the field (API reference 4.3), of all segments
and not only of ours. So what the segments had is written down before, and put back after.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from export_app import options
from export_app.values import Target
from lytics_cm.campaign_monitor.fields import field_identity
from lytics_cm.errors import InvalidInput, LyticsCmError, NotFound, Rejected
from lytics_cm.store.jobs import Job, query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb.service_resource import Table

    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.campaign_monitor.records import CustomField
    from lytics_cm.lytics import Lytics

type Json = dict[str, Any]

FIELD_EXISTS, TITLE_TAKEN = 255, 275
OPT_IN = (
    "the list confirms subscriptions: people whom the export adds get a verification mail and stay"
    " unconfirmed until they answer it"
)


@dataclass(frozen=True, slots=True)
class SetUp:
    """The set-up of one export; `table` keeps what segments had while options change."""

    job: Job
    vendor: CampaignMonitor
    lytics: Callable[[], Lytics | None]
    table: Table

    def run(self) -> Json:
        """Do all of it; return what the job has to keep."""
        is_opt_in = self.vendor.list_details(self.job["list_id"]).confirmed_opt_in
        notes = [OPT_IN] if is_opt_in else []
        audiences = self.job["audiences"]
        if not self.job.get("plan"):
            audiences, unknown = named(audiences, self.lytics())
            notes += unknown
        fields = self.vendor.custom_fields(self.job["list_id"])
        targets = targets_of(self.job["field_mappings"], fields)
        texts = self._texts(audiences)
        field, chosen = self._options(texts, options.field_among(fields))
        self._restore_rules()
        self._segments(field.key, chosen)
        plan = {"key": field.key, "options": chosen, "targets": [asdict(target) for target in targets]}
        zone = self._time_zone() if self.job["resubscribe_users"] else None
        return {
            "audiences": audiences,
            "plan": json.dumps(plan),
            "notes": notes,
            "time_zone": zone,
            "confirmed_opt_in": is_opt_in,
        }

    def rehearse(self) -> Json:
        """Look as `run` does, write nothing at the vendor; the notes say what would be made."""
        audiences, notes = named(self.job["audiences"], self.lytics())
        fields = self.vendor.custom_fields(self.job["list_id"])
        field = options.field_among(fields)
        texts = options.spelled(self._texts(audiences), field.options if field else ())
        titles = {one.title.strip().casefold() for one in self.vendor.segments_of(self.job["list_id"])}
        notes += [] if field else [f"would make the field {options.FIELD!r}"]
        notes += [
            f"would add the option {text!r}"
            for text in texts.values()
            if text not in (field.options if field else ())
        ]
        notes += [
            f"would make the segment {text!r}" for text in texts.values() if text.casefold() not in titles
        ]
        targets = targets_of(self.job["field_mappings"], fields)
        plan = {
            "key": field.key if field else f"[{options.FIELD}]",
            "options": texts,
            "targets": [asdict(target) for target in targets],
        }
        zone = self._time_zone() if self.job["resubscribe_users"] else None
        return {"audiences": audiences, "plan": json.dumps(plan), "notes": notes, "time_zone": zone}

    def _texts(self, audiences: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """The option texts: those of the first start for good, since people have them."""
        known = json.loads(self.job["plan"])["options"] if self.job.get("plan") else {}
        return options.texts_of(audiences) | known

    def _options(
        self, texts: Mapping[str, str], field: CustomField | None
    ) -> tuple[CustomField, dict[str, str]]:
        """Have an option for each text; return the field and the options as it spells them."""
        if field is None:
            try:
                self.vendor.create_custom_field(
                    self.job["list_id"], options.FIELD, options.TYPE, list(texts.values())
                )
            except Rejected as error:
                if error.code != FIELD_EXISTS:
                    raise
        else:
            missing = [
                text for text in options.spelled(texts, field.options).values() if text not in field.options
            ]
            if missing:
                self._note_rules(field.key)
                self.vendor.add_options(self.job["list_id"], field.key, missing)
            else:
                return field, options.spelled(texts, field.options)
        return self._confirmed(texts)

    def _confirmed(self, texts: Mapping[str, str]) -> tuple[CustomField, dict[str, str]]:
        """Read back what was written: options can be dropped without a word."""
        field = options.field_among(self.vendor.custom_fields(self.job["list_id"]))
        if field is None:
            raise Rejected(
                f"Campaign Monitor did not make the field {options.FIELD!r}; start the export again"
            )
        chosen = options.spelled(texts, field.options)
        if refused := [text for text in chosen.values() if text not in field.options]:
            raise Rejected(
                f"Campaign Monitor did not take the option {refused[0]!r}; rename the audience and make the"
                " export again"
            )
        return field, chosen

    def _note_rules(self, key: str) -> None:
        """Write down the rules on the field that segments have now, before options change."""
        for name in self.vendor.segments_of(self.job["list_id"]):
            if rules := options.rules_on(self._segment(name.id), key):
                item = {"job": self.job["id"], "item": f"rules#{name.id}", "rules": json.dumps(rules)}
                self.table.put_item(Item=item)

    def _restore_rules(self) -> None:
        """Put back what a change of options took away, also one before a crash."""
        condition = Key("job").eq(self.job["id"]) & Key("item").begins_with("rules#")
        for item in list(query(self.table, condition)):
            segment_id = item["item"].removeprefix("rules#")
            try:
                found = self.vendor.segment(segment_id)
                groups = options.restored(found.rule_groups, json.loads(item["rules"]))
                if groups != found.rule_groups:
                    self.vendor.update_segment(segment_id, found.title, groups)
            except NotFound:
                pass  # deleted meanwhile
            self.table.delete_item(Key={"job": self.job["id"], "item": item["item"]})

    def _segment(self, segment_id: str) -> Any:
        try:
            return self.vendor.segment(segment_id).rule_groups
        except (NotFound, Rejected):
            return ()

    def _segments(self, key: str, chosen: Mapping[str, str]) -> None:
        """Have a segment with the right rule for each option."""
        known = {one.title.strip().casefold(): one.id for one in self.vendor.segments_of(self.job["list_id"])}
        for option in chosen.values():
            segment_id = known.get(option.casefold())
            if segment_id is None:
                self._create_segment(key, option)
            else:
                self._mend_segment(segment_id, key, option)

    def _create_segment(self, key: str, option: str) -> None:
        try:
            self.vendor.create_segment(self.job["list_id"], option, [[options.rule_of(key, option)]])
        except Rejected as error:
            if error.code != TITLE_TAKEN:
                raise

    def _mend_segment(self, segment_id: str, key: str, option: str) -> None:
        found = self.vendor.segment(segment_id)
        rule = options.rule_of(key, option)
        if not options.has_rule(found.rule_groups, rule):
            self.vendor.update_segment(segment_id, found.title, [*found.rule_groups, (rule,)])

    def _time_zone(self) -> str | None:
        """The label of the zone in which the list's times are; clients tell it, lists do not."""
        if self.job.get("time_zone"):
            return str(self.job["time_zone"])
        for client in self.vendor.clients():
            if any(one.id == self.job["list_id"] for one in self.vendor.lists_of(client.id)):
                return self.vendor.client(client.id).time_zone
        return None


def named(audiences: Sequence[Mapping[str, Any]], lytics: Lytics | None) -> tuple[list[Json], list[str]]:
    """The audiences with the ids and names that Lytics has for them, and a note on each that it does not list."""
    if lytics is None:
        return [dict(audience) for audience in audiences], []
    found = lytics.audiences()
    known = {one.id: one for one in found} | {one.slug: one for one in found}
    result, notes = [], []
    for audience in audiences:
        one = known.get(audience["slug"])
        if one is None:
            notes.append(f"Lytics lists no audience {audience['slug']!r}; check its slug")
            result.append(dict(audience))
        else:
            result.append({**audience, "id": one.id, "name": one.name or audience.get("name")})
    return result, notes


def targets_of(mappings: Mapping[str, str], fields: Sequence[CustomField]) -> list[Target]:
    """The custom fields that Lytics fields are mapped to. Raises `InvalidInput` listing the list's fields."""
    by_name = {field_identity(field.name): field for field in fields}
    by_name |= {field_identity(field.key): field for field in fields if field_identity(field.key)}
    targets, details = [], []
    taken: dict[str, str] = {}
    for source, name in mappings.items():
        field = by_name.get(field_identity(name))
        path = f"field_mappings.{source}"
        if field is None:
            there = ", ".join(f"{one.name} ({one.data_type})" for one in fields) or "none"
            details.append({"field": path, "message": f"the list has no field {name!r}; it has: {there}"})
        elif field_identity(field.name) == field_identity(options.FIELD):
            details.append({"field": path, "message": f"{field.name!r} is the export's own field"})
        elif field.key in taken:
            details.append(
                {"field": path, "message": f"{field.name!r} is mapped from {taken[field.key]!r} already"}
            )
        else:
            taken[field.key] = source
            targets.append(Target(source, field.key, field.name, field.data_type, field.options))
    if details:
        raise InvalidInput("a mapping does not fit the list; see details", details)
    return targets


def explained(error: LyticsCmError) -> str:
    """Why an export failed, in one text."""
    details = getattr(error, "details", None) or []
    return "; ".join([str(error), *(f"{one['field']}: {one['message']}" for one in details)])
