"""The stand-in for DynamoDB copies a whole table deeply for every action of a transaction; here it copies it once."""

import copy
from collections import defaultdict
from types import SimpleNamespace

from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend, Table

_transact = DynamoDBBackend.transact_write_items
_copies = {}


def _once(backend, transact_items):
    _copies.clear()
    try:
        return _transact(backend, transact_items)
    finally:
        _copies.clear()


def _deepcopy(value):
    if not isinstance(value, Table):
        return copy.deepcopy(value)
    if id(value) not in _copies:
        _copies[id(value)] = _twin(value)
    return _copies[id(value)]


def _twin(table):
    """What a rollback needs: other containers, the same values."""
    twin = copy.copy(table)
    twin.items = defaultdict(dict)
    for key, found in table.items.items():
        twin.items[key] = (
            {name: _item(one) for name, one in found.items()} if table.has_range_key else _item(found)
        )
    return twin


def _item(item):
    twin = copy.copy(item)
    twin.attrs = type(item.attrs)()
    dict.update(twin.attrs, item.attrs)
    return twin


def install():
    """Have all transactions of this process copy once; repeatable."""
    DynamoDBBackend.transact_write_items = _once
    models.copy = SimpleNamespace(deepcopy=_deepcopy, copy=copy.copy)
