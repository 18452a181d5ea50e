"""Looks at people's consent page by page, in rotation: nothing at Campaign Monitor tells that it has changed.

A run reads some pages of the active people of lists that it does not read as a whole, from where the last run
ended. It reads all pages of a list that is due: of whom a webhook named more people than were asked for one by
one (see `import_app.due`). What it finds is kept with each page: a keyed hash of every address and consent. A person sends a row
only if their hash is not among those that were kept of this page and its neighbours, so that people who moved
by a page are known. What is kept names nobody.
"""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING

from import_app.reading.pages import page_of
from import_app.reading.sources import People
from import_app.reading.usable import made_of
from import_app.tasks import Json, Task, TaskResult
from lytics_cm.addresses import folded
from lytics_cm.campaign_monitor.records import MOST_PAGES
from lytics_cm.errors import UnreadableMessage
from lytics_cm.members import Records
from lytics_cm.streams import address

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from import_app.reading.context import Context
    from lytics_cm.campaign_monitor.records import Subscriber

LOOKS_PER_RUN = 10
"""Pages of lists that are not due."""
HASH_BYTES = 6
CURSOR = "looks"
"""Where it is kept at which page the next run begins: `{list, page}`."""
WHOLE = "looked/"
"""Where it is kept when all pages of a list that was due were read (`at`, epoch ms), with the list's id."""
STAGE = "consents"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pages of one list, from `page` to `last`; 0 stands for as many as there are."""

    list_id: str
    page: int = 1
    last: int = 0

    def after(self, pages: int) -> list[Stretch]:
        """What is left when `page` has been read, and there are so many."""
        end = min(self.last or pages, pages)
        return [replace(self, page=self.page + 1)] if self.page < end else []


def rotation(lists: Iterable[str], list_id: str = "", page: int = 1) -> list[Stretch]:
    """Once around all pages of the lists, from a page of one of them on."""
    there = sorted(lists)
    later, earlier = [one for one in there if one >= list_id], [one for one in there if one < list_id]
    around = [Stretch(one) for one in [*later, *earlier]]
    if page > 1 and later[:1] == [list_id]:
        around[0] = Stretch(list_id, page)
        around.append(Stretch(list_id, last=page - 1))
    return around


def begin(parent: Task, context: Context, swept: Mapping[str, int]) -> list[Task]:
    """The first look of a run, which calls for the next, and the first at each list that is due.

    `swept` says of each list that may be looked at when it was read as a whole (epoch ms).
    """
    if not swept:
        return []
    marked, seen = context.due.all(), context.known(WHOLE)
    due = {
        list_id: seen.get(f"{WHOLE}{list_id}", {})
        for list_id, at in swept.items()
        if marked.get(list_id, 0) > max(at, seen.get(f"{WHOLE}{list_id}", {}).get("at", 0))
    }
    known = context.known(CURSOR).get(CURSOR, {})
    around = rotation(swept.keys() - due.keys(), known.get("list", ""), known.get("page", 1))
    some = _following(parent, around[: LOOKS_PER_RUN + 1], {"left": LOOKS_PER_RUN, "cursor": known})
    whole = {
        list_id: {"left": MOST_PAGES, "began": context.now, "before": before}
        for list_id, before in due.items()
    }
    all_of_them = [_following(parent, [Stretch(list_id)], args) for list_id, args in whole.items()]
    return sum(all_of_them, some)


def read(task: Task, context: Context) -> TaskResult:
    """Look at one page (one call), and call for the next."""
    here, *rest = _stretches(task)
    source = People(list_id=here.list_id, state="active", known={}, then={})
    page = page_of(source, context, here.page)
    usable = Records(record for record in page.records if _is_usable(record))
    seen = {_hash(context.secret(), here.list_id, record): record for record in usable}
    key, before = _key(here.list_id, here.page), _known(here, context)
    old = set().union(*before.values())
    new = Records(record for digest, record in seen.items() if digest not in old)
    rows, _ = made_of(new, lambda record: source.row(record, context), task.unit)
    if seen.keys() != before.get(key):
        context.learn(key, _content(before.get(key)), _content(seen.keys()))
    following = [*here.after(page.pages), *rest]
    if "began" not in task.args and following:
        place = {"list": following[0].list_id, "page": following[0].page}
        context.learn(CURSOR, task.args["cursor"], place)
    elif "began" in task.args and not following:
        context.learn(f"{WHOLE}{here.list_id}", task.args["before"], {"at": task.args["began"]})
    tasks = _following(task, following, _spent(task))
    counts = {"calls": 1, "pages_done": 1, f"{STAGE}_done": 1} | totals(tasks)
    return TaskResult(rows, tasks, counts=counts)


def give_up(task: Task) -> TaskResult:
    """A page that cannot be had: the next list is looked at."""
    _, *rest = _stretches(task)
    tasks = _following(task, rest, _spent(task))
    return TaskResult(tasks=tasks, counts=totals(tasks))


def totals(tasks: Sequence[Task]) -> dict[str, int]:
    """What looks that are called for add to the run's totals."""
    return {"pages_total": len(tasks), f"{STAGE}_total": len(tasks)}


def _following(parent: Task, stretches: Sequence[Stretch], args: Json) -> list[Task]:
    """The next look, if there is something left to look at, and looks are left."""
    if not stretches or args["left"] <= 0:
        return []
    here = stretches[0]
    told = {**args, "stretches": [astuple(one) for one in stretches]}
    return [parent.child(f"{STAGE}/{here.list_id}/{here.page}", STAGE, told)]


def _spent(task: Task) -> Json:
    """What a task passes on to the next: one look less."""
    return {**task.args, "left": task.args["left"] - 1}


def _stretches(task: Task) -> list[Stretch]:
    return [Stretch(*one) for one in task.args["stretches"]]


def _key(list_id: str, page: int) -> str:
    return f"{STAGE}/{list_id}/{page:06d}"


def _known(here: Stretch, context: Context) -> dict[str, AbstractSet[bytes]]:
    """The hashes that were kept of a page and its neighbours, by key."""
    first_key, last_key = _key(here.list_id, here.page - 1), _key(here.list_id, here.page + 1)
    found = context.known_between(first_key, last_key)
    return {key: _hashes(content) for key, content in found.items()}


def _hashes(content: Json) -> AbstractSet[bytes]:
    packed = base64.b64decode(content["people"])
    return {packed[start : start + HASH_BYTES] for start in range(0, len(packed), HASH_BYTES)}


def _content(hashes: Iterable[bytes] | None) -> Json:
    return {} if hashes is None else {"people": base64.b64encode(b"".join(sorted(hashes))).decode()}


def _hash(secret: str, list_id: str, record: Subscriber) -> bytes:
    """What stands for an address and its consent, to whoever has the stack's secret."""
    what = json.dumps(["consent", list_id, folded(record.email), record.consent_to_track])
    return hmac.digest(secret.encode(), what.encode(), "sha256")[:HASH_BYTES]


def _is_usable(record: Subscriber) -> bool:
    """Whether the person can have a row: a full refresh lists those who cannot."""
    try:
        address(record.email)
    except UnreadableMessage:
        return False
    return True
