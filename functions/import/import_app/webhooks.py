"""Keeps one webhook per list at Campaign Monitor: registered once, found again by its URL, alive, and gone with its job.

Whatever happened before, `ensure` brings a list to what its job wants, and repeating it changes nothing: so starting,
checking, repairing and rotating are one thing. A worker may die anywhere in it; what it made is found by its URL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from import_app.notebook import Notebook
from import_app.scope import Scope
from lytics_cm.errors import AuthorizationRevoked, LyticsCmError, NotFound, PermanentError
from lytics_cm.store.jobs import Jobs
from lytics_cm.store.runs import Runs
from lytics_cm.store.webhooks import IMPORT, Keys, Registrations, derive, hash_of
from lytics_cm.web import rfc3339

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.campaign_monitor.records import Webhook
    from lytics_cm.store.jobs import Job

type Json = dict[str, Any]

EVENTS = ("Subscribe", "Update", "Deactivate")
PATH = "/webhooks/campaign-monitor/"
MARGIN = 10 * 60_000
"""A gap is taken to begin so much earlier (ms): events are told by the minute, and some wait at the vendor."""
UNHOOK = "unhook"
REGISTER = "register"


@dataclass(frozen=True, slots=True)
class Check:
    """What `ensure` found: `since` (epoch ms) when deliveries may be missing, `calls` made, a failure to keep."""

    calls: int
    since: int | None = None
    failures: list[Json] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about the webhooks that a list has: keep one, wake it, drop those; without one to keep, make one."""

    keep: Webhook | None
    drop: list[str]
    was_alive: bool


def decide(hooks: Iterable[Webhook], url: str, ours: Callable[[Webhook], bool]) -> Decision:
    """Keep the one that has our URL and tells everything, an active one first; drop our others."""
    mine = [hook for hook in hooks if ours(hook)]
    good = sorted(
        (hook for hook in mine if hook.url == url and _tells_all(hook)),
        key=lambda hook: (not hook.is_active, hook.id),
    )
    keep = good[0] if good else None
    alive = any(hook.is_active and _tells_all(hook) for hook in mine)
    return Decision(keep, [hook.id for hook in mine if hook is not keep], alive)


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The webhooks of all import jobs; `secret` gives the stack's secret, `api_url` is where the outside finds us."""

    table: Table
    secret: Callable[[], str]
    api_url: str

    def ensure(self, job: Job, home: Json, vendor: CampaignMonitor, now: int, run: str = "") -> Check:
        """Bring a list's webhook to what the job wants, within a run or outside one. One call when nothing is to be done.

        `home` is `{list_id, list_name, client: {id, name, zone}}`. A vendor that refuses costs the webhook, not the
        run: the refusal is a failure to keep. A gap is told again until a run that was told of it has succeeded.
        """
        job_id, list_id = job["id"], home["list_id"]
        known = self._registrations.get(job_id, list_id) or {}
        try:
            return self._converge(job, home, known, (vendor, run), now)
        except (AuthorizationRevoked, NotFound):
            raise
        except PermanentError as error:
            message = f"list {list_id} has no webhook; changes come with the next run only: {error}"
            return Check(
                2, self._gap(job, known, run), [{"source": f"webhook/{list_id}", "message": message}]
            )

    def rotate(self, job: Job) -> tuple[Job, list[Json]]:
        """Want new keys; return the job as it then is, and a message per list that brings it there."""
        generation = _generation(job) + 1
        jobs = Jobs(self.table, "import")
        jobs.update(job["id"], {"webhook_generation": generation})
        messages = [
            {"job": job["id"], "task": REGISTER, "list_id": one["list_id"]}
            for one in self._registrations.all(job["id"])
        ]
        return jobs.get(job["id"]), messages

    def resume(self, job: Job) -> list[Json]:
        """A message per list of the job's unfinished run, which has been at these lists before it was stopped."""
        try:
            scope = Scope.of(Notebook(self.table, job["id"], job["run_id"]).scope())
        except KeyError:
            return []  # not planned yet: the plan leads to every list
        message = {"job": job["id"], "task": REGISTER}
        return [{**message, "list_id": list_id, "home": home_of(list_id, scope)} for list_id in scope.lists]

    def on_register(self, message: Json, vendor_of: Callable[[Job], CampaignMonitor], now: int) -> None:
        """Bring one list to the job's present keys; the old key is let in until the vendor has the new one."""
        try:
            job = Jobs(self.table, "import").get(message["job"])
        except NotFound:
            return
        known = self._registrations.get(job["id"], message["list_id"])
        owner = self._keys.find_hash(known["key"]) if known and known.get("key") else message.get("home")
        if owner and job["status"] != "stopped":
            home = {name: owner[name] for name in ("list_id", "list_name", "client")}
            self.ensure(job, home, vendor_of(job), now)

    def remove(self, job: Job, keep: Iterable[str] = ()) -> list[Json]:
        """Shut out and forget the job's webhooks, but those of the lists to keep; return a message for each at the vendor.

        From then on their deliveries are answered 404. The messages need the job no more.
        """
        kept, messages = set(keep), []
        for known in self._registrations.all(job["id"]):
            list_id = known["list_id"]
            if list_id in kept:
                continue
            hashes = self._hashes(job, list_id)
            for digest in hashes:
                self._keys.revoke(digest)
            self._registrations.forget(job["id"], list_id)
            messages.append(
                {
                    "job": job["id"],
                    "task": UNHOOK,
                    "authorization_id": job["authorization_id"],
                    "list_id": list_id,
                    "keys": sorted(hashes),
                }
            )
        return messages

    def on_unhook(self, message: Json, vendor_of: Callable[[str], CampaignMonitor]) -> None:
        """Delete the webhooks of a list that has those keys; a vendor that will not be asked is left alone.

        Two calls. Raises `TransientError`: the message must come again.
        """
        hashes = {digest for digest in message["keys"] if self._keys.find_hash(digest) is None}
        try:
            vendor = vendor_of(message["authorization_id"])
            for hook in vendor.webhooks_of(message["list_id"]):
                if _hash_in(hook) in hashes:
                    vendor.delete_webhook(message["list_id"], hook.id)
        except PermanentError:
            return

    def view(self, job_id: str) -> list[Json]:
        """The job's webhooks as the contract shows them, and how they are."""
        return [_view(known) for known in self._registrations.all(job_id)]

    @property
    def _keys(self) -> Keys:
        return Keys(self.table)

    @property
    def _registrations(self) -> Registrations:
        return Registrations(self.table)

    def _key(self, job: Job, list_id: str, generation: int) -> str:
        return derive(self.secret(), IMPORT, job["id"], list_id, generation)

    def _hashes(self, job: Job, list_id: str) -> list[str]:
        """Of all the keys that the list's webhook has ever had."""
        return [hash_of(self._key(job, list_id, generation)) for generation in range(1, _generation(job) + 1)]

    def _converge(
        self, job: Job, home: Json, known: Json, means: tuple[CampaignMonitor, str], now: int
    ) -> Check:
        vendor, run = means
        job_id, list_id = job["id"], home["list_id"]
        key = self._key(job, list_id, _generation(job))
        digest = self._keys.allow(key, {"kind": IMPORT, "owner": job_id, **home})
        found = decide(vendor.webhooks_of(list_id), f"{self.api_url}{PATH}{key}", self._ours(job, list_id))
        since = self._note_gap(job, known, found, run)
        calls = 1 + len(found.drop)
        webhook_id = found.keep.id if found.keep else None
        if found.keep is None:
            calls += 1
            self._registrations.note(job_id, list_id, {})
            webhook_id = vendor.create_webhook(list_id, f"{self.api_url}{PATH}{key}", EVENTS)
        elif not found.keep.is_active:
            calls += 1
            vendor.activate_webhook(list_id, found.keep.id)
        for stale in found.drop:
            vendor.delete_webhook(list_id, stale)
        for old in self._hashes(job, list_id)[known.get("generation", 1) - 1 : -1]:
            self._keys.revoke(old)
        self._registrations.note(
            job_id,
            list_id,
            {
                "key": digest,
                "generation": _generation(job),
                "webhook_id": webhook_id,
                "active": True,
                "checked_at": now,
                "registered_at": known.get("registered_at", now),
            },
        )
        self._undo_if_unwanted(job, list_id, made=found.keep is None, vendor=vendor)
        return Check(calls, since)

    def _ours(self, job: Job, list_id: str) -> Callable[[Webhook], bool]:
        """Whether a webhook is this job's, or one of ours that nobody owns any more."""
        mine = set(self._hashes(job, list_id))

        def ours(hook: Webhook) -> bool:
            digest = _hash_in(hook)
            if digest is None:
                return False
            orphaned = hook.url.startswith(f"{self.api_url}{PATH}") and self._keys.find_hash(digest) is None
            return digest in mine or orphaned

        return ours

    def _note_gap(self, job: Job, known: Json, found: Decision, run: str) -> int | None:
        """Since when deliveries may be missing; written down before the repair, for a worker may die after it."""
        since = self._gap(job, known, run)
        if known.get("webhook_id") and not found.was_alive:
            last = known.get("last_delivery_at", known["registered_at"])
            began = min(known["checked_at"], last) - MARGIN
            since = began if since is None else min(since, began)
        if since is not None:
            gap = {"gap_since": since, "gap_run": run, "active": found.was_alive}
            self._registrations.note(job["id"], known["list_id"], gap)
        elif known.get("gap_since") is not None:
            self._registrations.note(job["id"], known["list_id"], {"gap_since": None, "gap_run": None})
        return since

    def _gap(self, job: Job, known: Json, run: str) -> int | None:
        """The gap that was noted, unless an earlier run was told of it and succeeded."""
        since, told = known.get("gap_since"), known.get("gap_run")
        if since is None:
            return None
        before = Runs(self.table).get(job["id"], told) if told and told != run else None
        return None if before and before["status"] == "succeeded" else int(since)

    def _undo_if_unwanted(self, job: Job, list_id: str, *, made: bool, vendor: CampaignMonitor) -> None:
        """Take back what was made while somebody stopped or deleted the job."""
        if not made:
            return
        try:
            wanted = Jobs(self.table, "import").get(job["id"])["status"] != "stopped"
        except NotFound:
            wanted = False
        if not wanted:
            for message in self.remove(job):
                if message["list_id"] == list_id:
                    self.on_unhook(message, lambda _: vendor)


@dataclass(frozen=True, slots=True)
class Hooks:
    """The webhooks of one job, in one run of it."""

    webhooks: Webhooks
    job: Job
    vendor: CampaignMonitor
    now: int
    run: str

    def ensure(self, list_id: str, scope: Scope) -> Check:
        """See `Webhooks.ensure`."""
        return self.webhooks.ensure(self.job, home_of(list_id, scope), self.vendor, self.now, self.run)

    def drop_others(self, scope: Scope) -> None:
        """Remove those of lists that are not imported any more."""
        messages = self.webhooks.remove(self.job, keep=scope.lists)
        unhook_now(self.webhooks, messages, lambda _: self.vendor, lambda: False)


def unhook_now(
    webhooks: Webhooks,
    messages: Sequence[Json],
    vendor_of: Callable[[str], CampaignMonitor],
    hurry: Callable[[], bool],
) -> list[Json]:
    """Try the messages of `remove` at once; return those left for the queue: refused for now, or no time."""
    left = []
    for message in messages:
        try:
            if hurry():
                left.append(message)
            else:
                webhooks.on_unhook(message, vendor_of)
        except LyticsCmError:
            left.append(message)
    return left


def home_of(list_id: str, scope: Scope) -> Json:
    """What a list's key tells the receiver."""
    client = {**scope.client, "zone": scope.zone}
    return {"list_id": list_id, "list_name": scope.lists[list_id], "client": client}


def _generation(job: Job) -> int:
    return int(job.get("webhook_generation", 1))


def _tells_all(hook: Webhook) -> bool:
    return set(EVENTS) <= set(hook.events) and hook.payload_format.casefold() == "json"


def _hash_in(hook: Webhook) -> str | None:
    """The hash of the key in a webhook's URL; None when the URL is not of our shape."""
    _, found, key = hook.url.partition(PATH)
    return hash_of(key) if found else None


def _view(known: Json) -> Json:
    times = {name: known.get(name) for name in ("registered_at", "checked_at", "last_delivery_at")}
    return {
        "list_id": known["list_id"],
        "webhook_id": known.get("webhook_id"),
        "active": bool(known.get("active")),
        **{name: rfc3339(at) if at else None for name, at in times.items()},
    }
