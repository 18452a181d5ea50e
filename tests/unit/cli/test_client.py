"""The client follows cursors as far as it is asked to, and trusts no answer to be one of ours."""

import pytest

from lytics_cm_cli.client import Api, Refused, Unreachable, to
from simulators.http import Response, Server

ITEMS = [{"id": str(number)} for number in range(5)]


@pytest.fixture
def api():
    """Lists five items, two a page; `/circle` never ends, `/odd` is no list, `/busy` has no time at first."""
    tries = []

    def answer(request):
        if request.path == "/busy":
            tries.append(request)
            return Response.of({"items": [], "cursor": None}, 503 if len(tries) < 3 else 200)
        if request.path == "/gone":
            return Response.of({"message": "gone", "details": "odd"}, 404)
        if request.path == "/odd":
            return Response.of(["items"])
        start = int(request.query.get("cursor", 0))
        following = "0" if request.path == "/circle" else str(start + 2) if start + 2 < len(ITEMS) else None
        return Response.of({"items": ITEMS[start : start + 2], "cursor": following, "totals": {"of": start}})

    server = Server(answer, 0)
    yield Api(server.url, "token")
    server.close()


@pytest.mark.parametrize(
    ("most", "count", "rest"),
    [(None, 5, {"cursor": None}), (5, 5, {"cursor": None}), (4, 4, {"cursor": "4", "more": True})],
)
def test_a_list_is_followed_as_far_as_it_is_wanted(api, most, count, rest):
    assert api.listed("/list", most) == {"items": ITEMS[:count], "totals": {"of": 0}, **rest}


def test_a_page_that_is_cut_has_no_cursor_for_there_is_none_of_that_place(api):
    assert api.listed("/list", 3) == {"items": ITEMS[:3], "totals": {"of": 0}, "cursor": None, "more": True}


@pytest.mark.parametrize("path", ["/circle", "/odd"])
def test_a_list_that_never_ends_or_is_none_is_not_ours(api, path):
    with pytest.raises(Unreachable):
        api.listed(path)


def test_reading_is_tried_again_while_aws_asks_for_patience(api):
    assert api.listed("/busy")["items"] == []


def test_what_is_refused_is_told_whatever_it_says(api):
    with pytest.raises(Refused, match="gone") as refused:
        api.get("/gone")

    assert (refused.value.status, refused.value.details, refused.value.request_id) == (404, [], None)


def test_a_path_may_hold_anything():
    assert to("profiles", "a/b?c#d@e.f") == "/profiles/a%2Fb%3Fc%23d%40e.f"
    assert to("\udcff") == "/%3F"
