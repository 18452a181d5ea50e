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


def announce_without_condition(operation, request):
    is_first = operation == "put_item" and "pending" in request["Item"]
    is_further = operation == "update_item" and "ADD" in request["UpdateExpression"]
    return without_condition(request) if is_first or is_further else request


def fold_without_condition(operation, request):
    is_fold = operation == "update_item" and "#parts" in request["UpdateExpression"]
    return without_condition(request) if is_fold else request


def put_without_announcing(operation, request):
    """Of several rows, only the first is announced."""
    if operation == "put_item" and "pending" in request["Item"]:
        return request | {"Item": request["Item"] | {"pending": first(request["Item"]["pending"])}}
    if operation != "update_item" or "ADD" not in request["UpdateExpression"]:
        return request
    values = request["ExpressionAttributeValues"]
    return request | {"ExpressionAttributeValues": {name: first(value) for name, value in values.items()}}


def first(value):
    """Of a set, one element."""
    return {"BS": value["BS"][:1]} if "BS" in value else value


def put_without_condition(operation, request):
    is_fact = operation == "put_item" and request["Item"]["key"]["S"].startswith("row#")
    return without_condition(request) if is_fact else request


def snapshot_without_condition(operation, request):
    is_snapshot = (
        (request.get("Item") or request.get("Key", {})).get("key", {}).get("S", "").startswith("user#")
    )
    return without_condition(request) if is_snapshot else request


def amend_without_voiding(operation, request):
    return _with_head_change(operation, request, ", #void = :yes", "")


def amend_without_moving_the_fold(operation, request):
    return _with_head_change(operation, request, "#fold = :next", "#fold = :fold")


def _with_head_change(operation, request, text, other):
    if operation != "transact_write_items":
        return request
    update, put = request["TransactItems"]
    change = update["Update"]["UpdateExpression"].replace(text, other)
    return {"TransactItems": [{"Update": pruned(update["Update"] | {"UpdateExpression": change})}, put]}


FOUND = (AssertionError, LyticsCmError)
"""A wrong profile, or one that cannot be read any more because a part of it is gone."""
GUARDS = [
    announce_without_condition,
    fold_without_condition,
    put_without_announcing,
    put_without_condition,
    snapshot_without_condition,
    amend_without_voiding,
    amend_without_moving_the_fold,
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
