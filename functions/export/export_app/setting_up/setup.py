"""Makes a list ready for an export: the field *Lytics Audiences*, its options, the mapped fields.

Every step looks first, so it may be repeated. The segments follow by themselves (`segments.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from export_app.job import ExportJob
from export_app.people.desired import ListSchema
from export_app.setting_up import options
from export_app.setting_up.segments import Segments
from export_app.setting_up.targets import located, targets_of
from export_app.setting_up.upkeep import Findings, compare_field, first
from lytics_cm.connect import description_of
from lytics_cm.errors import LyticsCmError, PermanentError, Rejected, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.campaign_monitor.records import CustomField, Name
    from lytics_cm.lytics import Audience, Lytics

type Json = dict[str, Any]

NO_FIELD, FIELD_EXISTS = 253, 255
MOST_NOTES = 100
MOST_CHARS = 4000
"""Of the reason why an export failed."""
OPT_IN = (
    "the list confirms subscriptions: people whom the export adds get a verification mail and stay"
    " unconfirmed until they answer it"
)


@dataclass(frozen=True, slots=True)
class SetUp:
    """The set-up of one export; of one that has been set up before, a check and repair as well.

    `announce` is told what was found, and what is about to be made, before it is made: who dies in between
    must not find everything in its place afterwards.
    """

    job: ExportJob
    vendor: CampaignMonitor
    lytics: Callable[[], Lytics | None]
    segments: Segments
    announce: Callable[[Findings, Collection[str]], object]

    def run(self) -> Json:
        """Do all of it but the segments; return what the job has to keep."""
        details = self.vendor.list_details(self.job.list_id)
        is_opt_in = details.confirmed_opt_in
        notes = [OPT_IN] if is_opt_in else []
        audiences, unknown = self._audiences()
        notes += unknown
        fields = self.vendor.custom_fields(self.job.list_id)
        before = self._before()
        findings = Findings()
        targets = located(self.job.field_mappings, fields, before.targets if before else (), findings)
        texts, there = self._texts(audiences), options.field_among(fields)
        making = options.missing(texts, there.options if there else ())
        if before:
            compare_field(before, there, making, findings)
        self.announce(findings, making if there else [options.FIELD])
        field, chosen = self._options(texts, there)
        self.segments.restore()
        schema = {"key": field.key, "options": chosen, "targets": [asdict(target) for target in targets]}
        return {
            "audiences": audiences,
            "plan": json.dumps(schema, ensure_ascii=False),
            "notes": abridged(notes),
            **self._owner(),
            "list_name": details.name,
            "authorization_name": description_of(self.job.authorization_id),
            "confirmed_opt_in": is_opt_in,
            "troubles": first([*findings.troubles.values()]) or None,
        }

    def _before(self) -> ListSchema | None:
        """The schema by which people were sent, if they were."""
        is_real = self.job.plan and not json.loads(self.job.plan).get("is_rehearsed")
        return ListSchema.of(self.job) if is_real else None

    def rehearse(self) -> Json:
        """Look as `run` does, write nothing at the vendor; the notes say what would be made."""
        audiences, notes = self._audiences()
        fields = self.vendor.custom_fields(self.job.list_id)
        field = options.field_among(fields)
        texts = options.spelled(self._texts(audiences), field.options if field else ())
        titles = {one.title.strip().casefold() for one in self.vendor.segments_of(self.job.list_id)}
        notes += [] if field else [f"would make the field {options.FIELD!r}"]
        notes += [
            f"would add the option {text!r}"
            for text in options.missing(texts, field.options if field else ())
        ]
        notes += [
            f"would make the segment {text!r}" for text in texts.values() if text.casefold() not in titles
        ]
        targets = targets_of(self.job.field_mappings, fields)
        schema = {
            "key": field.key if field else f"[{''.join(options.FIELD.split())}]",
            "options": texts,
            "targets": [asdict(target) for target in targets],
            "is_rehearsed": True,
        }
        return {
            "audiences": audiences,
            "plan": json.dumps(schema, ensure_ascii=False),
            "notes": abridged(notes),
            **self._owner(),
        }

    def _audiences(self) -> tuple[list[Json], list[str]]:
        """The audiences with Lytics' ids and names, and a note on each that it does not list."""
        lytics = self.lytics()
        if lytics is None:
            return list(self.job.audiences), []
        audiences = list(self.job.audiences)
        if not all(audience.get("id") for audience in audiences):
            audiences = named(audiences, lytics.audiences())
        unknown = [audience["slug"] for audience in audiences if not audience.get("id")]
        return audiences, [f"Lytics lists no audience {slug!r}; check its slug" for slug in unknown]

    def _texts(self, audiences: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """The option texts: those of the first start for good, since people have them."""
        known = json.loads(self.job.plan)["options"] if self.job.plan else {}
        return options.texts_of(audiences, known)

    def _options(
        self, texts: Mapping[str, str], there: CustomField | None
    ) -> tuple[CustomField, dict[str, str]]:
        """Have an option for each text; return the field and the options as it spells them.

        What was written is read back: options can be dropped without a word.
        """
        field = there or self._made(texts)
        if missing := options.missing(texts, field.options):
            self.segments.note(field.key)
            self._add(field.key, missing)
            field = self._field()
        if refused := options.missing(texts, field.options):
            raise Rejected(
                f"Campaign Monitor did not take the option {refused[0]!r}; rename the audience and make the"
                " export again"
            )
        return field, options.spelled(texts, field.options)

    def _add(self, key: str, missing: Sequence[str]) -> None:
        try:
            self.vendor.add_options(self.job.list_id, key, missing)
        except Rejected as error:
            if error.code != NO_FIELD:
                raise
            raise Unavailable(f"the field {options.FIELD!r} was deleted meanwhile") from error

    def _made(self, texts: Mapping[str, str]) -> CustomField:
        """The new field; another export to the list may make it at the same time."""
        try:
            self.vendor.create_custom_field(
                self.job.list_id, options.FIELD, options.TYPE, list(texts.values())
            )
        except Rejected as error:
            if error.code != FIELD_EXISTS:
                raise
        return self._field()

    def _field(self) -> CustomField:
        field = options.field_among(self.vendor.custom_fields(self.job.list_id))
        if field is None:
            raise Rejected(
                f"Campaign Monitor did not make the field {options.FIELD!r}; start the export again"
            )
        return field

    def _owner(self) -> Json:
        """The client whose list it is, and the label of the zone of its times, where that is needed.

        Lists do not tell it.
        """
        job = self.job
        client, name = job.client_id, job.client_name
        if not client or not name:
            found = self._client()
            client, name = (found.id, found.name) if found else (client, name)
        zone = job.time_zone if job.resubscribe_users else None
        if client and job.resubscribe_users and not zone:
            zone = self.vendor.client(client).time_zone
        return {"client_id": client, "client_name": name, "time_zone": zone}

    def _client(self) -> Name | None:
        """The client; None where the account may not see it, and nothing but its name is wanted."""
        try:
            for client in self.vendor.clients():
                if any(one.id == self.job.list_id for one in self.vendor.lists_of(client.id)):
                    return client
        except PermanentError:
            if self.job.asks_about_people or self.job.resubscribe_users:
                raise
        return None


def named(audiences: Sequence[Mapping[str, Any]], found: Sequence[Audience]) -> list[Json]:
    """The audiences with Lytics' ids, and its names where none was told; those with an id have theirs."""
    known = {one.id: one for one in found} | {one.slug: one for one in found}
    result = []
    for audience in audiences:
        one = None if audience.get("id") else known.get(audience["slug"])
        known_as = {"id": one.id, "name": audience.get("name") or one.name} if one else {}
        result.append({**audience, **known_as})
    return result


def abridged(notes: Sequence[str]) -> list[str]:
    """The first notes, and how many others there are: a job is one item of limited size."""
    rest = len(notes) - MOST_NOTES
    return [*notes[:MOST_NOTES], *([f"and {rest} more"] if rest > 0 else [])]


def explained(error: LyticsCmError) -> str:
    """Why an export failed, in one text of bounded length."""
    details = getattr(error, "details", None) or []
    whole = "; ".join([str(error), *(f"{one['field']}: {one['message']}" for one in details)])
    return whole if len(whole) <= MOST_CHARS else f"{whole[:MOST_CHARS]}..."
