"""Removes webhooks: first their keys open nothing any more, then Campaign Monitor deletes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from import_app.registration.tasks import REMOVE, WebhookTask
from import_app.registration.urls import WebhookUrls, hash_in
from lytics_cm.errors import LyticsCmError, PermanentError
from lytics_cm.store.webhooks import Keys, Registrations

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.store.jobs import ImportJob


@dataclass(frozen=True, slots=True)
class WebhookRemoval:
    """Takes away the webhooks of import jobs; every step may be repeated."""

    table: Table
    urls: WebhookUrls

    def shut_out(self, job: ImportJob, keep: Iterable[str] = ()) -> list[WebhookTask]:
        """Shut out all webhooks of the job but those of the lists to keep.

        Return a task for each at the vendor.
        """
        kept = set(keep)
        lists = [known["list_id"] for known in Registrations(self.table).all(job.id)]
        return [self.shut_out_one(job, list_id) for list_id in lists if list_id not in kept]

    def shut_out_one(self, job: ImportJob, list_id: str) -> WebhookTask:
        """Answer the deliveries of a list 404 from now on; return the task that deletes its webhook.

        The registration stays: it knows since when deliveries may be missing, if
        the webhook should ever be wanted again.
        """
        hashes = self.urls.hashes(job, list_id)
        for digest in hashes:
            Keys(self.table).revoke(digest)
        Registrations(self.table).note(job.id, list_id, {"webhook_id": None, "active": False})
        keys = tuple(sorted(hashes))
        return WebhookTask(job.id, REMOVE, list_id, authorization_id=job.authorization_id, keys=keys)

    def on_removal(self, task: WebhookTask, vendor_of: Callable[[str], CampaignMonitor]) -> None:
        """Delete the webhooks of a list that has those keys; a vendor that will not be asked is left alone.

        Two calls. Raises `TransientError`: the task must come again.
        """
        keys = Keys(self.table)
        hashes = {digest for digest in task.keys if keys.find_hash(digest) is None}
        try:
            vendor = vendor_of(task.authorization_id)
            for hook in vendor.webhooks_of(task.list_id):
                if hash_in(hook) in hashes:
                    vendor.delete_webhook(task.list_id, hook.id)
        except PermanentError:
            return

    def at_once(
        self,
        tasks: Sequence[WebhookTask],
        vendor_of: Callable[[str], CampaignMonitor],
        is_late: Callable[[], bool] = lambda: False,
    ) -> list[WebhookTask]:
        """Do tasks; return those left for the queue: refused for now, or it was late."""
        left = []
        for task in tasks:
            try:
                if is_late():
                    left.append(task)
                else:
                    self.on_removal(task, vendor_of)
            except LyticsCmError:
                left.append(task)
        return left
