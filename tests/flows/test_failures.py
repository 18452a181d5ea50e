"""What people ask of failures: of whom, of which code, how many, what to do; in JSON, or for a spreadsheet."""

import csv
import io

import boto3
import pytest

from lytics_cm.store.failures import record_failures
from simulators.campaign_monitor.generator import World
from tests.flows.exporting import exporting

EMPTY = World(clients=1, lists=1, subscribers=1, campaigns=0, activity=0, recipients=0, journeys=0)
NOW = 1_795_000_000_000
JANE = "jane@example.com"


class Failing:
    """A stage with an import and an export, whose failures a test puts there."""

    def __init__(self, stage):
        self.stage, self.product, self.api = stage, stage.product, stage.api
        self.importing = self.product.start_import(stage.authorization, stage.vendor.clients[0].id)
        self.export = stage.start("vip")
        self.product.pump()

    def record(self, *failures):
        table = boto3.resource("dynamodb").Table(self.product.names["JobsTable"])
        told = [{"source": f"s{number}", **one} for number, one in enumerate(failures)]
        for number, one in enumerate(told):
            record_failures(table, self.importing, [one], NOW + number)

    def ask(self, kind="imports", **query):
        job = self.importing if kind == "imports" else self.export
        answer = self.api.get(f"/{kind}/{job}/failures", **query)
        assert answer.status == 200, answer.body
        return answer.json

    def walk(self, kind="imports", **query):
        """All pages, one after the other."""
        pages = [self.ask(kind, **query)]
        while pages[-1]["cursor"]:
            pages.append(self.ask(kind, **query, cursor=pages[-1]["cursor"]))
        return pages

    def spreadsheet(self, accept="text/csv", **query):
        path = f"/imports/{self.importing}/failures"
        return self.api.call("GET", path, query=list(query.items()), headers={"Accept": accept})


@pytest.fixture(scope="module")
def stage():
    with exporting(scenario=EMPTY) as made:
        yield Failing(made)


@pytest.fixture(autouse=True)
def clean(stage):
    yield
    table = boto3.resource("dynamodb").Table(stage.product.names["JobsTable"])
    with table.batch_writer() as batch:
        for item in stage.product.items("JobsTable"):
            if item["item"].startswith("failure#"):
                batch.delete_item(Key={"job": item["job"], "item": item["item"]})


def unusable(email=None, message="no address", code="unusable_record"):
    return {"email": email, "code": code, "message": message}


def test_failures_are_chosen_by_code_and_by_person_however_the_address_is_written(stage):
    stage.record(
        unusable(JANE), unusable("joe@example.com"), unusable(JANE, code=60), unusable(code="not_read")
    )

    def chosen(**query):
        return sorted((str(one["code"]), one["email"]) for one in stage.ask(**query)["items"])

    assert chosen(email="Jane <JANE@example.com>") == [("60", JANE), ("unusable_record", JANE)]
    assert chosen(code="60") == [("60", JANE)]
    assert chosen(code="not_read") == [("not_read", None)]
    assert chosen(code="60", email="joe@example.com") == []
    assert chosen(email="jane@example.co") == []


def test_the_first_page_counts_all_by_code_and_says_what_to_do(stage):
    stage.record(
        *(unusable(f"p{n}@example.com", f"bad {n}") for n in range(3)), unusable(code=60, message="No")
    )

    first, *others = stage.walk(limit="2")

    assert [(one["code"], one["count"], one["message"]) for one in first["summary"]] == [
        ("unusable_record", 3, "bad 2"),
        (60, 1, "No"),
    ]
    assert first["summary_complete"] is True
    assert first["summary"][1]["remedy"] == "connect the account again, granting all permissions asked for"
    assert {(page["summary"], page["summary_complete"]) for page in others} == {(None, None)}
    remedies = {one["code"]: one["remedy"] for page in (first, *others) for one in page["items"]}
    assert remedies == {one["code"]: one["remedy"] for one in first["summary"]}


def test_a_summary_of_a_person_is_of_the_person_and_one_of_a_code_of_all(stage):
    stage.record(unusable(JANE), unusable("joe@example.com"), unusable(JANE, code=60))

    assert [one["count"] for one in stage.ask(email=JANE)["summary"]] == [1, 1]
    assert [one["count"] for one in stage.ask(code="60")["summary"]] == [2, 1]


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_have_each_failure_once_whatever_is_chosen_and_however_few_a_page_has(stage, limit):
    stage.record(*(unusable(f"p{n}@example.com", code=n % 2 + 1) for n in range(7)))

    pages = stage.walk(limit=str(limit), code="1")

    found = [one["email"] for page in pages for one in page["items"]]
    assert sorted(found) == [f"p{n}@example.com" for n in (0, 2, 4, 6)]
    assert max(len(page["items"]) for page in pages) <= limit
    assert len(pages) == -(-4 // limit)


def test_one_answer_reads_ten_thousand_failures_at_most_and_says_so(stage):
    table = boto3.resource("dynamodb").Table(stage.product.names["JobsTable"])
    many = ({"source": str(n), **unusable(f"p{n}@example.com", code=n % 2 + 1)} for n in range(10_050))
    record_failures(table, stage.importing, many, NOW)

    first = stage.ask()
    pages = stage.walk(code="3")

    assert (len(first["items"]), first["summary_complete"]) == (500, False)
    assert sum(one["count"] for one in first["summary"]) == 10_000
    assert [len(page["items"]) for page in pages] == [0, 0]
    sheet = stage.spreadsheet()
    assert sheet.body.count("\r\n") == 1 + 10_000
    rest = stage.spreadsheet(cursor=sheet.headers["X-Cursor"])
    assert (rest.body.count("\r\n"), rest.headers.get("X-Cursor")) == (1 + 50, None)


def test_a_spreadsheet_has_a_header_and_a_line_for_each_and_no_cache_keeps_it(stage):
    stage.record(unusable(JANE, 'says "no", twice\nand more'))

    answer = stage.spreadsheet()

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    (line,) = list(csv.DictReader(io.StringIO(answer.body, newline="")))
    (item,) = stage.ask()["items"]
    assert line == {name: item[name] for name in ("email", "code", "message", "remedy", "at")}
    assert answer.body.startswith("email,code,message,remedy,at\r\njane@example.com,unusable_record,")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "\n@"])
def test_no_value_of_a_spreadsheet_is_a_formula(stage, start):
    stage.record(unusable(f"{start}cmd()@example.com", f"{start}1+1"))

    (line,) = list(csv.DictReader(io.StringIO(stage.spreadsheet().body, newline="")))

    assert line["message"] == f"'{start}1+1"
    assert line["email"].startswith("'")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv", "text/csv"),
        ("text/csv;q=0.9, application/json;q=0.1", "text/csv"),
        ("TEXT/CSV ; q=0.5, */*;q=0.1", "text/csv"),
        ("text/csv;q=0.1, application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/*", "application/json"),
        ("text/csv;q=0", "application/json"),
        ("text/csv;q=x", "application/json"),
        (",;,=", "application/json"),
    ],
)
def test_who_likes_csv_better_gets_it(stage, accept, kind):
    assert stage.spreadsheet(accept).headers["Content-Type"].partition(";")[0] == kind


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "501"},
        {"email": " "},
        {"email": "x" * 255},
        {"code": ""},
        {"cursor": "InRyaWdnZXJzOnge"},
        {"cursor": "InBlb3BsZTp4Ig=="},
    ],
)
def test_what_cannot_be_asked_for_is_refused_by_name(stage, query):
    answer = stage.api.get(f"/imports/{stage.importing}/failures", **query)

    assert (answer.status, [one["field"] for one in answer.json["details"]]) == (422, list(query))


def test_a_cursor_goes_on_with_other_choices_without_harm(stage):
    stage.record(*(unusable(f"p{n}@example.com") for n in range(3)))
    cursor = stage.ask(limit="1")["cursor"]

    found = [stage.ask(cursor=cursor, email=f"p{n}@example.com")["items"] for n in range(3)]

    assert sorted(map(len, found)) == [0, 1, 1]


def test_exports_have_the_same_of_people_and_of_triggers(stage):
    for email in ("p1@localhost", "p2@localhost", JANE):
        stage.stage.lytics.enter(email, "vip")
    stage.stage.run()
    url = stage.product.job(stage.export, "exports")["audience_webhook_url"].partition("/prod")[2]
    stage.api.post(url, {"email": "p2@localhost", "segment_events": [{"event": "enter"}]})

    first, *others = stage.walk("exports", limit="2")
    of_one = stage.ask("exports", email="P2@localhost")

    assert [(one["code"], one["count"]) for one in first["summary"]] == [(1, 2), ("unusable_record", 1)]
    assert first["summary"][0]["remedy"] == "correct the address in Lytics"
    assert [one["email"] for one in first["items"]] == ["p1@localhost", "p2@localhost"]
    assert [one["code"] for page in others for one in page["items"]] == ["unusable_record"]
    assert [one["code"] for one in of_one["items"]] == [1, "unusable_record"]
    assert stage.product.job(stage.export, "exports")["counts"]["failed"] == 2
