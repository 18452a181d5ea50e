"""The routes of profiles and mappings, from rows in the queue to answers."""

import json
from urllib.parse import quote

import pytest

from tests.product import Product
from tests.store.people import JANE, OTHER, expected, make_fact, make_snapshot

OPENS_BY_CITY = OTHER.format(stream="cm_activity", column="valuect(city) AS cities KIND map[string]intsum")


@pytest.fixture(scope="module")
def running():
    with Product() as product:
        yield product


@pytest.fixture
def product(running):
    yield running
    running.gateway.delete("/streams/cm_activity/mapping")
    running.gateway.delete(f"/profiles/{JANE}")
    running.pump()


def deliver(product, *rows):
    body = json.dumps({"rows": [row.message() for row in rows]})
    product.sqs.send_message(QueueUrl=product.names["RowsQueue"], MessageBody=body)
    product.pump()


def put_mapping(product, text, stream="cm_activity"):
    return product.gateway.call("PUT", f"/streams/{stream}/mapping", body=json.dumps({"mapping": text}))


def test_rows_in_the_queue_become_a_profile(product):
    rows = [make_fact(event="open"), make_snapshot(name="Jane")]

    deliver(product, *rows)

    shown = product.profile(JANE).json
    fields, count = expected(rows)
    fields.pop("cities", None)
    assert (shown["email"], shown["fields"], shown["rows"]) == (JANE, fields, count)
    assert shown["updated_at"].endswith("Z")


@pytest.mark.parametrize(
    "asked", ["JANE@example.com", quote("jane@example.com", safe=""), "Jane%40EXAMPLE.com"]
)
def test_an_address_is_found_however_it_is_written(product, asked):
    deliver(product, make_fact())

    assert product.profile(asked).json["email"] == JANE


def test_an_address_with_a_plus_sign_is_found(product):
    email = "jane+news@example.com"
    deliver(product, make_fact(email))

    assert product.profile(quote(email, safe="")).json["email"] == email
    assert product.gateway.delete(f"/profiles/{quote(email, safe='')}").status == 200


def test_what_is_no_address_is_invalid_and_a_stranger_is_not_found(product):
    assert product.profile("nobody").status == 422
    assert product.profile("stranger@example.com").status == 404
    assert product.gateway.get("/profiles/stranger@example.com/rows").status == 404
    assert product.gateway.get("/profiles/stranger@example.com/explain").status == 404


def test_rows_are_paged_by_cursor_newest_first(product):
    deliver(product, *(make_fact(minute=minute) for minute in range(5)))

    first = product.gateway.get(f"/profiles/{JANE}/rows", limit="3").json
    second = product.gateway.get(f"/profiles/{JANE}/rows", limit="3", cursor=first["cursor"]).json

    times = [row["ts"] for row in first["items"] + second["items"]]
    assert (len(first["items"]), len(second["items"]), second["cursor"]) == (3, 2, None)
    assert times == sorted(times, reverse=True)
    assert set(first["items"][0]) == {"stream", "ts", "fields"}


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "many"}, {"limit": "5000"}, {"cursor": "here"}])
def test_a_page_that_cannot_be_is_invalid(product, query):
    answer = product.gateway.get(f"/profiles/{JANE}/rows", **query)

    assert answer.status == 422
    assert [one["field"] for one in answer.json["details"]] == list(query)


def explained(product, **query):
    return product.gateway.get(f"/profiles/{JANE}/explain", **query).json


def test_a_count_is_explained_by_the_number_of_its_rows_and_the_newest_of_them(product):
    deliver(product, *(make_fact(event="open", minute=minute) for minute in range(8)), make_fact(minute=9))

    answer = explained(product)

    opens = answer["fields"]["cm_openct"]
    assert (opens["value"], opens["rows"], len(opens["newest"])) == (8, 8, 5)
    assert opens["made_by"] == [
        {"stream": "cm_activity", "expression": "count(event)", "condition": 'eq(event, "open")'}
    ]
    assert (answer["rows"], answer["read"], answer["cursor"]) == (9, 9, None)
    assert opens["newest"][0] == {
        "stream": "cm_activity",
        "ts": "2024-03-05T12:07:00.000Z",
        "fields": {"email": JANE, "event": "open", "list_id": "l1", "campaign_id": "c1"},
        "contribution": 1,
    }
    assert "decided_by" not in opens


def test_a_value_that_one_row_decides_names_that_row_however_old_it_is(product):
    minutes = range(12)
    deliver(
        product,
        *(make_fact(event="open", minute=each, city="Rome" if each < 7 else None) for each in minutes),
    )

    fields = explained(product)["fields"]

    decided = {
        name: fields[name]["decided_by"]["ts"][14:16] for name in fields if "decided_by" in fields[name]
    }
    assert decided == {
        "cm_firstopen_ts": "00",
        "cm_lastopen_ts": "11",
        "last_active_ts": "11",
        "city": "06",
        "email": "11",
        "email_domain": "11",
    }


def test_of_the_oldest_value_the_oldest_row_decides(product):
    oldest = OTHER.format(stream="cm_activity", column="city AS first_city MERGEOP oldest")
    assert put_mapping(product, oldest).status == 200
    deliver(product, *(make_fact(minute=each, city="Rome" if each % 2 else "Oslo") for each in (3, 4, 5, 6)))

    first = explained(product)["fields"]["first_city"]

    assert (first["value"], first["rows"], first["decided_by"]["ts"][14:16]) == ("Rome", 4, "03")


def test_the_elements_of_sets_and_maps_are_explained_one_by_one(product):
    deliver(
        product,
        *(make_fact(minute=minute, campaign_id=f"c{minute % 2}") for minute in range(7)),
        make_snapshot(list_id="l1", status="active", minute=20),
        make_snapshot(list_id="l2", status="bounced", minute=10),
    )

    fields = explained(product)["fields"]

    def elements(name):
        return {key: (each["rows"], each["newest"][14:16]) for key, each in fields[name]["elements"].items()}

    assert elements("cm_campaign_ids") == {"c0": (4, "06"), "c1": (3, "05")}
    assert elements("cm_email_event") == {"click": (7, "06")}
    assert elements("cm_list_ids_status") == {"l1": (1, "20"), "l2": (1, "10")}
    assert "elements" not in fields["cm_clickct"]


def test_an_explanation_of_very_many_rows_goes_on_at_its_cursor(product):
    deliver(product, *(make_fact(event="open", minute=minute) for minute in range(8)))

    first = explained(product, limit="6")
    second = explained(product, limit="6", cursor=first["cursor"])

    parts = [(answer["read"], answer["fields"]["cm_openct"]["rows"]) for answer in (first, second)]
    assert (parts, second["cursor"]) == ([(6, 6), (2, 2)], None)
    assert "decided_by" not in first["fields"]["cm_firstopen_ts"]
    assert second["fields"]["cm_firstopen_ts"]["decided_by"]["ts"] == "2024-03-05T12:00:00.000Z"


def test_an_erased_person_is_gone_and_may_come_again(product):
    rows = [make_fact(minute=minute) for minute in range(5)]
    deliver(product, *rows, make_snapshot())

    assert product.gateway.delete(f"/profiles/{JANE}").status == 200
    assert product.profile(JANE).status == 404
    assert JANE not in str([product.items(table) for table in ("RowsTable", "ProfilesTable")])

    deliver(product, rows[0])
    assert product.profile(JANE).json["rows"] == 1


def test_a_mapping_is_shown_replaced_and_reset(product):
    default = product.gateway.get("/streams/cm_activity/mapping").json

    replaced = put_mapping(product, OPENS_BY_CITY)
    shown = product.gateway.get("/streams/cm_activity/mapping").json
    reset = product.gateway.delete("/streams/cm_activity/mapping")

    columns = [
        ("email(email)", "email", True, "string"),
        ("valuect(city)", "cities", False, "map[string]intsum"),
    ]
    names = ("expression", "field", "unique_id", "type")
    lines = [dict(zip(names, one, strict=True)) | {"condition": None, "description": None} for one in columns]
    own = {"stream": "cm_activity", "mapping": OPENS_BY_CITY, "default": False, "columns": lines}
    assert (default["default"], replaced.status, replaced.json, shown) == (True, 200, own, own)
    assert reset.json == product.gateway.get("/streams/cm_activity/mapping").json == default


def test_a_text_that_is_no_mapping_is_refused_with_its_place(product):
    answer = put_mapping(
        product, "SELECT\n  nonsense(email) AS email\nFROM cm_activity INTO user BY email ALIAS x"
    )

    (found,) = answer.json["details"]
    assert answer.status == 422
    assert (found["field"], found["line"], found["column"]) == ("mapping", 2, 3)
    assert product.gateway.get("/streams/cm_activity/mapping").json["default"]


def test_a_text_that_contradicts_the_other_stream_is_refused_where_it_was_changed(product):
    text = product.gateway.get("/streams/cm_user/mapping").json["mapping"]
    changed = text.replace("set(client_id)", "client_id").replace(
        '"Campaign Monitor Client ID" KIND []string', '"Client" KIND string'
    )

    (found,) = put_mapping(product, changed, "cm_user").json["details"]

    assert (found["stream"], found["line"]) == ("cm_user", 8)
    assert found["message"] == (
        "cm_client_ids is string merged by latest here, but []string merged by merge in the mapping of cm_activity"
    )


@pytest.mark.parametrize("body", ["{", '{"mapping": 7}', "{}"])
def test_a_body_that_is_no_mapping_is_refused(product, body):
    answer = product.gateway.call("PUT", "/streams/cm_activity/mapping", body=body)

    assert answer.status == (400 if body == "{" else 422)


def test_an_unknown_stream_has_no_mapping(product):
    assert product.gateway.get("/streams/cm_other/mapping").status == 404
    assert put_mapping(product, OPENS_BY_CITY, "cm_other").status == 404


def test_a_new_mapping_counts_for_history_and_is_reprojected_once(product):
    people = [f"p{number}@example.com" for number in range(30)]
    deliver(
        product, *(make_fact(email, minute=minute, city="Oslo") for email in people for minute in range(3))
    )
    put_mapping(product, OPENS_BY_CITY)
    assert product.profile(people[0]).json["fields"]["cities"] == {"Oslo": 3}

    started = product.gateway.post("/streams/reproject")
    again = product.gateway.post("/streams/reproject")
    product.pump(twice=True)

    state = product.gateway.get("/streams/reproject").json
    assert (started.status, started.json["status"], again.status) == (202, "running", 409)
    assert (state["status"], state["addresses"]) == ("completed", {"done": 30, "total": 30})
    assert state["started_at"] <= state["finished_at"]


def test_a_reprojection_whose_messages_are_dead_letters_is_told_as_stalled_and_can_be_started_again(product):
    deliver(product, make_fact())
    product.gateway.post("/streams/reproject")
    product.quick.sqs.queues[product.names["BulkQueue"]].clear()
    product.later(minutes=20)

    stalled = product.gateway.get("/streams/reproject").json
    again = product.gateway.post("/streams/reproject")
    product.pump()

    assert stalled["status"] == "stalled"
    assert "nothing has moved since" in stalled["message"]
    assert again.status == 202
    assert product.gateway.get("/streams/reproject").json["status"] == "completed"
