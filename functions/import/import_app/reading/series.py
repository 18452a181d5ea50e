"""Reads a paged series of Campaign Monitor: a list's subscribers in one state, a report of a campaign or a journey.

Each page is a task of its own. The first one calls for some others, these for the next, as a tree, and promises a
`finish`, which is sent by whoever marks the last page. It has pages read again that have moved meanwhile, one by one,
and then the edges numbered: block by block, each with its rows if they are few, or with a task for each page or two.
So no task holds more rows than two pages have. A finished series is known to later runs: its total, and from where to
go on.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from import_app.reading import sources, stitching
from import_app.reading.pages import fetch
from import_app.reading.stitching import Edge
from import_app.tasks import Json, Task, TaskResult
from lytics_cm.campaign_monitor.records import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from import_app.checkpoints import Checkpoints
    from import_app.reading.context import Context

MOST_READ_AGAIN = 50
"""Pages read again at most when a series moved while it was read; the next full refresh or reconciliation does the rest."""
MOST_EDGES = 2 * PAGE_SIZE
"""Edge rows that a task numbers and sends, more only if one page has more."""
BLOCK = 256
"""So many pages are looked at together for the numbers of their edges: twenty bytes for each edge row."""
BRANCHES = 64
"""So many further pages are called for by each page."""


def first_page(parent: Task, name: str, source: Json) -> Task:
    """The task that begins a series; `source` says what it is (see `sources`)."""
    return parent.child(f"{name}/1", "page", {"name": name, "source": source, "page": 1, "pages": 0})


def read(task: Task, context: Context) -> TaskResult:
    """Read one page."""
    number, source = task.args["page"], task.args["source"]
    page = fetch(task, context, number)
    pages = page.pages if number == 1 else task.args["pages"]
    stage = sources.stage(source)
    counts = {"calls": 1, "pages_done": 1, f"{stage}_done": 1}
    if pages <= 1:
        again, gaps = sources.learn(task, context, [page.summary()])
        counts |= added(totals(again), stage, 1 - foreseen(source))
        return TaskResult(_final(task, page.rows), again, [*page.failures, *gaps], counts)
    inner, edges = page.split(source)
    note = {**page.summary(), "page": number, "at": context.now}
    promised = 0
    if number == 1:
        counts |= added({}, stage, pages - foreseen(source))
        promised = 1
    result = TaskResult(_final(task, inner), [], page.failures, counts, promised=promised)
    return _noted(task, result, context.checkpoints, note, (pages, context.now), edges)


def read_again(task: Task, context: Context) -> TaskResult:
    """Read a page once more that was read under an older total, and look again at all of them."""
    args = task.args
    page = fetch(task, context, args["page"])
    inner, edges = page.split(args["source"])
    note = {
        **page.summary(),
        "page": args["page"],
        "at": max(context.now, args["after"] + 1),
        "confirms": stitching.is_unmoved(args["before"], page.records),
    }
    _write(context.checkpoints, args["name"], note, context.now, edges)
    following = [finish_task(task, args["pages"], args["tries"])]
    return TaskResult(_final(task, inner), following, page.failures, {"calls": 1})


def finish(task: Task, context: Context) -> TaskResult:
    """All pages have been read: have one read again if it may have moved meanwhile; if not, number their edges."""
    args = task.args
    notes = stitching.Confirmed(context.checkpoints.notes(args["name"]))
    again: list[Task] = []
    gaps: list[Json] = []
    if sum(1 for _ in notes) == args["pages"]:
        stale = stitching.most_stale(notes) if args.get("tries", 0) < MOST_READ_AGAIN else None
        if stale is not None:
            return TaskResult(tasks=[_again_task(task, notes, stale)])
        again, gaps = sources.learn(task, context, notes)
    stitched = stitch(task, context) if sources.is_numbered(args["source"]) else TaskResult()
    return replace(
        stitched, tasks=[*stitched.tasks, *again], failures=[*stitched.failures, *gaps], counts=totals(again)
    )


def stitch(task: Task, context: Context) -> TaskResult:
    """Number the edges of a block of pages, and call for the next block."""
    name, first, checkpoints = task.args["name"], task.args.get("from", 1), context.checkpoints
    last = min(first + BLOCK - 1, task.args["pages"])
    following = _next_block(task)
    groups = stitching.grouped(map(Edge.read, checkpoints.edges(name, first, last)), MOST_EDGES)
    told = stitching.told_before(groups, map(Edge.read, checkpoints.edges_before(name, first)))
    if len(groups) <= 1:
        rows = stitching.numbered(checkpoints.edge_rows(name, first, last), next(told, None))
        return TaskResult(rows, following, used=(first, last))
    starts = [first, *(group[0].page for group in groups[1:])]
    checkpoints.write_before(name, zip(starts, told, strict=True), context.now)
    ends = [start - 1 for start in starts[1:]] + [last]
    parts = [_edges_task(task, *pages) for pages in zip(starts, ends, strict=True)]
    return TaskResult(tasks=[*following, *parts])


def number_edges(task: Task, context: Context) -> TaskResult:
    """Number the edges of a page or a few, after what was found to be told before them."""
    name, first, last = task.args["name"], task.args["from"], task.args["to"]
    before = context.checkpoints.before(name, first)
    rows = stitching.numbered(context.checkpoints.edge_rows(name, first, last), before)
    return TaskResult(rows, used=(first, last))


def give_up(task: Task, checkpoints: Checkpoints, now: int) -> TaskResult:
    """A page that cannot be had, or edges: its series ends without it, and is read again by the next run."""
    if task.task not in ("page", "again", "finish", "stitch", "edges"):
        return TaskResult()
    args, source = task.args, task.args["source"]
    if source["kind"] == "campaign":
        checkpoints.forget(sources.campaign_key(source["id"], source["sent"]))
    if task.task in ("finish", "edges", "stitch"):
        if source["kind"] != "subscribers":
            checkpoints.unlearn(sources.report_key(source))
        return TaskResult(tasks=_next_block(task) if task.task == "stitch" else [])
    number, pages = args["page"], args["pages"]
    if task.task == "page" and number == 1:
        return TaskResult(counts=added({}, sources.stage(source), 1 - foreseen(source)))
    note = {"page": number, "failed": True}
    if task.task == "again":
        checkpoints.write(args["name"], note, now)
        return TaskResult(tasks=[finish_task(task, pages, args["tries"])])
    return _noted(task, TaskResult(), checkpoints, note, (pages, now))


def _noted(
    task: Task,
    result: TaskResult,
    checkpoints: Checkpoints,
    note: Json,
    at: tuple[int, int],
    edges: list[Json] | None = None,
) -> TaskResult:
    """The result of one of several pages, which calls for others, and for the end if it is the last to be read.

    `at` is how many there are, and now. It is marked as read when its note is written and those that it calls for are
    counted: whoever marks the last one knows that there is nothing before the end.
    """
    name, number, (pages, now) = task.args["name"], note["page"], at

    def last() -> list[Task]:
        is_last, of = checkpoints.mark(name, number, pages, now)
        return [finish_task(task, of)] if is_last else []

    return replace(
        result,
        tasks=_following(task, number, pages),
        write=lambda: _write(checkpoints, name, note, now, edges),
        last=last,
    )


def _write(checkpoints: Checkpoints, name: str, note: Json, now: int, edges: list[Json] | None) -> None:
    """Write down a page, with the marks of its edge rows."""
    edge = None if edges is None else Edge.of(note["page"], edges).item()
    checkpoints.write(name, note, now, edges, edge)


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


def totals(tasks: list[Task]) -> dict[str, int]:
    """What first pages add to the run's totals: as many pages as can be foreseen."""
    counts: dict[str, int] = {}
    for task in tasks:
        source = task.args["source"]
        counts = added(counts, sources.stage(source), foreseen(source))
    return counts


def _final(task: Task, rows: list[Json]) -> list[Json]:
    return stitching.numbered(rows) if sources.is_numbered(task.args["source"]) else rows
