"""Reads a paged series of Campaign Monitor: a list's subscribers in one state, a report of a campaign or a journey.

Each page is a task of its own. The first one calls for the others and, when there are others, for a `finish`, which is
sent by whoever reads the last page. A finished series is known to later runs: its total, and from where to go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from import_app import sources, stitching
from import_app.tasks import Json, Outcome, Task
from lytics_cm.errors import UnreadableMessage

if TYPE_CHECKING:
    from import_app.sources import Context

MOST_READ_AGAIN = 50
"""Pages read again at most when a series moved while it was read; the next sweep or reconciliation does the rest."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A page as it came: records of the vendor, the rows they make, and what could not be used."""

    records: list[Any]
    rows: list[Json]
    failures: list[Json]
    pages: int
    total: int


def first_page(parent: Task, name: str, source: Json) -> Task:
    """The task that begins a series; `source` says what it is (see `sources`)."""
    return parent.child(f"{name}/1", "page", {"name": name, "source": source, "page": 1, "pages": 0})


def read(task: Task, context: Context) -> Outcome:
    """Read one page."""
    number = task.args["page"]
    reading = fetch(task, context, number)
    pages = reading.pages if number == 1 else task.args["pages"]
    stage = sources.stage(task.args["source"])
    counts = {"calls": 1, "pages_done": 1, f"{stage}_done": 1}
    if pages <= 1:
        again, gaps = sources.learn(task, context, [summary(reading)])
        return Outcome(_final(task, reading.rows), again, [*reading.failures, *gaps], counts | totals(again))
    inner, edges = (
        stitching.split(reading.rows) if sources.is_numbered(task.args["source"]) else (reading.rows, [])
    )
    note = {**summary(reading), "page": number, "edges": edges}
    read_so_far = context.notebook.note(task.args["name"], number, note, context.now)
    finish = [finish_task(task, pages)] if len(read_so_far) >= pages else []
    if number > 1:
        return Outcome(_final(task, inner), [], reading.failures, counts, also=finish)
    others = [page_task(task, number, pages) for number in range(2, pages + 1)]
    counts |= {"pages_total": len(others), f"{stage}_total": len(others)}
    return Outcome(_final(task, inner), others, reading.failures, counts, also=finish, promised=1)


def finish(task: Task, context: Context) -> Outcome:
    """Put the edges of all pages together, after reading again what moved meanwhile."""
    notes = context.notebook.notes(task.args["name"])
    whole = [note for note in notes if not note.get("failed")]
    rows, failures, calls = [], [], 0
    if len(whole) == task.args["pages"] and not stitching.is_steady(whole):
        for note in reversed(whole[-MOST_READ_AGAIN:]):
            reading = fetch(task, context, note["page"])
            calls += 1
            unmoved = stitching.is_unmoved(note, reading.records)
            inner, edges = stitching.split(reading.rows)
            note |= {**summary(reading), "edges": edges}
            rows += inner
            failures += reading.failures
            if unmoved:
                break
    edges = [row for note in whole for row in note["edges"]]
    rows = _final(task, rows) + _final(task, edges)
    again: list[Task] = []
    if len(whole) == task.args["pages"]:
        again, gaps = sources.learn(task, context, whole)
        failures += gaps
    return Outcome(rows, again, failures, {"calls": calls} | totals(again))


def give_up(task: Task, context: Context) -> Outcome:
    """A page that cannot be had: the series ends without it, and is not known to later runs."""
    if task.task != "page" or task.args["page"] == 1:
        return Outcome()
    note = {"page": task.args["page"], "failed": True}
    read_so_far = context.notebook.note(task.args["name"], task.args["page"], note, context.now)
    pages = task.args["pages"]
    return Outcome(also=[finish_task(task, pages)] if len(read_so_far) >= pages else [])


def page_task(parent: Task, number: int, pages: int) -> Task:
    args = {**parent.args, "page": number, "pages": pages}
    return parent.child(f"{parent.args['name']}/{number}", "page", args)


def finish_task(parent: Task, pages: int) -> Task:
    args = {**parent.args, "page": 0, "pages": pages}
    return parent.child(f"{parent.args['name']}/finish", "finish", args)


def fetch(task: Task, context: Context, number: int) -> Reading:
    """One call to Campaign Monitor, and the rows that its page makes."""
    source = task.args["source"]
    page = sources.page(source, context, number)
    rows, failures = [], []
    for record in page.records:
        try:
            row = sources.row(record, source, context)
        except UnreadableMessage as error:
            failures.append({"source": task.unit, "email": str(record.email)[:254], "message": str(error)})
        else:
            if row is not None:
                rows.append(row)
    rows += sources.missed(page.records, source, context)
    return Reading(list(page.records), rows, failures, page.pages, page.total)


def totals(tasks: list[Task]) -> dict[str, int]:
    """What first pages add to the run's totals."""
    counts = {"pages_total": len(tasks)}
    for task in tasks:
        name = f"{sources.stage(task.args['source'])}_total"
        counts[name] = counts.get(name, 0) + 1
    return counts


def summary(reading: Reading) -> Json:
    """What later runs and the stitching need to know of a page."""
    dates = [str(getattr(record, "date", None) or "")[:16] for record in reading.records]
    return {
        "records": len(reading.records),
        "digest": stitching.digest(reading.records),
        "total": reading.total,
        "first": dates[0] if dates else "",
        "last": dates[-1] if dates else "",
        "of_first": sum(date == dates[0] for date in dates),
        "of_last": sum(date == dates[-1] for date in dates),
    }


def _final(task: Task, rows: list[Json]) -> list[Json]:
    return stitching.numbered(rows) if sources.is_numbered(task.args["source"]) else rows
