"""The histories notice when a guard is missing: each is broken on purpose, at the edge, and must be found out."""

import re

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lytics_cm.errors import LyticsCmError
from tests.store.conftest import memory
from tests.store.histories import batches, choices, many, orders, play


def without_condition(request):
    """The write goes through whatever happened meanwhile."""
    return pruned({name: value for name, value in request.items() if name != "ConditionExpression"})


def pruned(request):
    """Without the names and values that nothing uses any more: DynamoDB would refuse them."""
    text = " ".join(request.get(name, "") for name in ("UpdateExpression", "ConditionExpression"))
    words = set(re.findall(r"[#:]\w+", text))
    used = {
        name: {word: request[name][word] for word in request[name] if word in words}
        for name in ("ExpressionAttributeValues", "ExpressionAttributeNames")
        if name in request
    }
    return request | used


def key_of(request):
    return (request.get("Item") or request.get("Key", {})).get("key", {}).get("S", "")


def insert_without_condition(operation, request):
    is_insert = operation == "put_item" and key_of(request).startswith("leaf#")
    return without_condition(request) if is_insert else request


def change_without_condition(operation, request):
    is_change = operation == "update_item" and key_of(request).startswith("leaf#")
    return without_condition(request) if is_change else request


def without_claim(request, *attributes):
    """The change is made whatever these attributes are by now."""
    names = [name for name, told in request["ExpressionAttributeNames"].items() if told in attributes]
    claims = request["ConditionExpression"].split(" AND ")
    kept = [one for one in claims if one.split(" =")[0] not in names]
    return pruned(request | {"ConditionExpression": " AND ".join(kept)})


def change_of_any_revision(operation, request):
    is_change = operation == "update_item" and key_of(request).startswith("leaf#")
    return without_claim(request, "rev") if is_change else request


def is_plain(request):
    return "email" in (request.get("Item") or request.get("Key", {})) and not key_of(request)


def plain_insert_without_condition(operation, request):
    return without_condition(request) if operation == "put_item" and is_plain(request) else request


def plain_of_fewer_rows(operation, request):
    """An item made from fewer rows replaces one made from more."""
    is_change = operation == "update_item" and is_plain(request)
    return without_claim(request, "version") if is_change else request


FOUND = (AssertionError, LyticsCmError)
"""A wrong profile, or one that cannot be read any more because a part of it is gone."""
FEW = st.lists(st.lists(many, min_size=1, max_size=1), min_size=2, max_size=6)
"""Batches of a row each: most of what happens is that profiles are written."""
GUARDS = [
    insert_without_condition,
    change_without_condition,
    change_of_any_revision,
    plain_insert_without_condition,
    plain_of_fewer_rows,
]


@pytest.mark.parametrize("spoil", GUARDS, ids=lambda spoil: spoil.__name__)
def test_a_missing_guard_is_found_out(spoil):
    deliveries, order = (FEW, st.just([])) if "plain" in spoil.__name__ else (batches, orders)

    @settings(
        max_examples=4000,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(deliveries, order, choices)
    def check(rows, numbers, plays):
        play(memory(), rows, numbers, plays, spoil=spoil)

    with pytest.raises(FOUND):
        check()
