"""Reads a paged series of Campaign Monitor: people of a list in one state, or a report.

Each page is a task of its own. The first one calls for some others, these for the next, as a tree, and
promises a `finish`, which is sent by whoever marks the last page. It has pages read again that have moved
meanwhile, one by one, and then the edges numbered: block by block, each with its rows if they are few, or
with a task for each page or two. So no task holds more rows than two pages have. A finished series is known
to later runs: its total, and from where to go on.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Self

from import_app.reading import stitching
from import_app.reading.pages import fetch
from import_app.reading.sources import People, Report, campaign_key, message_of, source_of
from import_app.reading.stitching import Edge
from import_app.tasks import Json, Task, TaskResult
from lytics_cm.campaign_monitor.records import PAGE_SIZE
from lytics_cm.store.progress import UNEXPLORED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from import_app.checkpoints import Checkpoints
    from import_app.reading.context import Context
    from import_app.reading.sources import Source

MOST_READ_AGAIN = 50
"""Pages read again at most when a series moved while it was read; the next visit or reconciliation does the
rest."""
MOST_EDGES = 2 * PAGE_SIZE
"""Edge rows that a task numbers and sends, more only if one page has more."""
BLOCK = 256
"""So many pages are looked at together for the numbers of their edges: twenty bytes for each edge row."""
BRANCHES = 64
"""So many further pages are called for by each page."""
MEMBERS = {"first": "from", "last": "to"}
"""What fields of a part are called in a message, where that is another name."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a task of a series is about: the series, what it is one of, and which page of how many.

    `tries` is how many pages were read again. One that is has its note `before`, read not later than `after`
    (epoch ms). Edges are numbered from the page `first` to `last`.
    """

    name: str
    source: Source
    page: int = 1
    pages: int = 0
    tries: int = 0
    first: int = 1
    last: int = 0
    before: Json = field(default_factory=dict)
    after: int = 0

    @classmethod
    def of(cls, task: Task) -> Self:
        """The part that a task's arguments tell."""
        args = task.args
        members = {one.name: MEMBERS.get(one.name, one.name) for one in fields(cls)}
        told = {name: args[member] for name, member in members.items() if member in args}
        return cls(**{**told, "source": source_of(args["source"])})

    def task(self, parent: Task, unit: str, kind: str, *needed: str) -> Task:
        """A task of that kind, which needs these of the members."""
        more = {MEMBERS.get(name, name): getattr(self, name) for name in needed}
        return parent.child(
            f"{self.name}/{unit}", kind, {"name": self.name, "source": message_of(self.source), **more}
        )

    def numbered(self, rows: list[Json]) -> list[Json]:
        """Rows that have no edges, as they are sent."""
        return stitching.numbered(rows) if self.source.is_numbered else rows


def first_page(parent: Task, name: str, source: Source) -> Task:
    """The task that begins a series; `source` says what it is (see `sources`)."""
    return _page_task(parent, Part(name, source))


def read(task: Task, context: Context) -> TaskResult:
    """Read one page."""
    part = Part.of(task)
    source, stage = part.source, part.source.stage
    page = fetch(source, context, part.page, task.unit)
    part = replace(part, pages=page.pages) if part.page == 1 else part
    counts = {"calls": 1, "pages_done": 1, f"{stage}_done": 1}
    if part.page == 1 and not is_foreseen(source):
        counts[UNEXPLORED] = -1
    if part.pages <= 1:
        again, gaps = _learn(part, context, [page.summary()])
        counts = begun(added(counts, stage, 1 - foreseen(source)), again)
        following = _again_as_a_whole(task, part, again)
        return TaskResult(part.numbered(page.rows), following, [*page.failures, *gaps], counts)
    inner, edges = page.split(source)
    note = {**page.summary(), "page": part.page, "at": context.now}
    promised = 0
    if part.page == 1:
        counts = added(counts, stage, part.pages - foreseen(source))
        promised = 1
    result = TaskResult(part.numbered(inner), [], page.failures, counts, promised=promised)
    write = partial(_write, context.checkpoints, part.name, note, context.now, edges)
    return _noted(task, part, result, context.checkpoints, context.now, write)


def read_again(task: Task, context: Context) -> TaskResult:
    """Read a page once more that was read under an older total, and look again at all of them."""
    part = Part.of(task)
    page = fetch(part.source, context, part.page, task.unit)
    inner, edges = page.split(part.source)
    note = {
        **page.summary(),
        "page": part.page,
        "at": max(context.now, part.after + 1),
        "confirms": stitching.is_unmoved(part.before, page.records),
    }
    _write(context.checkpoints, part.name, note, context.now, edges)
    return TaskResult(part.numbered(inner), [_finish_task(task, part)], page.failures, {"calls": 1})


def finish(task: Task, context: Context) -> TaskResult:
    """All pages have been read: have one read again if it may have moved meanwhile.

    If not, number their edges.
    """
    part = Part.of(task)
    notes = stitching.Confirmed(context.checkpoints.notes(part.name))
    again: list[Source] = []
    gaps: list[Json] = []
    if sum(1 for _ in notes) == part.pages:
        stale = stitching.most_stale(notes) if part.tries < MOST_READ_AGAIN else None
        if stale is not None:
            return TaskResult(tasks=[_again_task(task, part, notes, stale)])
        again, gaps = _learn(part, context, notes)
    stitched = stitch(task, context) if part.source.is_numbered else TaskResult()
    tasks = [*stitched.tasks, *_again_as_a_whole(task, part, again)]
    return replace(stitched, tasks=tasks, failures=[*stitched.failures, *gaps], counts=totals(again))


def stitch(task: Task, context: Context) -> TaskResult:
    """Number the edges of a block of pages, and call for the next block."""
    part, checkpoints = Part.of(task), context.checkpoints
    name, first, last = part.name, part.first, min(part.first + BLOCK - 1, part.pages)
    following = _next_block(task, part)
    groups = stitching.grouped(map(Edge.read, checkpoints.edges(name, first, last)), MOST_EDGES)
    told = stitching.told_before(groups, map(Edge.read, checkpoints.edges_before(name, first)))
    if len(groups) <= 1:
        rows = stitching.numbered(checkpoints.edge_rows(name, first, last), next(told, None))
        return TaskResult(rows, following, used=(first, last))
    starts = [first, *(group[0].page for group in groups[1:])]
    checkpoints.write_before(name, zip(starts, told, strict=True), context.now)
    ends = [start - 1 for start in starts[1:]] + [last]
    parts = [
        replace(part, first=start, last=end).task(task, f"edges/{start}", "edges", "first", "last")
        for start, end in zip(starts, ends, strict=True)
    ]
    return TaskResult(tasks=[*following, *parts])


def number_edges(task: Task, context: Context) -> TaskResult:
    """Number the edges of a page or a few, after what was found to be told before them."""
    part, checkpoints = Part.of(task), context.checkpoints
    before = checkpoints.before(part.name, part.first)
    rows = stitching.numbered(checkpoints.edge_rows(part.name, part.first, part.last), before)
    return TaskResult(rows, used=(part.first, part.last))


def give_up(task: Task, checkpoints: Checkpoints, now: int) -> TaskResult:
    """A page that cannot be had, or edges: its series ends without it, and is read again by the next run."""
    if task.task not in ("page", "again", "finish", "stitch", "edges"):
        return TaskResult()
    part, source = Part.of(task), Part.of(task).source
    if isinstance(source, Report) and source.kind == "campaign":
        checkpoints.forget(campaign_key(source.id, source.sent))
    if task.task in ("finish", "edges", "stitch"):
        if not isinstance(source, People):
            checkpoints.unlearn(source.key)
        return TaskResult(tasks=_next_block(task, part) if task.task == "stitch" else [])
    if task.task == "page" and part.page == 1:
        unexplored = {} if is_foreseen(source) else {UNEXPLORED: -1}
        return TaskResult(counts=added(unexplored, source.stage, 1 - foreseen(source)))
    note = {"page": part.page, "failed": True}
    if task.task == "again":
        checkpoints.write(part.name, note, now)
        return TaskResult(tasks=[_finish_task(task, part)])
    write = partial(checkpoints.write, part.name, note, now)
    return _noted(task, part, TaskResult(), checkpoints, now, write)


def foreseen(source: Source) -> int:
    """How many pages a series is taken to have before its first one says so."""
    if source.start or source.expected is None:
        return 1
    return max(1, -(-source.expected // PAGE_SIZE))


def is_foreseen(source: Source) -> bool:
    """Whether it is known how many pages a series has before its first one says so.

    What has changed since the last time is taken to be one.
    """
    return bool(source.start) or source.expected is not None


def added(counts: dict[str, int], stage: str, pages: int) -> dict[str, int]:
    """More pages in the totals of a stage and of the run; fewer are some that need not be read, so are done."""
    more = dict(counts)
    what = "total" if pages >= 0 else "done"
    for name in (f"pages_{what}", f"{stage}_{what}"):
        more[name] = more.get(name, 0) + abs(pages)
    return more


def begun(counts: dict[str, int], sources: Iterable[Source]) -> dict[str, int]:
    """With the pages of series that begin: as many as can be foreseen."""
    for source in sources:
        counts = added(counts, source.stage, foreseen(source))
        if not is_foreseen(source):
            counts[UNEXPLORED] = counts.get(UNEXPLORED, 0) + 1
    return counts


def totals(sources: Iterable[Source]) -> dict[str, int]:
    """What series that begin add to the run's totals: as many pages as can be foreseen."""
    return begun({}, sources)


def _noted(
    task: Task,
    part: Part,
    result: TaskResult,
    checkpoints: Checkpoints,
    now: int,
    write: Callable[[], None],
) -> TaskResult:
    """The result of one of several pages. It calls for others, and for the end if it is the last to be read.

    It is marked as read when its note is written and those that it calls for are counted: whoever marks the
    last one knows that there is nothing before the end.
    """

    def last() -> list[Task]:
        is_last, of = checkpoints.mark(part.name, part.page, part.pages, now)
        return [_finish_task(task, replace(part, pages=of, tries=0))] if is_last else []

    return replace(result, tasks=_following(task, part), write=write, last=last)


def _write(checkpoints: Checkpoints, name: str, note: Json, now: int, edges: list[Json] | None) -> None:
    """Write down a page, with the marks of its edge rows."""
    edge = None if edges is None else Edge.of(note["page"], edges).item()
    checkpoints.write(name, note, now, edges, edge)


def _learn(part: Part, context: Context, pages: Iterable[Json]) -> tuple[list[Source], list[Json]]:
    """Keep what a whole series has shown; return what must be read again, and what does not add up.

    `pages` are the summaries of all its pages in order (see `pages`).
    """
    again, gaps = part.source.learn(context, part.name, pages)
    return [] if again is None else [again], gaps


def _again_as_a_whole(task: Task, part: Part, sources: list[Source]) -> list[Task]:
    return [first_page(task, f"{part.name}/again", source) for source in sources]


def _page_task(parent: Task, part: Part) -> Task:
    return part.task(parent, f"{part.page}", "page", "page", "pages")


def _following(task: Task, part: Part) -> list[Task]:
    """The pages that are called for by a page: all of them are by one, the first by nobody."""
    first = (part.page - 1) * BRANCHES + 2
    numbers = range(first, min(first + BRANCHES, part.pages + 1))
    return [_page_task(task, replace(part, page=number)) for number in numbers]


def _finish_task(parent: Task, part: Part) -> Task:
    """The end of a series, after so many pages were read again."""
    unit = f"finish/{part.tries}" if part.tries else "finish"
    return part.task(parent, unit, "finish", "pages", "tries")


def _again_task(task: Task, part: Part, notes: Iterable[Json], stale: int) -> Task:
    """Another reading of a page; the note of it goes with it, for the reading will replace it."""
    note = next(islice(notes, stale, None))
    again = replace(
        part,
        page=note["page"],
        before={"records": note["records"], "digest": note["digest"]},
        after=max(one["at"] for one in notes),
        tries=part.tries + 1,
    )
    unit = f"{again.page}/again/{again.tries}"
    return again.task(task, unit, "again", "pages", "page", "before", "after", "tries")


def _next_block(task: Task, part: Part) -> list[Task]:
    first = part.first + BLOCK
    if first > part.pages:
        return []
    return [replace(part, first=first).task(task, f"stitch/{first}", "stitch", "pages", "first")]
