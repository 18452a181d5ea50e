"""Reads a paged series of Campaign Monitor: a list's subscribers in one state, a report of a campaign or a journey.

Each page is a task of its own. The first one calls for the others and, when there are others, for a `finish`, which is
sent by whoever reads the last page. A finished series is known to later runs: its total, and from where to go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from import_app import sources, stitching
from import_app.tasks import Json, Outcome, Task
from import_app.usable import made_of
from lytics_cm.campaign_monitor.api import PAGE_SIZE
from lytics_cm.campaign_monitor.records import Page
from lytics_cm.errors import Rejected
from lytics_cm.members import Records

if TYPE_CHECKING:
    from import_app.notebook import Notebook
    from import_app.sources import Context

MOST_READ_AGAIN = 20
"""Pages read again at most when a series moved while it was read; the next sweep or reconciliation does the rest."""
MINUTE_CHARS = len("2026-11-23 10:00")
BEYOND_THE_LAST = 800
"""Campaign Monitor's Code for a page that there is not; whether it says so or sends an empty one is not known."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A page as it came: records of the vendor, the rows they make, and what could not be used.

    `dates` are the records' times, in the client's zone, of those that have one that can be.
    """

    records: list[Any]
    rows: list[Json]
    failures: list[Json]
    pages: int
    total: int
    dates: list[str]


def first_page(parent: Task, name: str, source: Json) -> Task:
    """The task that begins a series; `source` says what it is (see `sources`)."""
    return parent.child(f"{name}/1", "page", {"name": name, "source": source, "page": 1, "pages": 0})


def read(task: Task, context: Context) -> Outcome:
    """Read one page."""
    number, source = task.args["page"], task.args["source"]
    reading = fetch(task, context, number)
    pages = reading.pages if number == 1 else task.args["pages"]
    stage = sources.stage(source)
    counts = {"calls": 1, "pages_done": 1, f"{stage}_done": 1}
    if pages <= 1:
        again, gaps = sources.learn(task, context, [summary(reading)])
        counts |= added(totals(again), stage, 1 - foreseen(source))
        return Outcome(_final(task, reading.rows), again, [*reading.failures, *gaps], counts)
    inner, edges = stitching.split(reading.rows) if sources.is_numbered(source) else (reading.rows, [])
    note = {**summary(reading), "page": number, "at": context.now, "edges": edges}
    read_so_far, pages = context.notebook.note(task.args["name"], number, pages, note, context.now)
    finish = [finish_task(task, pages)] if len(read_so_far) >= pages else []
    if number > 1:
        return Outcome(_final(task, inner), [], reading.failures, counts, also=finish)
    others = [page_task(task, number, pages) for number in range(2, pages + 1)]
    counts |= added({}, stage, pages - foreseen(source))
    return Outcome(_final(task, inner), others, reading.failures, counts, also=finish, promised=1)


def finish(task: Task, context: Context) -> Outcome:
    """Put the edges of all pages together, after reading again what moved meanwhile."""
    notes = [note for note in context.notebook.notes(task.args["name"]) if not note.get("failed")]
    rows, failures, calls = [], [], 0
    is_whole = len(notes) == task.args["pages"]
    while is_whole and calls < MOST_READ_AGAIN and (stale := stitching.most_stale(notes)) is not None:
        reading = fetch(task, context, notes[stale]["page"])
        calls += 1
        inner, edges = stitching.split(reading.rows)
        fresh = {**summary(reading), "page": notes[stale]["page"], "at": context.now + calls, "edges": edges}
        if stitching.is_unmoved(notes[stale], reading.records):
            stitching.confirm(notes, stale, reading.total)
        notes[stale] = fresh
        rows += _final(task, inner)
        failures += reading.failures
    rows += _final(task, [row for note in notes for row in _edges(note, context.now)])
    again: list[Task] = []
    if is_whole:
        again, gaps = sources.learn(task, context, notes)
        failures += gaps
    return Outcome(rows, again, failures, {"calls": calls} | totals(again))


def give_up(task: Task, notebook: Notebook, now: int) -> Outcome:
    """A page that cannot be had: its series ends without it, and is read again by the next run."""
    if task.task not in ("page", "finish"):
        return Outcome()
    number, source = task.args["page"], task.args["source"]
    if source["kind"] == "campaign":
        notebook.forget(f"campaign/{source['id']}")
    if task.task == "finish":
        return Outcome()
    if number == 1:
        return Outcome(counts=added({}, sources.stage(source), 1 - foreseen(source)))
    note = {"page": number, "failed": True}
    read_so_far, pages = notebook.note(task.args["name"], number, task.args["pages"], note, now)
    return Outcome(also=[finish_task(task, pages)] if len(read_so_far) >= pages else [])


def foreseen(source: Json) -> int:
    """How many pages a series is taken to have before its first one says so."""
    if source.get("from") or source.get("expected") is None:
        return 1
    return max(1, -(-int(source["expected"]) // PAGE_SIZE))


def added(counts: dict[str, int], stage: str, pages: int) -> dict[str, int]:
    """More (or fewer) pages in the totals of a stage and of the run."""
    more = dict(counts)
    for name in ("pages_total", f"{stage}_total"):
        more[name] = more.get(name, 0) + pages
    return more


def page_task(parent: Task, number: int, pages: int) -> Task:
    args = {**parent.args, "page": number, "pages": pages}
    return parent.child(f"{parent.args['name']}/{number}", "page", args)


def finish_task(parent: Task, pages: int) -> Task:
    args = {**parent.args, "page": 0, "pages": pages}
    return parent.child(f"{parent.args['name']}/finish", "finish", args)


def fetch(task: Task, context: Context, number: int) -> Reading:
    """One call to Campaign Monitor, and the rows that its page makes."""
    source = task.args["source"]
    page = _page(source, context, number)
    rows, failures = made_of(page.records, lambda record: sources.row(record, source, context), task.unit)
    missed, unknown = sources.missed(page.records, source, context, task.unit)
    dates = [record.date for record in page.records if sources.is_dated(record, context)]
    total = stitching.UNKNOWN if page.total is None else page.total
    return Reading(page.records.told, [*rows, *missed], [*failures, *unknown], page.pages, total, dates)


def _page(source: Json, context: Context, number: int) -> Page[Any]:
    """The page; an empty one when the vendor says that it ends before."""
    try:
        page: Page[Any] = sources.page(source, context, number)
    except Rejected as error:
        if error.code != BEYOND_THE_LAST or number == 1:
            raise
        return Page(Records(), number, number - 1, None)
    return page


def totals(tasks: list[Task]) -> dict[str, int]:
    """What first pages add to the run's totals: as many pages as can be foreseen."""
    counts: dict[str, int] = {}
    for task in tasks:
        source = task.args["source"]
        counts = added(counts, sources.stage(source), foreseen(source))
    return counts


def summary(reading: Reading) -> Json:
    """What later runs and the stitching need to know of a page."""
    dates = [date[:MINUTE_CHARS] for date in reading.dates]
    return {
        "records": len(reading.records),
        "digest": stitching.digest(reading.records),
        "total": reading.total,
        "first": dates[0] if dates else "",
        "last": dates[-1] if dates else "",
        "of_last": sum(date == dates[-1] for date in dates),
    }


def _edges(note: Json, now: int) -> list[Json]:
    """The rows that a page handed over, each with the time when its page was asked for."""
    return [{**row, "received_at": min(note["at"], now)} for row in note["edges"]]


def _final(task: Task, rows: list[Json]) -> list[Json]:
    return stitching.numbered(rows) if sources.is_numbered(task.args["source"]) else rows
