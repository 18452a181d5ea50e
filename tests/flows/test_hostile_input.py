"""What strangers and mistakes send to the front door: each is answered in the contract's words, and nothing odd is kept."""

import base64
import json
from http import HTTPStatus

import pytest

from lytics_cm import web
from tests.flows.exporting import exporting

DEEP = "[" * 100_000
NESTED = "[" * 5000 + "]" * 5000
LONG = "x" * 5000
IDS = (
    LONG,
    "..",
    ".",
    "%2e%2e%2fclients",
    "%00",
    "%ED%A0%BD",
    "%F0%9F%8E%89" * 400,
    "a b",
    "*",
    "a,b",
    "%u0041",
    "\u2019",
)
CURSORS = (
    "here",
    LONG,
    "\x00",
    "🎉",
    "people:",
    "ünï",
    *(
        base64.urlsafe_b64encode(json.dumps(place).encode()).decode()
        for place in (
            LONG,
            "",
            "half \ud83d",
            "nul \0",
            {},
            [],
            [[]],
            1.5,
            [1, 2],
            [10**30, "x"],
            True,
            ["a", 1],
            "🎉" * 400,
        )
    ),
)
WITH_CURSOR = ("/imports/{import}/failures", "/imports/{import}/runs", "/exports/{export}/failures", "/exports/{dry}/plan", "/exports/{export}/ledger", "/exports/{export}/activity", "/profiles/{email}/rows", "/profiles/{email}/explain", "/blocks")  # fmt: skip


@pytest.fixture(scope="module")
def stage():
    with exporting() as made:
        made.known = {
            "import": made.product.start_import(made.authorization, made.vendor.clients[0].id),
            "export": made.create("vip").json["id"],
            "dry": made.create("vip", dry_run=True).json["id"],
        }
        made.product.pump()
        row = {"stream": "cm_activity", "ts": 1, "fields": {"email": "jane@example.com", "event": "open"}}
        made.product.sqs.send_message(
            QueueUrl=made.product.names["RowsQueue"], MessageBody=json.dumps({"rows": [row]})
        )
        made.product.pump()
        made.known |= {"email": "jane@example.com"}
        yield made


def routes(stage):
    return [route.split(" ") for route in stage.product.deployment.routes()]


def fields_of(answer):
    return [one["field"] for one in answer.json["details"]]


def wanted(stage, kind, **change):
    valid = {
        "imports": {"authorization_id": stage.authorization, "client_id": stage.vendor.clients[0].id},
        "exports": {
            "authorization_id": stage.authorization,
            "list_id": stage.list.id,
            "audiences": [{"slug": "vip"}],
        },
    }
    return valid[kind] | change


@pytest.mark.parametrize(
    "body", [DEEP, NESTED, '{"a":' * 40 + "1" + "}" * 40], ids=["open", "closed", "objects"]
)
def test_json_that_is_too_deep_is_a_400_wherever_a_body_is_read(stage, body):
    answers = [
        stage.api.call(*place, body=body)
        for place in [
            ("POST", "/authorizations"),
            ("POST", "/imports"),
            ("PATCH", f"/imports/{stage.known['import']}"),
            ("POST", "/exports"),
            ("PUT", "/streams/cm_user/mapping"),
        ]
    ]

    assert {answer.status for answer in answers} == {400}


@pytest.mark.parametrize("odd", IDS)
def test_an_id_that_cannot_be_one_is_not_found_and_asks_nobody(stage, odd):
    calls = len(stage.vendor.calls)

    for method, template in routes(stage):
        names = [part[1:-1] for part in template.split("/") if part.startswith("{")]
        if names and "webhooks" not in template:
            path = template
            for name in names:
                path = path.replace(f"{{{name}}}", odd)
            answer = stage.api.call(method, path, body="{}")
            allowed = (422, 404) if "email" in names else (404, 403)
            assert answer.status in allowed, (method, path, answer)

    assert len(stage.vendor.calls) == calls


@pytest.mark.parametrize("cursor", CURSORS)
@pytest.mark.parametrize("template", WITH_CURSOR)
def test_a_cursor_that_we_did_not_make_is_invalid(stage, template, cursor):
    answer = stage.api.get(template.format(**stage.known), cursor=cursor)

    assert (answer.status, fields_of(answer)) == (422, ["cursor"])


@pytest.mark.parametrize(
    "limit", ["9" * 5000, "0" * 5000 + "7", "٣", "²", "1e2", "-1", "1.0", " 7", "", "0x10"]
)
def test_a_limit_that_is_no_number_is_invalid(stage, limit):
    answer = stage.api.get("/profiles/jane@example.com/rows", limit=limit)

    assert (answer.status, fields_of(answer)) == (422, ["limit"])


@pytest.mark.parametrize(
    ("body", "is_base64"),
    [
        (None, False),
        ("", False),
        ("\ufeff", False),
        ("{", False),
        ('{"description": NaN}', False),
        ('{"description": -Infinity}', False),
        ("description=x", False),
        (base64.b64encode(b'{"description": "\xff"}').decode(), True),
        ("not base64", True),
        ("ü", True),
    ],
)
def test_what_is_no_json_is_a_400(stage, body, is_base64):
    answer = stage.api.call("POST", "/authorizations", body=body, is_base64=is_base64)

    assert (answer.status, answer.json["details"]) == (400, [])


@pytest.mark.parametrize("body", ["null", "[]", "7", '"x"', "true", "1e400", "9" * 5000])
def test_json_that_is_no_object_is_invalid(stage, body):
    answer = stage.api.call("POST", "/authorizations", body=body)

    assert (answer.status, fields_of(answer)) == (422, ["body"])


def test_a_body_in_base64_and_with_a_mark_of_byte_order_is_read(stage):
    body = base64.b64encode(b'\xef\xbb\xbf{"description": "B\xc3\xbcro"}').decode()

    answer = stage.api.call("POST", "/authorizations", body=body, is_base64=True)

    assert (answer.status, answer.json["description"]) == (201, "Büro")


def all_but_events(product):
    """How many items there are, the audit log aside."""
    return sum(item["job"] != "events" for item in product.items("JobsTable"))


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        *(("imports", "every_minutes", value) for value in (1e3, True, "60", 0, 10**50, None, [60])),
        *(("imports", "keep_updated", value) for value in ("true", 1, 0, None, "yes")),
        *(("imports", "list_ids", value) for value in (None, "x", {}, ["x"] * 1001)),
        *(("imports", "list_ids.0", value) for value in ("..", "a/b", "", 7, LONG, "ü")),
        *(("imports", "client_id", value) for value in ("..", "../clients", "", LONG, 7, None, "a?b")),
        *(("imports", "authorization_id", value) for value in ("🎉", LONG, "a b", "\0")),
        *(
            ("imports", "description", value)
            for value in ("x" * 501, 7, "nul \0", "half \ud83d", "two\nlines")
        ),
        *(("exports", "list_id", value) for value in ("..", LONG, {}, "a#b")),
        *(("exports", "audiences", value) for value in (None, [], {}, "vip", [{"slug": "a"}, {"slug": "a"}])),
        *(
            ("exports", "audiences.0.slug", value)
            for value in ("", "   ", LONG, "nul \0", "half \ud83d", "a\tb", 7)
        ),
        *(("exports", "audiences.0.name", value) for value in ("x" * 251, "two\nlines", ["x"])),
        *(("exports", "email_field", value) for value in ("", LONG, None, "\x1b")),
        *(("exports", "field_mappings", value) for value in (None, [], "x")),
        *(("exports", "dry_run", value) for value in ("true", 1, None)),
        ("exports", "unheard_of", 1),
    ],
)
def test_a_value_that_is_not_allowed_is_invalid_and_its_field_is_named(stage, kind, field, value):
    before = all_but_events(stage.product)
    name, _, rest = field.partition(".")
    for part in reversed(rest.split(".") if rest else []):
        value = [value] if part.isdigit() else {"slug": "vip", part: value}

    answer = stage.api.post(f"/{kind}", wanted(stage, kind, **{name: value}))

    assert (answer.status, fields_of(answer)[0]) == (422, field)
    assert all_but_events(stage.product) == before


def test_a_name_that_no_text_has_is_invalid(stage):
    answers = [
        stage.api.post("/exports", wanted(stage, "exports", field_mappings={"half \ud83d": "City"})),
        stage.api.post("/exports", wanted(stage, "exports", **{"half \ud83d": 1})),
        stage.api.post("/exports", wanted(stage, "exports", **{LONG: 1})),
    ]

    assert [answer.status for answer in answers] == [422] * 3
    assert max(len(answer.body) for answer in answers) < 1000


def test_of_very_many_faults_a_hundred_are_told(stage):
    answer = stage.api.post("/imports", {str(number): number for number in range(5000)})

    assert (answer.status, len(answer.json["details"])) == (422, 100)


def test_a_description_of_blanks_is_none(stage):
    answer = stage.api.patch(f"/imports/{stage.known['import']}", {"description": "  "})

    assert (answer.status, answer.json["description"]) == (200, None)


def test_a_job_that_is_too_large_to_be_stored_is_refused_by_its_field(stage):
    audiences = [{"slug": f"a{number}", "name": f"{number}" + "🎉" * 246} for number in range(500)]
    mappings = {f"f{number}" + "🎉" * 200: "City" for number in range(100)}

    answers = [
        stage.api.post("/exports", wanted(stage, "exports", audiences=audiences)),
        stage.api.post("/exports", wanted(stage, "exports", field_mappings=mappings)),
    ]

    assert [(answer.status, fields_of(answer)) for answer in answers] == [
        (422, ["audiences"]),
        (422, ["field_mappings"]),
    ]


@pytest.mark.parametrize("name", ["state", "code", "error", "error_description"])
@pytest.mark.parametrize(
    "odd", [*IDS, "0123456789abcdef.half \ud83d", "0123456789abcdef." + LONG, "\0", "{uri}"]
)
def test_a_browser_that_comes_back_with_anything_gets_a_page(stage, name, odd):
    answer = stage.api.call("GET", "/oauth/callback", query=[("code", "x"), (name, odd)])

    assert (answer.status, answer.headers["Content-Type"]) == (400, "text/html; charset=utf-8")


def test_a_cursor_of_an_exports_failures_says_of_which(stage):
    cursor = base64.urlsafe_b64encode(b'"nobody:x"').decode()

    answer = stage.api.get(f"/exports/{stage.known['export']}/failures", cursor=cursor)

    assert (answer.status, fields_of(answer)) == (422, ["cursor"])


def test_an_answer_that_tells_of_half_a_character_can_be_sent():
    assert web.answer(HTTPStatus.OK, {"name": "half \ud83d"}).body == '{"name": "half ?"}'
