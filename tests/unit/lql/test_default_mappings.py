"""The default mappings are the published tables, and give the right profile.

See docs/reference/mapping-tables.md.
"""

import collections
import itertools
import json
from pathlib import Path
from types import SimpleNamespace

from profile_app import lql
from profile_app.mappings import default_texts
from tests import oracle

SEED = Path(__file__).parents[2] / "data/seed_tables.txt"
"""The two tables, as they are published."""
TABLES = json.loads((Path(__file__).parent / "cases" / "seed.json").read_text(encoding="utf-8"))
"""The same two tables, cell by cell."""
MAPPING = lql.Mapping.parse(default_texts())

LIST = {
    "email": "Jane Doe <Jane.Doe@Example.COM>",
    "list_id": "a58e",
    "list_name": "Newsletter",
    "client_id": "4a39",
    "client_name": "Acme",
}
CAMPAIGN = LIST | {"campaign_id": "787a", "campaign_name": "Spring"}
PLACE = {"cc": "US", "city": "Portland", "region": "Oregon"}
LINK = {"url": "https://www.example.com/spring/sale?utm_source=cm#top"}

SIX_ROWS = [
    {"stream": "cm_user", "ts": 1709258400000, "fields": LIST | {"name": "Jane Doe", "status": "active"}},
    {"stream": "cm_activity", "ts": 1709647200000, "fields": CAMPAIGN | {"event": "sent"}},
    {"stream": "cm_activity", "ts": 1709649000000, "fields": CAMPAIGN | PLACE | {"event": "open"}},
    {"stream": "cm_activity", "ts": 1709651100000, "fields": CAMPAIGN | PLACE | LINK | {"event": "click"}},
    {"stream": "cm_activity", "ts": 1710025800000, "fields": CAMPAIGN | PLACE | {"event": "open"}},
    {
        "stream": "cm_activity",
        "ts": 1710029100000,
        "fields": LIST | {"event": "deactivate", "status": "unsubscribe"},
    },
]

SIX_ROWS_PROFILE = {
    "email": "jane.doe@example.com",
    "email_domain": "example.com",
    "cm_name": "Jane Doe",
    "cm_list_ids_status": {"a58e": "active"},
    "cm_list_names_status": {"Newsletter": "active"},
    "cm_client_ids": ["4a39"],
    "cm_client_names": ["Acme"],
    "cm_listids": ["a58e"],
    "cm_list_names": ["Newsletter"],
    "cm_campaign_ids": ["787a"],
    "cm_campaign_names": ["Spring"],
    "cm_sendct": 1,
    "cm_openct": 2,
    "cm_clickct": 1,
    "cm_firstopen_ts": "2024-03-05T14:30:00.000Z",
    "cm_lastopen_ts": "2024-03-09T23:10:00.000Z",
    "cm_firstclick_ts": "2024-03-05T15:05:00.000Z",
    "cm_lastclick_ts": "2024-03-05T15:05:00.000Z",
    "cm_unsub_ts": 1710029100000,
    "last_active_ts": "2024-03-09T23:10:00.000Z",
    "channels": ["email"],
    "country_code": "US",
    "city": "Portland",
    "region": "Oregon",
    "cm_email_urls": ["https://www.example.com/spring/sale?utm_source=cm#top"],
    "cm_email_event": {"sent": 1, "open": 2, "click": 1, "deactivate": 1},
    "hashedurls": {"1150823103759216905": 1},
    "cm_hourlyopen": {"14": 1, "23": 1},
    "cm_hourofweek": {"62": 1, "167": 1},
    "cm_monthly": {"2403": 2},
}


def rows_of(shapes):
    return [SimpleNamespace(**shape) for shape in shapes]


def seed_lines():
    """The lines of both tables in the published text, whose cells stand side by side without a separator."""
    lines = iter(SEED.read_text(encoding="utf-8").splitlines())
    for stream in ("cm_user", "cm_activity"):
        heading = f"The following fields are included in the default mapping of the {stream} stream:"
        assert heading in lines
        table = itertools.dropwhile(lambda line: not line.startswith("Source Field"), lines)
        yield from itertools.islice(itertools.takewhile(bool, table), 1, None)


def side_by_side(row):
    condition = f"IF {row['condition']}" if row["condition"] else ""
    unique = " unique id" if row["unique_id"] else ""
    return f"{row['expression']}{condition}{row['field']}{unique}{row['description']}{row['kind']}"


def test_the_default_mappings_are_the_tables_cell_by_cell_in_their_order():
    ours = [column._asdict() for column in MAPPING.columns]

    assert ours == TABLES
    assert collections.Counter(row["stream"] for row in TABLES) == {"cm_user": 7, "cm_activity": 27}


def test_the_tables_are_those_of_the_owner_line_by_line():
    assert [side_by_side(row) for row in TABLES] == list(seed_lines())


def test_six_rows_give_the_whole_profile_of_the_reference():
    assert MAPPING.render(MAPPING.fold(rows_of(SIX_ROWS))) == SIX_ROWS_PROFILE


def test_the_oracle_gives_the_whole_profile_of_the_reference():
    assert oracle.profile(SIX_ROWS) == SIX_ROWS_PROFILE


def test_a_row_tells_what_it_alone_makes_of_a_profile():
    sent = rows_of(SIX_ROWS)[1]

    assert MAPPING.contributions(sent) == {
        "email": "jane.doe@example.com",
        "email_domain": "example.com",
        "cm_sendct": 1,
        "cm_campaign_ids": ["787a"],
        "cm_campaign_names": ["Spring"],
        "cm_client_ids": ["4a39"],
        "cm_client_names": ["Acme"],
        "cm_listids": ["a58e"],
        "cm_list_names": ["Newsletter"],
        "cm_email_event": {"sent": 1},
    }


def test_a_row_that_names_nobody_makes_nothing():
    rows = rows_of([{"stream": "cm_activity", "ts": 0, "fields": {"event": "open", "email": "nobody"}}])

    assert MAPPING.render(MAPPING.fold(rows)) == {}


def test_a_row_of_another_stream_makes_nothing():
    rows = rows_of([{"stream": "web", "ts": 0, "fields": {"event": "open", "email": "a@b"}}])

    assert MAPPING.fold(rows) == {}
