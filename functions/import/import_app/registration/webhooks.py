"""Keeps one webhook per list at Campaign Monitor: registered once, alive, and gone with its job.

Whatever happened before, `ensure` brings a list to what its job wants, and repeating it changes nothing: so
starting, checking, repairing and rotating are one thing. A worker may die anywhere in it; what it made is
found by its URL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from import_app.checkpoints import Checkpoints
from import_app.registration.registered import Registered
from import_app.registration.removal import WebhookRemoval
from import_app.registration.tasks import REGISTER, WebhookTask
from import_app.registration.urls import EVENTS, WebhookUrls, decide, hash_in
from import_app.scope import Scope
from import_app.since import first_moment
from lytics_cm.campaign_monitor import zones
from lytics_cm.errors import AuthorizationRevoked, NotFound, PermanentError, UnreadableMessage
from lytics_cm.members import Records
from lytics_cm.remedies import NO_WEBHOOK
from lytics_cm.store import events
from lytics_cm.store.jobs import ImportJobs
from lytics_cm.store.runs import Runs
from lytics_cm.store.webhooks import IMPORT, Keys, Registrations

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.campaign_monitor.records import Webhook
    from lytics_cm.store.jobs import ImportJob

type Json = dict[str, Any]

MARGIN_MS = 10 * 60_000
"""A gap is taken to begin so much earlier (ms): events are told by the minute, and some wait at the
vendor."""


@dataclass(frozen=True, slots=True)
class Check:
    """What `ensure` found: `since` when (epoch ms) deliveries may be missing, `calls` made, failures."""

    calls: int
    since: int | None = None
    failures: list[Json] = field(default_factory=list)


def wanted_of(job: ImportJob, owner: Json) -> Json:
    """What the receiver must know of a job beside whom a key is for.

    `since` when activity is wanted (epoch ms), and whether people are looked at (`looks`).
    """
    zone = zones.zone_of(owner["client"]["zone"])
    return {"since": first_moment(job, zone), "looks": job.looks_at_consent}


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The webhooks of all import jobs."""

    table: Table
    urls: WebhookUrls

    @property
    def removal(self) -> WebhookRemoval:
        return WebhookRemoval(self.table, self.urls)

    def rotate(self, job: ImportJob) -> tuple[ImportJob, list[WebhookTask]]:
        """Want new keys; return the job as it then is, and a task per list that brings it there."""
        jobs = ImportJobs(self.table)
        jobs.update(job.id, {"webhook_generation": job.webhook_generation + 1})
        tasks = [WebhookTask(job.id, REGISTER, one.list_id) for one in self._all(job.id)]
        return jobs.get(job.id), tasks

    def resume(self, job: ImportJob) -> list[WebhookTask]:
        """A task per list of the job's unfinished run, which was at these lists before it was stopped."""
        try:
            scope = Scope.of(Checkpoints(self.table, job.id, job.run_id).scope())
        except KeyError:
            return []  # not planned yet: the plan leads to every list
        owners = {list_id: scope.webhook_owner(list_id) for list_id in scope.lists}
        return [WebhookTask(job.id, REGISTER, list_id, owner) for list_id, owner in owners.items()]

    def on_register(
        self, task: WebhookTask, vendor_of: Callable[[ImportJob], CampaignMonitor], now: int
    ) -> None:
        """Bring one list to the job's present keys.

        The old key is let in until the vendor has the new one.
        """
        try:
            job = ImportJobs(self.table).get(task.job)
        except NotFound:
            return
        known = self.registered(job.id, task.list_id)
        owner = (Keys(self.table).find_hash(known.key) if known else None) or task.owner
        if owner and job.status != "stopped":
            owner = {name: owner[name] for name in ("list_id", "list_name", "client")}
            JobWebhooks(self, job, vendor_of(job), now).ensure(owner)

    def tell(self, job: ImportJob) -> list[str]:
        """Let the receiver know what the job wants now of its deliveries; return the lists concerned.

        Repeatable. Asks nothing of Campaign Monitor.
        """
        keys, lists = Keys(self.table), []
        for known in self._all(job.id):
            lists.append(known.list_id)
            owner = keys.find_hash(known.key)
            if owner:
                keys.put(known.key, {**owner, **wanted_of(job, owner)})
        return lists

    def unheard(self, job_id: str, run_id: str) -> list[str]:
        """The lists of which deliveries may be missing since that run was at them."""
        return [
            known.list_id
            for known in self._all(job_id)
            if not known.active or (known.gap_since and known.gap_run != run_id)
        ]

    def view(self, job_id: str) -> list[Json]:
        """The job's webhooks as the contract shows them, and how they are."""
        return [known.view() for known in self._all(job_id) if known.webhook_id]

    def registered(self, job_id: str, list_id: str) -> Registered | None:
        """What is known of a list's webhook, if anything."""
        item = Registrations(self.table).get(job_id, list_id)
        return Registered.parse(item) if item else None

    def _all(self, job_id: str) -> list[Registered]:
        return [Registered.parse(item) for item in Registrations(self.table).all(job_id)]


@dataclass(frozen=True, slots=True)
class JobWebhooks:
    """The webhooks of one job, within a run of it or outside one."""

    webhooks: Webhooks
    job: ImportJob
    vendor: CampaignMonitor
    now: int
    run: str = ""

    def ensure(self, owner: Json) -> Check:
        """Bring a list's webhook to what the job wants. One call when nothing is to be done.

        `owner` is `{list_id, list_name, client: {id, name, zone}}`. A vendor that refuses costs the webhook,
        not the run: the refusal is a failure to keep. A gap is told again until a run that was told of it has
        succeeded.
        """
        list_id = owner["list_id"]
        known = self.webhooks.registered(self.job.id, list_id)
        try:
            return self._converge(owner, known)
        except (AuthorizationRevoked, NotFound):
            raise
        except PermanentError as error:
            message = f"list {list_id} has no webhook; changes come with the next run only: {error}"
            failure = {"source": f"webhook/{list_id}", "code": NO_WEBHOOK, "message": message}
            return Check(2, self._gap(known), [failure])

    def drop_others(self, scope: Scope) -> None:
        """Take away those of lists that are not imported any more."""
        tasks = self.webhooks.removal.shut_out(self.job, keep=scope.lists)
        self.webhooks.removal.at_once(tasks, lambda _: self.vendor)
        for task in tasks:
            self._registrations.forget(self.job.id, task.list_id)

    @property
    def _keys(self) -> Keys:
        return Keys(self.webhooks.table)

    @property
    def _registrations(self) -> Registrations:
        return Registrations(self.webhooks.table)

    def _converge(self, owner: Json, known: Registered | None) -> Check:
        list_id, urls = owner["list_id"], self.webhooks.urls
        key = urls.key(self.job, list_id)
        # noted before it was made: nothing noted, nothing made
        there: Records[Webhook] = self.vendor.webhooks_of(list_id) if known else Records()
        found = decide(there, urls.of(key), self._ours(list_id))
        if there.odd and not found.keep:
            raise UnreadableMessage(f"it may be among those that are there: {there.odd[0].message}")
        is_let_in = self._is_let_in(known)
        since = self._note_gap(list_id, known, was_alive=found.was_alive and is_let_in)
        told = {"kind": IMPORT, "owner": self.job.id, **owner, **wanted_of(self.job, owner)}
        digest = self._keys.allow(key, told)
        calls = int(known is not None) + len(found.drop)
        webhook_id = found.keep.id if found.keep else None
        if found.keep is None:
            calls += 1
            webhook_id = self.vendor.create_webhook(list_id, urls.of(key), EVENTS)
        elif not found.keep.is_active:
            calls += 1
            self.vendor.activate_webhook(list_id, found.keep.id)
        for stale in found.drop:
            self.vendor.delete_webhook(list_id, stale)
        for old in urls.hashes(self.job, list_id)[known.generation - 1 if known else 0 : -1]:
            self._keys.revoke(old)
        state = {
            "key": digest,
            "generation": self.job.webhook_generation,
            "webhook_id": webhook_id,
            "active": True,
            "checked_at": self.now,
            "registered_at": (known and known.registered_at) or self.now,
        }
        self._registrations.note(self.job.id, list_id, state)
        if known and known.checked_at and is_let_in and not found.was_alive:
            events.tell(
                self.webhooks.table, events.WEBHOOK_RESTORED, self.now, job=self.job.id, subject=list_id
            )
        self._undo_if_unwanted(list_id)
        return Check(calls, since)

    def _ours(self, list_id: str) -> Callable[[Webhook], bool]:
        """Whether a webhook is this job's, or one of ours that nobody owns any more."""
        mine = set(self.webhooks.urls.hashes(self.job, list_id))

        def ours(hook: Webhook) -> bool:
            digest = hash_in(hook)
            if digest is None:
                return False
            return digest in mine or (
                self.webhooks.urls.leads_here(hook) and self._keys.find_hash(digest) is None
            )

        return ours

    def _is_let_in(self, known: Registered | None) -> bool:
        """Whether deliveries of the registered webhook are taken: not since its job was stopped."""
        return known is not None and self._keys.find_hash(known.key) is not None

    def _note_gap(self, list_id: str, known: Registered | None, *, was_alive: bool) -> int | None:
        """Since when deliveries may be missing.

        Written down before the repair, for a worker may die after it.
        """
        since = self._gap(known)
        last_sign = known and known.last_sign
        if last_sign and not was_alive:
            began = last_sign - MARGIN_MS
            since = began if since is None else min(since, began)
        changes: Json = {}
        if since is not None:
            changes = {"gap_since": since, "gap_run": self.run, "active": was_alive}
        elif known and known.gap_since is not None:
            changes = {"gap_since": None, "gap_run": None}
        if changes or not known:  # who stops the job must find what is made from here on
            self._registrations.note(self.job.id, list_id, changes)
        return since

    def _gap(self, known: Registered | None) -> int | None:
        """The gap that was noted, unless an earlier run was told of it and succeeded."""
        if known is None or known.gap_since is None:
            return None
        is_earlier = known.gap_run and known.gap_run != self.run
        before = Runs(self.webhooks.table).get(self.job.id, known.gap_run) if is_earlier else None
        return None if before and before.status == "succeeded" else known.gap_since

    def _undo_if_unwanted(self, list_id: str) -> None:
        """Take back what was done while somebody stopped or deleted the job."""
        gone = False
        try:
            if ImportJobs(self.webhooks.table).get(self.job.id).status != "stopped":
                return
        except NotFound:
            gone = True
        task = self.webhooks.removal.shut_out_one(self.job, list_id)
        if gone:
            self._registrations.forget(self.job.id, list_id)
        self.webhooks.removal.on_removal(task, lambda _: self.vendor)
