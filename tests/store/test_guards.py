"""The histories notice when a guard is missing: each is broken on purpose, at the edge, and must be found out."""

import re

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from lytics_cm.errors import LyticsCmError
from tests.store.conftest import memory
from tests.store.histories import batches, choices, orders, play


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


def change_of_any_revision(operation, request):
    """Only the life is compared."""
    condition = request.get("ConditionExpression", "")
    if operation != "update_item" or "rev" not in str(request.get("ExpressionAttributeNames")):
        return request
    rev = next(name for name, told in request["ExpressionAttributeNames"].items() if told == "rev")
    kept = [one for one in condition.split(" AND ") if not one.startswith(f"{rev} =")]
    return pruned(request | {"ConditionExpression": " AND ".join(kept)})


def is_plain(request):
    return "fields" in request.get("Item", {})


def plain_without_condition(operation, request):
    return without_condition(request) if operation == "put_item" and is_plain(request) else request


def plain_of_fewer_rows(operation, request):
    """An item made from fewer rows replaces one made from more."""
    if operation != "put_item" or not is_plain(request):
        return request
    return request | {
        "ConditionExpression": request["ConditionExpression"].replace(
            "#version < :version", "#version <> :version"
        )
    }


def plain_of_an_earlier_mapping(operation, request):
    if operation != "put_item" or not is_plain(request):
        return request
    return request | {
        "ConditionExpression": request["ConditionExpression"]
        .replace("#since <= :since", "#since <> :since")
        .replace("#since < :since", "#since <> :since")
    }


FOUND = (AssertionError, LyticsCmError)
"""A wrong profile, or one that cannot be read any more because a part of it is gone."""
GUARDS = [
    insert_without_condition,
    change_without_condition,
    change_of_any_revision,
    plain_without_condition,
    plain_of_fewer_rows,
    plain_of_an_earlier_mapping,
]


@pytest.mark.parametrize("spoil", GUARDS, ids=lambda spoil: spoil.__name__)
def test_a_missing_guard_is_found_out(spoil):
    @settings(
        max_examples=4000,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(batches, orders, choices)
    def check(deliveries, order, plays):
        play(memory(), deliveries, order, plays, spoil=spoil)

    with pytest.raises(FOUND):
        check()
