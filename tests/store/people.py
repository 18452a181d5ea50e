"""Rows for tests, and what a profile of them must be, worked out without the store."""

import json

from lytics_cm.streams import Row, join
from profile_app.lql import Mapping
from profile_app.mappings import default_texts

CITIES = ", valuect(city) AS cities KIND map[string]intsum\nFROM cm_activity"
TEXTS = default_texts()
RULES = Mapping.parse(TEXTS | {"cm_activity": TEXTS["cm_activity"].replace("FROM cm_activity", CITIES)})
"""The default mappings, and a field that tells of every row what it says."""
OTHER = (
    "SELECT email(email) AS email KIND string, {column}\nFROM {stream}\nINTO user\nBY email\nALIAS {stream}"
)
OTHER_RULES = Mapping.parse(
    {
        "cm_user": OTHER.format(stream="cm_user", column="set(name) AS names KIND []string"),
        "cm_activity": OTHER.format(
            stream="cm_activity", column="valuect(city) AS cities KIND map[string]intsum"
        ),
    }
)
NOON = 1_709_640_000_000
MINUTE = 60_000
JANE = "jane@example.com"


def make_fact(email=JANE, event="click", minute=0, seconds=0, nth=0, **columns):
    fields = {"email": email, "event": event, "list_id": "l1", "campaign_id": "c1", **columns}
    return Row("cm_activity", email, NOON + minute * MINUTE + seconds * 1000, fields, nth=nth)


def make_unsubscribe(email=JANE, minute=0, **columns):
    fields = {"email": email, "event": "deactivate", "status": "unsubscribe", "list_id": "l1", **columns}
    return Row("cm_activity", email, NOON + minute * MINUTE, fields)


def make_snapshot(email=JANE, status="active", minute=0, seen=0, witness="read", list_id="l1", **columns):
    fields = {"email": email, "status": status, "list_id": list_id, "list_name": "News", **columns}
    return Row("cm_user", email, NOON + minute * MINUTE, fields, seen=NOON + seen * MINUTE, witness=witness)


def counted(rows):
    """The rows that count, of all tellings: facts joined by identity, of each snapshot the one in force."""
    facts, tellings = {}, {}
    for row in rows:
        if row.stream == "cm_user":
            tellings.setdefault((row.email, row.fields["list_id"]), []).append(row)
        else:
            place = (row.email, row.key)
            facts[place] = join(facts[place], row) if place in facts else row
    return [*facts.values(), *(in_force(told) for told in tellings.values())]


def in_force(tellings):
    """The snapshot that counts, by the rules in words: see `snapshots.py`."""
    reads = sorted(
        (row for row in tellings if row.witness == "read"), key=lambda row: (row.ts, row.seen, _text(row))
    )
    hooks = sorted(
        (row for row in tellings if row.witness == "hook"), key=lambda row: (row.ts, _text(row), -row.seen)
    )
    if not reads or not hooks:
        return _plain((reads or hooks)[-1])
    read, hook = reads[-1], hooks[-1]
    if read.fields["status"] == hook.fields["status"]:
        later = hook if hook.seen > read.seen and hook.ts >= read.ts else read
        return _plain(later, max(read.ts, hook.ts))
    if read.ts != hook.ts:
        return _plain(max(read, hook, key=lambda row: row.ts))
    return _plain(read if read.seen > hook.seen else hook)


def expected(rows, email=JANE, rules=RULES):
    """The fields of the profile and the number of its rows."""
    mine = [row for row in counted(rows) if row.email == email]
    return rules.render(rules.fold(mine)), len(mine)


def _plain(row, ts=None):
    return Row("cm_user", row.email, row.ts if ts is None else ts, row.fields)


def _text(row):
    return json.dumps(row.fields, sort_keys=True, separators=(",", ":"))
