"""Imports and exports: the jobs, their runs, what failed, what was done of whom, what would be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lytics_cm_cli.drawing import charts
from lytics_cm_cli.drawing.words import card, named, part, period, plain, since, stacked, state, table, when

type Job = Mapping[str, Any]
type Items = Sequence[Mapping[str, Any]]

OUTCOMES = ("added", "updated", "removed", "skipped", "failed")


def imports(items: Items) -> Table:
    drawn = table("import", "client", "status", "pages", ">rows", "next run", "#id")
    for job in items:
        run = job.get("run") or {}
        pages = run.get("pages") or {}
        drawn.add_row(
            plain(job.get("description")),
            plain(part(job, "client")),
            state(job["status"]),
            plain(f"{pages.get('done', 0):,} of {pages.get('total', 0):,}" if pages else None),
            plain(sum((run.get("rows") or {}).values())),
            when(job.get("next_run_at")),
            plain(job["id"]),
        )
    return drawn


def exports(items: Items) -> Table:
    drawn = table("export", "list", "audiences", "status", *(f">{name}" for name in OUTCOMES), "#id")
    for job in items:
        drawn.add_row(
            plain(job.get("description")),
            plain(part(job, "list")),
            plain([named(one) for one in job["audiences"]]),
            _export_state(job),
            *(plain(job["counts"].get(name, 0)) for name in OUTCOMES),
            plain(job["id"]),
        )
    return drawn


def _export_state(job: Job) -> Text:
    return Text.assemble(state(job["status"]), (" (dry run)", "yellow") if job.get("dry_run") else "")


def an_import(job: Job, now: float) -> RenderableType:
    """One import: what it reads, how its run goes, what it may keep."""
    run = job.get("run") or {}
    lists = job.get("lists") or job.get("list_ids") or []
    return card(
        (
            ("Import", plain(named(job), "bold")),
            ("Status", state(job["status"])),
            ("Says", job.get("message")),
            ("Account", part(job, "authorization")),
            ("Client", part(job, "client")),
            ("Lists", [named(one) for one in lists] or "all"),
            ("Keep updated", f"every {job['every_minutes']} min" if job["keep_updated"] else "no"),
            ("Next run", since(job.get("next_run_at"), now) or None),
            ("Consent", job.get("tracking_consent")),
            ("Webhooks", len(job.get("webhooks") or [])),
            ("Run", a_run(run, now) if run else None),
            ("Id", job["id"]),
        )
    )


def a_run(run: Mapping[str, Any], now: float) -> Group:
    """A run in a few lines, with a bar for all its pages."""
    pages = run["pages"]
    bar = Text.assemble(charts.bar(progress(run)), f" {pages['done']:,} of {pages['total']:,} pages")
    rows = ", ".join(f"{count:,} rows of {stream}" for stream, count in run["rows"].items())
    lines: list[RenderableType] = [
        Text.assemble(state(run["status"]), plain(f", began {since(run['started_at'], now)}")),
        bar,
        plain(rows),
    ]
    told = {
        name: run.get(name)
        for name in ("new_rows", "changed_profiles", "rejected", "withheld", "failed_pages")
    }
    odd = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in told.items() if count)
    if odd:
        lines.append(plain(odd))
    if left := run.get("seconds_left"):
        lines.append(plain(f"about {period(left)} left"))
    if waiting := run.get("waiting"):
        lines.append(waits(waiting, now))
    return Group(*lines)


def progress(run: Mapping[str, Any]) -> float:
    """How much of a run is done: what the API says, which never falls, else its pages."""
    found = run.get("progress")
    return found if isinstance(found, int | float) else share_of(run["pages"])


def share_of(counted: Mapping[str, int]) -> float:
    return counted["done"] / counted["total"] if counted["total"] else 0.0


def waits(waiting: Mapping[str, Any], now: float) -> Text:
    """What a run waits for, since when, and when it tries again."""
    again = since(waiting.get("next_try_at"), now)
    told = f"waits since {since(waiting.get('since'), now)}: {plain(waiting.get('reason'))}; next try {again}"
    return Text(told, "yellow")


def an_export(job: Job) -> RenderableType:
    """One export: where people go, what is sent of them, what became of them."""
    return card(
        (
            ("Export", plain(named(job), "bold")),
            ("Status", _export_state(job)),
            ("Says", job.get("message")),
            ("Account", part(job, "authorization")),
            ("List", part(job, "list")),
            ("Audiences", [named(one) for one in job["audiences"]]),
            ("Options", _options(job) or "none"),
            ("Fields", {"Email": job["email_field"], "Name": job["name_field"], **_mapped(job)}),
            ("Give to Lytics", job.get("audience_webhook_url")),
            ("Existing users", scans(job.get("existing") or []) if job.get("existing") else None),
            ("People", charts.bars({name: job["counts"].get(name, 0) for name in OUTCOMES})),
            ("Notes", Group(*(plain(note) for note in job["notes"])) if job.get("notes") else None),
            ("Id", job["id"]),
        )
    )


def _options(job: Job) -> list[str]:
    flags = ("existing_users", "resubscribe_users", "queue_autoresponders", "dry_run")
    named_ = [name.replace("_", " ") for name in flags if job.get(name)]
    fields = [
        f"{name}: {job[name]}"
        for name in ("consent_field", "sms_field", "sms_consent_field")
        if job.get(name)
    ]
    return [*named_, *fields]


def _mapped(job: Job) -> dict[str, str]:
    return {target: source for source, target in job["field_mappings"].items()}


def scans(existing: Items) -> Table:
    """How far the people of each audience have been read."""
    drawn = Table.grid(padding=(0, 2))
    for one in existing:
        total, read = one.get("total") or 0, one.get("read") or 0
        share = 1.0 if one.get("done") else read / total if total else 0.0
        drawn.add_row(
            plain(one["slug"]),
            charts.bar(share),
            plain(f"{read:,}"),
            plain(one["failed"], "red") if one.get("failed") else "",
        )
    return drawn


def runs(items: Items) -> Group:
    """The runs of an import, newest first, with how long each took as a column of a chart."""
    waited = ("waited",) if any("waited_seconds" in run for run in items) else ()
    drawn = table(
        "began", "by", "took", *waited, "status", "pages", ">rows", ">new", ">rejected", ">calls", "why"
    )
    for run in items:
        drawn.add_row(
            when(run["began_at"]),
            plain(run.get("trigger")),
            plain(period(run["seconds"]) if run.get("seconds") is not None else None),
            *(plain(period(run["waited_seconds"])) for _ in waited),
            state(run["status"]),
            plain(f"{run['pages']['done']:,} of {run['pages']['total']:,}"),
            plain(sum(run["rows"].values())),
            plain(run.get("new_rows")),
            plain(run.get("rejected")),
            plain(run.get("calls")),
            plain(run.get("reason")),
        )
    took = [run.get("seconds") or 0 for run in reversed(items)]
    chart = Text.assemble(("seconds, oldest first ", "dim"), charts.columns(took)) if len(took) > 1 else None
    return stacked(drawn, chart)
