"""Sends one person of an export because somebody wants to see it, whether the export has been started or not.

What is sent is decided, claimed, written and stored as in any other round, so all its rules hold: consents,
who has left the list, erasures, one call about a person at a time, echoes. Only that the export sends is not
asked. Of a dry run nothing is written: what would become of the person is shown.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from export_app.dependencies import Dependencies
from export_app.job import ExportJob
from export_app.people import entries
from export_app.people.changes import Observation
from export_app.people.desired import Desired, ListSchema, desired_of
from export_app.people.listed import Shown, several_of, shown
from export_app.people.membership import Membership, Observed, Stay
from export_app.people.resubscription import zone_of
from export_app.sending.claims import Claims
from export_app.sending.sender import Sender
from export_app.sending.settling import Settling
from export_app.sending.winding_up import send_again
from export_app.setting_up import dry_run
from lytics_cm.errors import Conflict, InvalidInput, NotFound, UnreadableMessage
from lytics_cm.ledger_view import entry_view
from lytics_cm.profile_fields import address_in, bounded
from lytics_cm.streams import address

if TYPE_CHECKING:
    from lytics_cm.campaign_monitor.records import Subscriber
    from lytics_cm.lytics import Lytics

type Json = dict[str, Any]

LAST_CALL_MS = 15_000
"""The last call begins so long after the first, for a person waits."""
NOT_SENT = ("at", "email", "trigger")


@dataclass(frozen=True, slots=True)
class Trial:
    """One try for one export."""

    dependencies: Dependencies
    lytics: Lytics
    job: ExportJob

    def run(self, wanted: str) -> Json:
        """Send the person with that address; what the list had before, has afterwards, and what was done.

        Raises `InvalidInput`, `NotFound` or `Conflict` for whom nothing can be sent, and why.
        """
        email = _address(wanted)
        now = self.dependencies.clock()
        schema = self._schema()
        self._refuse_blocked(email, now)
        observed = self._observed(email, now)
        record = self.dependencies.memberships.load(self.job.id, [email]).get(email)
        before = Membership.of(record.state if record else {}).joined(observed)
        desired = desired_of(before.observed, schema)
        if not desired.options:
            raise Conflict(
                "the person is in none of the export's audiences at Lytics, so nothing would be sent;"
                " try somebody who is"
            )
        if self.job.dry_run:
            return self._rehearsed(email, before, schema)
        return self._sent(email, observed, desired, schema)

    def _schema(self) -> ListSchema:
        """What is written. Raises `Conflict` before the list is ready for it."""
        is_rehearsed = bool(self.job.plan) and json.loads(self.job.plan or "").get("is_rehearsed", False)
        if not self.job.plan or is_rehearsed > self.job.dry_run:
            raise Conflict(
                "the list is not set up for the export yet; try again when its status is not starting"
            )
        return ListSchema.of(self.job)

    def _refuse_blocked(self, email: str, now: int) -> None:
        if not self.dependencies.erasures.of({email: now}).admits(email, now):
            raise Conflict(
                "the person is erased, or blocked and so never sent; DELETE /blocks/{email} lets them come back"
            )

    def _observed(self, email: str, now: int) -> Observed:
        """What Lytics tells of the person now, as a scan tells it: a later exit wins."""
        try:
            profile = self.lytics.profile(email, self.job.email_field)
        except NotFound as error:
            raise NotFound(f"Lytics knows nobody with this address in {self.job.email_field!r}") from error
        if _named(address_in(profile, self.job.email_field)) != email:
            message = f"at Lytics the person has another address in {self.job.email_field!r}; try that one"
            raise InvalidInput(message, [{"field": "email", "message": message}])
        inside = set(chain(*(_texts(profile.get(name)) for name in ("segments", "segments_all"))))
        stays = {
            audience["slug"]: Stay(seen=audience.get("since") or self.job.created_at)
            for audience in self.job.audiences
            if {audience["slug"], audience.get("id")} & inside
        }
        fields = bounded({name: profile[name] for name in self.job.fields if name in profile})
        return Observed(stays, fields, now, received=(now, 0))

    def _rehearsed(self, email: str, membership: Membership, schema: ListSchema) -> Json:
        person = self._listed(email)
        if person:
            found = dry_run.verdict(membership, person, schema, zone_of(self.job), self.job.resubscribe_users)
        else:
            found = dry_run.of_new(membership, schema)
        told = dry_run.told(email, membership, found, schema, confirms=self.job.confirmed_opt_in)
        nothing = {
            "outcome": None,
            "resubscribed": False,
            "sent": None,
            "left_out": 0,
            "message": told.pop("why"),
        }
        return {"email": email, "done": False, **nothing, **told}

    def _sent(self, email: str, observed: Observed, desired: Desired, schema: ListSchema) -> Json:
        several = several_of(desired, schema)
        before = self._shown(email, several)
        entry = self._send(email, observed, schema)
        after = self._shown(email, several)
        told = {name: value for name, value in entry.items() if name not in (*NOT_SENT, "cause")}
        return {"email": email, "done": True, "would": None, **told, "before": before, "after": after}

    def _send(self, email: str, observed: Observed, schema: ListSchema) -> Json:
        """Send the person; the entry of the ledger that tells what became of it."""
        found, export = self.dependencies, self.job.id
        now, token = found.clock(), f"try/{uuid.uuid4().hex}"
        due = {"trigger": entries.TRY, "retry": True}
        said = Observation(token, due, {now: observed})
        taken = Claims(found.memberships, found.erasures, export, schema, now).take({email: said}, {token})
        if email not in taken.held:
            raise Conflict(
                "a worker has the person in hand, or they were erased just now; try again in a minute"
            )
        settling = Settling(
            found.memberships,
            found.rows,
            export,
            self.job.client_id,
            schema,
            taken,
            {email: due},
            {},
            now,
            dict(taken.held),
        )
        Sender(found, self.job, schema, now + LAST_CALL_MS, settling).send()
        counts = {"calls": settling.calls, "waited": len(settling.again)}
        found.activity.add(export, entries.TRY, found.clock(), counts, settling.reason or None)
        if settling.again and self.job.is_sending:
            send_again(found.changes, export, settling.again, found.clock())
        return self._outcome(email, now, settling)

    def _outcome(self, email: str, now: int, settling: Settling) -> Json:
        """What the ledger says of it. Raises what stood in the way when it says nothing."""
        memberships = self.dependencies.memberships
        record = memberships.load(self.job.id, [email]).get(email)
        latest = memberships.ledger.of(self.job.id, email, record.latest, now) if record else iter(())
        entry = next(latest, None)
        if entry and entry.at == now and entry.what["trigger"] == entries.TRY:
            return entry_view(entry)
        for _, error in settling.again.values():
            if error:
                raise error
        raise Conflict(settling.reason or "the export was changed meanwhile; try again")

    def _listed(self, email: str) -> Subscriber | None:
        try:
            return self.dependencies.connect(self.job.authorization_id).subscriber(self.job.list_id, email)
        except NotFound:
            return None

    def _shown(self, email: str, several: frozenset[str]) -> Shown | None:
        person = self._listed(email)
        return shown(person, several) if person else None


def _address(text: str) -> str:
    try:
        return address(text)
    except UnreadableMessage as error:
        raise InvalidInput(str(error), [{"field": "email", "message": str(error)}]) from error


def _named(text: str | None) -> str | None:
    try:
        return address(text)
    except UnreadableMessage:
        return None


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
