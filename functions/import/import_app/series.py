"""Reads a paged series of Campaign Monitor: a list's subscribers in one state, a report of a campaign or a journey.

Each page is a task of its own. The first one calls for some others, these for the next, as a tree, and promises a
`finish`, which is sent by whoever marks the last page. It has pages read again that have moved meanwhile, one by one,
and then the edges numbered: block by block, each with its rows if they are few, or with a task for each page or two.
So no task holds more rows than two pages have. A finished series is known to later runs: its total, and from where to
go on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from import_app import sources, stitching
from import_app.tasks import Json, Outcome, Task
from import_app.usable import made_of
from lytics_cm.campaign_monitor.api import PAGE_SIZE
from lytics_cm.campaign_monitor.records import Page
from lytics_cm.errors import Rejected
from lytics_cm.members import Records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from import_app.notebook import Notebook
    from import_app.sources import Context

MOST_READ_AGAIN = 50
"""Pages read again at most when a series moved while it was read; the next sweep or reconciliation does the rest."""
MOST_EDGES = 2 * PAGE_SIZE
"""Edge rows that a task numbers and sends, more only if one page has more."""
BLOCK = 256
"""So many pages are looked at together for the numbers of their edges: twenty bytes for each edge row."""
BRANCHES = 64
"""So many further pages are called for by each page."""
MINUTE_CHARS = len("2026-11-23 10:00")
BEYOND_THE_LAST = 800
"""Campaign Monitor's Code for a page that there is not; whether it says so or sends an empty one is not known."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A page as it came: records of the vendor, the rows they make, and what could not be used.

    `dates` are the records' times, in the client's zone, of those that have one that can be; `at` is when the page was
    asked for (epoch ms).
    """

    records: list[Any]
    rows: list[Json]
    failures: list[Json]
    pages: int
    total: int
    dates: list[str]
    at: int


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
    inner, edges = _split(source, reading)
    note = {**summary(reading), "page": number, "at": context.now}
    promised = 0
    if number == 1:
        counts |= added({}, stage, pages - foreseen(source))
        promised = 1
    outcome = Outcome(_final(task, inner), [], reading.failures, counts, promised=promised)
    return _noted(task, outcome, context.notebook, note, (pages, context.now), edges)


def read_again(task: Task, context: Context) -> Outcome:
    """Read a page once more that was read under an older total, and look again at all of them."""
    args = task.args
    reading = fetch(task, context, args["page"])
    inner, edges = _split(args["source"], reading)
    note = {
        **summary(reading),
        "page": args["page"],
        "at": max(context.now, args["after"] + 1),
        "confirms": stitching.is_unmoved(args["before"], reading.records),
    }
    context.notebook.write(args["name"], note, context.now, edges)
    following = [finish_task(task, args["pages"], args["tries"])]
    return Outcome(_final(task, inner), following, reading.failures, {"calls": 1})


def finish(task: Task, context: Context) -> Outcome:
    """All pages have been read: have one read again if it may have moved meanwhile; if not, number their edges."""
    args = task.args
    notes = stitching.Confirmed(context.notebook.notes(args["name"]))
    again: list[Task] = []
    gaps: list[Json] = []
    if sum(1 for _ in notes) == args["pages"]:
        stale = stitching.most_stale(notes) if args.get("tries", 0) < MOST_READ_AGAIN else None
        if stale is not None:
            return Outcome(tasks=[_again_task(task, notes, stale)])
        again, gaps = sources.learn(task, context, notes)
    stitched = stitch(task, context) if sources.is_numbered(args["source"]) else Outcome()
    return replace(
        stitched, tasks=[*stitched.tasks, *again], failures=[*stitched.failures, *gaps], counts=totals(again)
    )


def stitch(task: Task, context: Context) -> Outcome:
    """Number the edges of a block of pages, and call for the next block."""
    name, first, notebook = task.args["name"], task.args.get("from", 1), context.notebook
    last = min(first + BLOCK - 1, task.args["pages"])
    following = _next_block(task)
    groups = stitching.grouped(notebook.edges(name, first, last), MOST_EDGES)
    told = stitching.told_before(groups, notebook.edges_before(name, first))
    if len(groups) <= 1:
        rows = stitching.numbered(notebook.edge_rows(name, first, last), next(told, None))
        return Outcome(rows, following, used=(first, last))
    starts = [first, *(group[0].page for group in groups[1:])]
    notebook.write_before(name, zip(starts, told, strict=True), context.now)
    ends = [start - 1 for start in starts[1:]] + [last]
    parts = [_edges_task(task, *pages) for pages in zip(starts, ends, strict=True)]
    return Outcome(tasks=[*following, *parts])


def number_edges(task: Task, context: Context) -> Outcome:
    """Number the edges of a page or a few, after what was found to be told before them."""
    name, first, last = task.args["name"], task.args["from"], task.args["to"]
    before = context.notebook.before(name, first)
    rows = stitching.numbered(context.notebook.edge_rows(name, first, last), before)
    return Outcome(rows, used=(first, last))


def give_up(task: Task, notebook: Notebook, now: int) -> Outcome:
    """A page that cannot be had, or edges: its series ends without it, and is read again by the next run."""
    if task.task not in ("page", "again", "finish", "stitch", "edges"):
        return Outcome()
    args, source = task.args, task.args["source"]
    if source["kind"] == "campaign":
        notebook.forget(sources.campaign_key(source["id"], source["sent"]))
    if task.task in ("finish", "edges", "stitch"):
        if source["kind"] != "subscribers":
            notebook.unlearn(sources.report_key(source))
        return Outcome(tasks=_next_block(task) if task.task == "stitch" else [])
    number, pages = args["page"], args["pages"]
    if task.task == "page" and number == 1:
        return Outcome(counts=added({}, sources.stage(source), 1 - foreseen(source)))
    note = {"page": number, "failed": True}
    if task.task == "again":
        notebook.write(args["name"], note, now)
        return Outcome(tasks=[finish_task(task, pages, args["tries"])])
    return _noted(task, Outcome(), notebook, note, (pages, now))


def _noted(
    task: Task,
    outcome: Outcome,
    notebook: Notebook,
    note: Json,
    at: tuple[int, int],
    edges: list[Json] | None = None,
) -> Outcome:
    """The outcome of one of several pages, which calls for others, and for the end if it is the last to be read.

    `at` is how many there are, and now. It is marked as read when its note is written and those that it calls for are
    counted: whoever marks the last one knows that there is nothing before the end.
    """
    name, number, (pages, now) = task.args["name"], note["page"], at

    def last() -> list[Task]:
        is_last, of = notebook.mark(name, number, pages, now)
        return [finish_task(task, of)] if is_last else []

    return replace(
        outcome,
        tasks=_following(task, number, pages),
        write=lambda: notebook.write(name, note, now, edges),
        last=last,
    )


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


def _following(task: Task, number: int, pages: int) -> list[Task]:
    """The pages that are called for by a page: all of them are by one, the first by nobody."""
    first = (number - 1) * BRANCHES + 2
    return [page_task(task, following, pages) for following in range(first, min(first + BRANCHES, pages + 1))]


def finish_task(parent: Task, pages: int, tries: int = 0) -> Task:
    """The end of a series, after so many pages were read again."""
    args = {**_common(parent), "pages": pages, "tries": tries}
    unit = f"{parent.args['name']}/finish" + (f"/{tries}" if tries else "")
    return parent.child(unit, "finish", args)


def _again_task(task: Task, notes: Iterable[Json], stale: int) -> Task:
    """Another reading of a page; the note of it goes with it, for the reading will replace it."""
    tries, note = task.args.get("tries", 0) + 1, next(islice(notes, stale, None))
    before = {"records": note["records"], "digest": note["digest"]}
    args = {**_common(task), "pages": task.args["pages"], "page": note["page"], "before": before}
    args |= {"after": max(one["at"] for one in notes), "tries": tries}
    return task.child(f"{args['name']}/{note['page']}/again/{tries}", "again", args)


def _next_block(task: Task) -> list[Task]:
    first = task.args.get("from", 1) + BLOCK
    if first > task.args["pages"]:
        return []
    args = {**_common(task), "pages": task.args["pages"], "from": first}
    return [task.child(f"{args['name']}/stitch/{first}", "stitch", args)]


def _edges_task(task: Task, first: int, last: int) -> Task:
    args = {**_common(task), "from": first, "to": last}
    return task.child(f"{args['name']}/edges/{first}", "edges", args)


def _common(task: Task) -> Json:
    """What all tasks of a series are told."""
    return {"name": task.args["name"], "source": task.args["source"]}


def fetch(task: Task, context: Context, number: int) -> Reading:
    """One call to Campaign Monitor, and the rows that its page makes."""
    source = task.args["source"]
    page = _page(source, context, number)
    rows, failures = made_of(page.records, lambda record: sources.row(record, source, context), task.unit)
    missed, unknown = sources.missed(page.records, source, context, task.unit)
    dates = [record.date for record in page.records if sources.is_dated(record, context)]
    total = stitching.UNKNOWN if page.total is None else page.total
    return Reading(
        page.records.told, [*rows, *missed], [*failures, *unknown], page.pages, total, dates, context.now
    )


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


def _split(source: Json, reading: Reading) -> tuple[list[Json], list[Json] | None]:
    """A page's rows, and those of its edges, which say when their page was asked for; None where no rows have numbers."""
    if not sources.is_numbered(source):
        return reading.rows, None
    inner, edges = stitching.split(reading.rows)
    return inner, [{**row, "received_at": reading.at} for row in edges]


def _final(task: Task, rows: list[Json]) -> list[Json]:
    return stitching.numbered(rows) if sources.is_numbered(task.args["source"]) else rows
