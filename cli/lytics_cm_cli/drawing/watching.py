"""A job as it goes on: bars of its stages, what it waits for and since when, and the time left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lytics_cm_cli.drawing import charts
from lytics_cm_cli.drawing.jobs import OUTCOMES, progress, share_of, waits
from lytics_cm_cli.drawing.words import instant, named, part, period, plain, state

type Job = Mapping[str, Any]

ALL = "all pages"


def watched(job: Job, now: float) -> Group:
    """An import or an export at a moment; `now` is epoch seconds."""
    return _export(job) if "audiences" in job else _import(job, now)


def _import(job: Job, now: float) -> Group:
    run = job.get("run")
    title = Text.assemble((f"{plain(_title(job, 'client'))}  ", "bold"), state((run or job)["status"]))
    if not run:
        return Group(title)
    ended = instant(run.get("finished_at"))
    began = instant(run["started_at"])
    took = (ended.timestamp() if ended else now) - (began.timestamp() if began else now)
    title.append(f"  {period(max(0, took))}", "dim")
    if (left := run.get("seconds_left")) is not None:
        title.append(f", about {period(left)} left", "dim")
    elif not ended and not run.get("waiting"):
        title.append(", time left not known yet", "dim")
    parts: list[RenderableType] = [title, bars(run)]
    rows = {**{f"rows of {name}": count for name, count in run["rows"].items()}, **_extras(run)}
    parts.append(plain(", ".join(f"{count:,} {name}" for name, count in rows.items()), "dim"))
    if waiting := run.get("waiting"):
        parts.append(waits(waiting, now))
    return Group(*parts, *_said(job))


def bars(run: Mapping[str, Any]) -> Table:
    """A bar for each stage that has begun, and one for all pages."""
    drawn = Table.grid(padding=(0, 2))
    drawn.add_column(style="dim")
    drawn.add_column()
    drawn.add_column(justify="right")
    for stage, counted in (run.get("stages") or {}).items():
        drawn.add_row(*_bar(stage, share_of(counted), counted))
    drawn.add_row(*_bar(ALL, progress(run), run["pages"]))
    return drawn


def _bar(name: str, share: float, counted: Mapping[str, int]) -> tuple[Text, Text, str]:
    style = "green" if share >= 1 else "cyan"
    return plain(name), charts.bar(share, 40, style), f"{counted['done']:,} of {counted['total']:,}"


def _extras(run: Mapping[str, Any]) -> dict[str, int]:
    names = ("new_rows", "changed_profiles", "rejected", "withheld", "failed_pages", "calls")
    return {name.replace("_", " "): run[name] for name in names if run.get(name)}


def _export(job: Job) -> Group:
    title = Text.assemble((f"{plain(_title(job, 'list'))}  ", "bold"), state(job["status"]))
    if job.get("dry_run"):
        title.append("  dry run: nothing is written", "yellow")
    drawn = Table.grid(padding=(0, 2))
    drawn.add_column(style="dim")
    drawn.add_column()
    drawn.add_column(justify="right")
    for one in job.get("existing") or []:
        read, total = one.get("read") or 0, one.get("total") or 0
        share = 1.0 if one.get("done") else read / total if total else 0.0
        drawn.add_row(
            plain(one["slug"]), charts.bar(share, 40, "green" if share >= 1 else "cyan"), f"{read:,} read"
        )
    counts = ", ".join(f"{job['counts'].get(name, 0):,} {name}" for name in OUTCOMES)
    return Group(title, *([drawn] if drawn.row_count else []), plain(counts, "dim"), *_said(job))


def _said(job: Job) -> Iterator[Text]:
    if job.get("message"):
        yield plain(job["message"], "yellow")


def _title(job: Job, what: str) -> str:
    return str(job.get("description") or part(job, what) or named(job))
