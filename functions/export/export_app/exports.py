"""The life of an export job from creation to deletion, and how it looks from outside."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from export_app import tasks
from export_app.bodies import ExportChanges, NewExport
from export_app.brake import HOUR_MS
from export_app.job import IDLE, ExportJob
from export_app.people.desired import ListSchema
from export_app.people.membership import FAILED
from export_app.sending.waits import NOT_WAITING, waiting_view
from export_app.setting_up import revision
from export_app.setting_up.dry_run import planned, totals
from export_app.setting_up.lytics_names import unknown_names
from export_app.setting_up.targets import targets_of
from export_app.tasks import Tasks
from export_app.trying import Trial
from lytics_cm.aws import insist
from lytics_cm.connect import description_of
from lytics_cm.errors import AuthorizationRevoked, Conflict, InvalidInput, NotFound, Throttled
from lytics_cm.paging import fitting
from lytics_cm.store import webhooks
from lytics_cm.store.failures import failures_in
from lytics_cm.store.jobs import Job, Jobs
from lytics_cm.web import rfc3339

if TYPE_CHECKING:
    from lytics_cm.failure_lists import Reader
    from lytics_cm.lytics import Lytics

type Json = dict[str, Any]

COUNTS = ("added", "updated", "removed", "skipped", "failed")
UNDOING_SECONDS = 5
"""For which forgetting a job that was not made is tried."""
TRIES = 3
"""How often a change is made anew because another one came in between."""
DAY_MS = 86_400_000
SHOWN = {"id", "slug", "name"}
"""What an audience shows of itself."""


@dataclass(frozen=True, slots=True)
class Exports:
    """What an admin can do with export jobs. `secret` gives what webhook keys are derived from."""

    jobs: Jobs
    tasks: Tasks
    keys: webhooks.Keys
    secret: Callable[[], str]
    lytics: Callable[[], Lytics | None]

    def create(self, wanted: NewExport, public_url: str, now: int) -> Json:
        """Store the job and call for its set-up."""
        configuration = wanted.model_dump()
        names = self._check({}, configuration)
        made = {**configuration, **names, "status": "starting", "public_url": public_url, "notes": []}
        job = self.jobs.create(made, now)
        try:
            self._open_webhook(job)
            self.tasks.call_for(job["id"], tasks.SETUP)
        except Throttled:  # nobody knows of the job: whoever asked for it will ask again
            insist(lambda: self.jobs.delete(job["id"]), UNDOING_SECONDS)
            raise
        return self.view(job)

    def change(self, job_id: str, wanted: ExportChanges, now: int) -> Json:
        """Change what the body names; id and URL stay.

        The list is made ready for it and everybody whom it concerns is sent; of an export that is stopped,
        when it is started. A dry run looks again, or becomes real.
        """
        for _ in range(TRIES):
            job = self.jobs.get(job_id)
            changes = revision.differences(job, wanted.model_dump(exclude_unset=True))
            if changes.get("dry_run"):
                raise _invalid(
                    "dry_run", "an export that has been real cannot become a dry run; make another"
                )
            self._check(job, changes)
            if self._apply(job, changes, now):
                changed = self.jobs.get(job_id)
                self._open_webhook(changed)
                return self.view(changed)
        raise Conflict("the export is being changed by somebody else; try again")

    def _apply(self, job: Job, changes: Json, now: int) -> bool:
        """Store changes over the configuration they were made from; False when it is not the latest."""
        if not changes.keys() - revision.SILENT:
            return not changes or self.jobs.update(job["id"], changes)
        given = {"revision": job.get("revision")}
        update = revision.consequences(job, changes, now) | {"revision": uuid.uuid4().hex}
        if not revision.starts(job):
            return self.jobs.update(job["id"], update, given=given | {"status": job["status"]})
        update |= {"status": "starting", "message": None}
        if not self.jobs.update(job["id"], update, () if job.get("dry_run") else IDLE, given):
            return False
        self.tasks.call_for(job["id"], tasks.SETUP)
        return True

    def rotate_webhook(self, job_id: str, now: int) -> Json:
        """Give the export a new URL; the one before works for a day."""
        job = self.jobs.get(job_id)
        generation = job.get("webhook_generation")
        retired = {number: until for number, until in job.get("retired", {}).items() if now < until}
        retired[str(generation or 1)] = now + DAY_MS
        changes = {"webhook_generation": (generation or 1) + 1, "retired": retired}
        self.jobs.update(
            job_id, changes, given={"webhook_generation": generation}
        )  # or somebody else just did
        rotated = self.jobs.get(job_id)
        self._open_webhook(rotated)
        return self.view(rotated)

    def stop(self, job_id: str) -> Json:
        """Send nothing any more; what changes meanwhile is stored, and sent after a start."""
        self.jobs.get(job_id)
        self.jobs.update(job_id, {"status": "stopped", "message": None, "failed_for": None})
        return self.view(self.jobs.get(job_id))

    def start(self, job_id: str, now: int) -> Json:
        """Set up again, then send what changed meanwhile; the brake is off for an hour."""
        job = self.jobs.get(job_id)
        if job.get("dry_run"):
            raise Conflict("a dry run cannot be started; set dry_run to false to make it real")
        self.jobs.require(job, ("stopped", "failed"), "only a stopped or failed one can be started")
        self._open_webhook(job)
        changes = {"message": None, "failed_for": None, "unbraked_until": now + HOUR_MS, **NOT_WAITING}
        self.jobs.update(job_id, {"status": "starting", **changes})
        self.tasks.call_for(job_id, tasks.SETUP)
        return self.view(self.jobs.get(job_id))

    def delete(self, job_id: str) -> None:
        """Forget the job, its webhook and what it knows of people. The list keeps what it has."""
        job = self.jobs.get(job_id)
        for generation in range(1, job.get("webhook_generation", 1) + 1):
            self.keys.revoke(webhooks.hash_of(self._key(job, generation)))
        self.jobs.delete(job_id)
        self.tasks.call_for(job_id, tasks.FORGET)

    def retry_failures(self, job_id: str) -> Json:
        """Send everybody who failed once more; `people` of the answer are how many."""
        job = self.jobs.get(job_id)
        self.jobs.require(job, ("running",), "start it first")
        people = self.tasks.dependencies.memberships.count_retried(job_id)
        self.tasks.call_for(job_id, tasks.RETRY)
        return {**self.view(job), "people": people}

    def failures(self, job_id: str) -> dict[str, Reader]:
        """Who reads the failures of an export: those of people first, then what could not be used."""
        self.jobs.get(job_id)
        found = self.tasks.dependencies
        return {
            "people": partial(found.memberships.failures_from, job_id),
            "records": partial(failures_in, found.jobs.table, job_id),
        }

    def plan(self, job_id: str, cursor: str | None) -> tuple[list[Json], str | None]:
        """A page of what a dry run found: `{email, would, before, after, code, why}`."""
        job = ExportJob.of(self._dry(job_id))
        memberships = self.tasks.dependencies.memberships
        records, following = memberships.page(job_id, cursor)
        if not job.plan:
            return [], following
        schema = ListSchema.of(job)
        refused = [record.email for record in records if record.state.get("outcome") == FAILED]
        why = memberships.failures_of(job_id, refused)
        lines = (
            planned(record, schema, why.get(record.email), confirms=job.confirmed_opt_in)
            for record in records
        )
        shown = [line for line in lines if line]
        if (count := fitting(shown)) < len(shown):
            return shown[:count], shown[count - 1]["email"]
        return shown, following

    def totals(self, job_id: str) -> dict[str, int]:
        """How many people a dry run would add, change, keep, subscribe again and refuse."""
        return totals(self._dry(job_id))

    def _dry(self, job_id: str) -> Job:
        job = self.jobs.get(job_id)
        if not job.get("dry_run"):
            raise Conflict("only a dry run has a plan")
        return job

    def audiences(self) -> list[Json]:
        """Lytics' audiences, with how many people are in each where Lytics tells."""
        found = self._required_lytics().audiences(sizes=True)
        return [{"id": one.id, "slug": one.slug, "name": one.name, "size": one.size} for one in found]

    def fields(self) -> list[Json]:
        """Lytics' fields of people."""
        found = self._required_lytics().fields()
        return [{"name": one.name, "type": one.type, "description": one.description} for one in found]

    def try_one(self, job_id: str, email: str) -> Json:
        """Send one person, or of a dry run say what would become of them."""
        job = ExportJob.of(self.jobs.get(job_id))
        return Trial(self.tasks.dependencies, self._required_lytics(), job).run(email)

    def _required_lytics(self) -> Lytics:
        lytics = self.lytics()
        if lytics is None:
            message = "no Lytics API token is set; deploy again with the parameter LyticsApiToken"
            raise InvalidInput(message, [{"field": "LyticsApiToken", "message": "is not set"}])
        return lytics

    def view(self, job: Job) -> Json:
        """The job as the contract shows it."""
        return self.views([job])[0]

    def views(self, jobs: Sequence[Job]) -> list[Json]:
        """The same of several."""
        heard = webhooks.last_triggers(self.jobs.table, [job["id"] for job in jobs])
        return [self._view(job, heard.get(job["id"])) for job in jobs]

    def _view(self, job: Job, heard: int | None) -> Json:
        known = revision.LATER | {name: value for name, value in job.items() if value is not None}
        shown = {name: known.get(name) for name in (*NewExport.model_fields, "id", "status", "notes")}
        shown |= {
            "created_at": rfc3339(job["created_at"]),
            **{what: _named(job, what) for what in ("authorization", "client", "list")},
            "audience_webhook_url": f"{job['public_url']}/webhooks/lytics/{self._key(job)}",
            "audiences": [{name: one.get(name) for name in one.keys() & SHOWN} for one in job["audiences"]],
            "last_trigger_at": rfc3339(heard) if heard else None,
            "counts": {name: _count(job, name) for name in COUNTS},
            "resubscribed": _count(job, "resubscribed"),
            "waiting": waiting_view(job),
        }
        if job["existing_users"]:
            shown["existing"] = self.tasks.scans.progress(ExportJob.of(job))
        shown["notes"] = [*(job.get("notes") or []), *job.get("repairs", [])]
        message = "; ".join(filter(None, (job.get("message"), _trouble(job))))
        return shown | ({"message": message} if message else {})

    def _check(self, job: Json, changes: Mapping[str, Any]) -> Json:
        """Refuse changes of a job that could never run; a new one is all change. Five calls at most.

        Return the names that were found of account and list.
        """
        after = {**job, **changes}
        if changes.keys() & {"sms_field", "sms_consent_field"} and after.get("sms_consent_field"):
            self._require_number(after)
        if changes.get("existing_users") and self.lytics() is None:
            message = "needs a Lytics API token: deploy again with the parameter LyticsApiToken"
            raise _invalid("existing_users", message)
        if details := unknown_names(changes, job, self.lytics()):
            raise InvalidInput("Lytics does not know all that the export names; see details", details)
        if changes.keys() & {"list_id", "field_mappings"}:
            return self._check_list({**job, **changes})
        return {}

    def _require_number(self, job: Json) -> None:
        if not job.get("sms_field"):
            message = "a consent to short messages needs a mobile number: name its Lytics field in sms_field"
            raise _invalid("sms_consent_field", message)

    def _check_list(self, job: Json) -> Json:
        try:
            vendor = self.tasks.dependencies.connect(job["authorization_id"])
        except (NotFound, AuthorizationRevoked, Conflict) as error:
            raise _invalid("authorization_id", str(error)) from error
        try:
            name = vendor.list_details(job["list_id"]).name
            fields = vendor.custom_fields(job["list_id"])
        except NotFound as error:
            raise _invalid("list_id", str(error)) from error
        targets_of(job["field_mappings"], fields)
        return {"list_name": name, "authorization_name": description_of(job["authorization_id"])}

    def _open_webhook(self, job: Mapping[str, Any]) -> None:
        owner = {
            "kind": webhooks.EXPORT,
            "owner": job["id"],
            "email_field": job["email_field"],
            "fields": ExportJob.of(job).fields,
        }
        self.keys.allow(self._key(job), owner)
        for generation, until in job.get("retired", {}).items():
            self.keys.allow(self._key(job, int(generation)), owner, until)

    def _key(self, job: Mapping[str, Any], generation: int | None = None) -> str:
        """The key of the export's URL, or of an earlier one."""
        number = generation or job.get("webhook_generation", 1)
        return webhooks.derive(self.secret(), webhooks.EXPORT, job["id"], generation=number)


def _named(job: Mapping[str, Any], what: str) -> Json | None:
    """The id and name of what a job belongs to; None until its set-up has found it."""
    known = job.get(f"{what}_id")
    return {"id": known, "name": job.get(f"{what}_name")} if known else None


def _trouble(job: Mapping[str, Any]) -> str:
    """What only a person can mend of an export that has been set up: fields that are gone."""
    return "; ".join(job.get("troubles") or [])


def _count(job: Mapping[str, Any], name: str) -> int:
    """A counter; of a dry run those whom it would concern, and those who have no usable address."""
    return int(job.get(name, 0) + (job.get(f"would_{name}", 0) if job.get("dry_run") else 0))


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput("the export cannot be made; see details", [{"field": field, "message": message}])
