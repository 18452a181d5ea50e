"""Lytics' audiences, scan, profiles, and the triggers it posts."""

import base64
import http.client
import json
from urllib.parse import quote

import pytest

from simulators.http import Response, Server
from simulators.lytics import Lytics

MARCH = 1_709_649_000.872


@pytest.fixture
def lytics():
    with Lytics(audiences={"vip": "VIP", "spring_buyers": "Spring Buyers"}) as lytics:
        yield lytics


@pytest.fixture
def get(lytics):
    def get(target, token=lytics.token):
        connection = http.client.HTTPConnection(lytics.url.removeprefix("http://"), timeout=10)
        try:
            connection.request("GET", target, headers={"Authorization": token} if token else {})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    return get


@pytest.fixture
def posts():
    """What our endpoint got; it answers with the statuses put into `.answers`, then 200."""

    class Posts(list):
        def __init__(self):
            super().__init__()
            self.answers, self.url = [], ""

    posts = Posts()

    def receive(request):
        status = posts.answers.pop(0) if posts.answers else 200
        posts.append((status, request.headers.get("x-webhook-secret"), json.loads(request.body)))
        return Response(status)

    with Server(receive) as server:
        posts.url = f"{server.url}/trigger"
        yield posts


def test_the_schema_has_what_was_declared_and_what_somebody_has(lytics, get):
    lytics.add_field("visits", "int", description="Visits")
    lytics.person("a@example.com", city="Ulm")

    status, body = get("/v2/schema/user/field")

    assert (status, body["status"], body["message"]) == (200, 200, "success")
    assert [(one["name"], one["type"], one["shortdesc"]) for one in body["data"]] == [
        ("email", "string", "Email Address"),
        ("name", "string", "Name"),
        ("visits", "int", "Visits"),
        ("city", "string", ""),
    ]
    assert get("/v2/schema/user/field", token="wrong")[0] == 401


def test_audiences_are_listed_in_the_envelope_by_both_versions(lytics, get):
    lytics.place("a@example.com", "vip")
    lytics.add_audience("block", kind="aspect")

    for path in ("/v2/segment", "/api/segment"):
        status, body = get(f"{path}?table=user&sizes=true")
        told = [(each["slug_name"], each["name"], each["size"]) for each in body["data"]]
        assert (status, body["status"], body["message"]) == (200, 200, "success")
        assert told == [("vip", "VIP", 1), ("spring_buyers", "Spring Buyers", 0)]
    assert get("/api/segment/vip")[1]["data"]["id"] == lytics.account.audiences["vip"].id
    assert get(f"/v2/segment/{lytics.account.audiences['vip'].id}")[1]["data"]["slug_name"] == "vip"


def test_a_token_is_raw_and_must_be_known_and_allowed(lytics, get):
    unauthorized = {"data": None, "message": "Not authorized", "status": 401}

    assert get("/api/segment", token=None) == (401, unauthorized)
    assert get("/api/segment", token=f"Bearer {lytics.token}") == (401, unauthorized)
    assert get(f"/api/segment?access_token={lytics.token}", token=None)[0] == 200
    assert get("/api/segment", token=lytics.weak_token())[0] == 403
    assert get("/api/segment/nothing")[0] == 404
    assert get("/api/nothing")[0] == 404


def scan(get, slug, **query):
    rows, start = [], ""
    while True:
        parameters = "&".join(f"{name}={value}" for name, value in query.items())
        status, body = get(f"/api/segment/{slug}/scan?{parameters}&start={quote(start)}")
        assert status == 200
        rows += body["data"]
        start = body["_next"]
        if not start:
            return rows, body["total"]


def test_a_scan_gives_every_member_once_with_the_fields_wanted(lytics, get):
    for number in range(250):
        lytics.place(lytics.person(f"{number}@example.com", name=f"N{number}", score=number), "vip")
    lytics.place(lytics.person(name="No Address"), "vip")

    rows, total = scan(get, "vip", limit=100, fields="email,score")

    assert total == 251
    assert rows == [*({"email": f"{n}@example.com", "score": n} for n in range(250)), {}]
    assert len([call for call in lytics.calls if "scan" in call.path]) == 3


def test_a_scan_page_has_ten_people_unless_told_and_at_most_a_hundred(lytics, get):
    for number in range(20):
        lytics.place(f"{number}@example.com", "vip")

    assert len(get("/api/segment/vip/scan")[1]["data"]) == 10
    assert get("/api/segment/vip/scan?limit=101")[0] == 400


def test_a_cursor_can_be_used_again_until_it_expires(lytics, get):
    for number in range(20):
        lytics.place(f"{number}@example.com", "vip")
    start = quote(get("/api/segment/vip/scan")[1]["_next"])
    lytics.exit("3@example.com", "vip")

    again = [get(f"/api/segment/vip/scan?start={start}")[1]["data"] for _ in range(2)]
    lytics.expire_cursors()

    assert again[0] == again[1]
    assert [row["email"] for row in again[0]] == [f"{n}@example.com" for n in range(10, 20)]
    assert get(f"/api/segment/vip/scan?start={start}")[0] == 400
    assert get(f"/api/segment/vip/scan?start={base64.b64encode(b'x').decode()}")[0] == 400


def test_a_profile_is_found_by_its_address(lytics, get):
    lytics.place(lytics.person("Jane+x@Example.com", name="Jane"), "vip")

    status, body = get("/api/entity/user/email/jane%2Bx%40example.com?segments=true")

    assert (status, body["data"]["name"], body["data"]["segments"]) == (200, "Jane", ["vip"])
    assert get("/api/entity/user/email/nobody@example.com")[0] == 404


def test_a_trigger_says_who_entered_what_and_when(lytics, posts):
    job = lytics.subscribe(posts.url, ["vip"], headers={"X-Webhook-Secret": "s"})
    lytics.enter(lytics.person("jane@example.com", name="Jane"), "vip", at=MARCH)
    lytics.enter("jane@example.com", "spring_buyers")

    lytics.post_triggers()

    ((status, secret, body),) = posts
    vip = lytics.account.audiences["vip"]
    assert (status, secret) == (200, "s")
    assert body["id"].isdigit()
    assert body["data"] == {
        "email": "jane@example.com",
        "name": "Jane",
        "segment_events": [
            {"id": vip.id, "slug": "vip", "event": "enter", "enter": "2024-03-05T14:30:00.872000000Z"}
        ],
    }
    assert (body["meta"]["object"], body["meta"]["subscription_id"]) == ("user", job.id)


@pytest.mark.parametrize(
    ("message_format", "members"),
    [
        ("cloudevents", {"specversion", "id", "source", "type", "datacontenttype", "time", "data"}),
        ("old", {"email", "segment_events"}),
        ("new", {"id", "data", "meta"}),
    ],
)
def test_each_format_has_its_members(lytics, posts, message_format, members):
    lytics.subscribe(posts.url, message_format=message_format)
    lytics.enter("a@example.com", "vip")
    lytics.exit("a@example.com", "vip")

    lytics.post_triggers()

    assert [set(body) for _, _, body in posts] == [members, members]


def test_a_batch_is_an_array_of_so_many(lytics, posts):
    lytics.subscribe(posts.url, message_format="batch", batch_size=3)
    for number in range(7):
        lytics.enter(f"{number}@example.com", "vip")

    lytics.post_triggers()

    assert [len(body) for _, _, body in posts] == [3, 3, 1]


def test_only_the_chosen_fields_and_events_are_sent(lytics, posts):
    lytics.subscribe(posts.url, user_fields=["email"], events=("exit",))
    lytics.enter(lytics.person("a@example.com", name="A"), "vip")
    lytics.exit("a@example.com", "vip", at=MARCH)

    lytics.post_triggers()

    ((_, _, body),) = posts
    assert set(body["data"]) == {"email", "segment_events"}
    assert body["data"]["segment_events"][0]["exit"] == "2024-03-05T14:30:00.872000000Z"


def test_a_refusal_is_final_for_400_and_tried_again_for_others(lytics, posts):
    lytics.subscribe(posts.url)
    posts.answers = [400, 503, 204]
    lytics.enter("a@example.com", "vip")
    lytics.enter("b@example.com", "vip")

    lytics.post_triggers()

    tried = [(status, body["data"]["email"]) for status, _, body in posts]
    assert tried == [(400, "a@example.com"), *((status, "b@example.com") for status in (503, 204, 200))]


def test_however_they_stray_every_trigger_arrives(lytics, posts):
    lytics.manner.repeat, lytics.manner.late, lytics.manner.shuffle = 0.3, 0.4, True
    lytics.subscribe(posts.url)
    expected = {f"{number}@example.com" for number in range(50)}
    for email in expected:
        lytics.enter(email, "vip")

    left = lytics.post_all_triggers()

    assert (left, {body["data"]["email"] for _, _, body in posts}) == (0, expected)
    assert len(posts) > 50


def test_faults_speak_lytics_envelope(lytics, get):
    lytics.faults.script("429", "scan")

    assert get("/api/segment/vip/scan") == (
        429,
        {"data": None, "message": "Too many requests, try again later.", "status": 429},
    )
