"""What a person should know though nobody is needed now: who waits for a vendor, and alerts that reach nobody. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from system_app.views import export_of, import_of, moment, named

if TYPE_CHECKING:
    from system_app.findings import Findings, Work

type Json = dict[str, Any]

MAIL, WEBHOOK = "mail", "webhook"
WAITS = "tried again soon: "
"""How an export's message begins while it waits for a vendor."""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something to know; `job` is `{id, kind, name}`, `since` epoch ms."""

    kind: str
    what: str
    remedy: str
    since: int | None = None
    job: Json | None = None

    def view(self) -> Json:
        """As the contract has it."""
        shown = {name: getattr(self, name) for name in ("kind", "what", "remedy", "job")}
        return {**shown, "since": moment(self.since)}


def warnings_of(found: Findings) -> Iterator[Warned]:
    """What to know: jobs that wait for a vendor first."""
    if found.work:
        yield from _waiting_imports(found.work)
        yield from _waiting_exports(found.work)
    if not found.channels:
        yield Warned(
            "alerts_reach_nobody",
            "nobody is told when something breaks",
            "Deploy with AlarmEmail, or with AlarmEmail and AlarmWebhookUrl; see docs/operations.md, section Alarms.",
        )
    elif MAIL not in found.channels:
        yield Warned(
            "alerts_without_mail",
            "nobody is told if the inspection itself stops: the webhook is told by it, and mail would be by AWS",
            "Deploy with AlarmEmail as well; see docs/operations.md, section Alarms.",
        )


def _waiting_imports(work: Work) -> Iterator[Warned]:
    for job in work.imports:
        run = work.runs.get(job.id)
        if job.status == "running" and run and run.id == job.run_id and run.is_waiting:
            yield Warned(
                "waiting",
                f"{named(import_of(job))} waits: {run.waiting_reason}",
                f"Nothing is to be done: it tries again at {moment(run.waiting_until)}, for two days.",
                run.waiting_since,
                import_of(job),
            )


def _waiting_exports(work: Work) -> Iterator[Warned]:
    for job in work.exports:
        if job["status"] in ("starting", "running") and (told := _waits(job)):
            yield Warned(
                "waiting",
                f"{named(export_of(job))} waits: {told}",
                "Nothing is to be done: it tries again by itself, for two days.",
                job=export_of(job),
            )


def _waits(job: Mapping[str, Any]) -> str:
    message = str(job.get("message") or "")
    return message.removeprefix(WAITS) if message.startswith(WAITS) else ""
