"""What DynamoDB takes: how it counts an item's bytes, and what is too much. `tests/store/test_limits.py` asks DynamoDB Local.

Limits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
Sizes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
Batches: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/, API_BatchGetItem, API_BatchWriteItem,
API_TransactWriteItems and API_BatchExecuteStatement. 1 KB is 1,024 bytes.
"""

from decimal import Decimal

from tests.aws.dynamodb.expressions import Invalid

KB = 1024
MB = 1024 * KB
MAX_ITEM_BYTES = 400 * KB
MAX_PAGE_BYTES = MB
"""Of a query or scan."""
MAX_PARTITION_KEY_BYTES = 2048
MAX_SORT_KEY_BYTES = 1024
MAX_LEVELS = 32
"""Of lists, maps and what is in them."""
MAX_DIGITS = 38
MAX_TRANSACTION_BYTES = 4 * MB
MAX_BATCH_BYTES = 16 * MB
"""Of a BatchWriteItem, and of what a BatchGetItem gives; the rest of the latter stays unprocessed."""
MOST = {"BatchWriteItem": 25, "BatchGetItem": 100, "TransactWriteItems": 100, "BatchExecuteStatement": 25}
SETS = ("SS", "NS", "BS")
WRITE_UNIT_BYTES = KB


class Oversized(Invalid):
    """An item that is too large to be stored."""


def size_of(item):
    """Bytes of an item as DynamoDB counts them: names and values."""
    return sum(len(name.encode()) + size_of_value(value) for name, value in item.items())


def size_of_value(value):
    ((kind, inner),) = value.items()
    if kind in SETS:
        return sum(size_of_value({kind[0]: one}) for one in inner)
    return SIZES.get(kind, lambda _: 1)(inner)


def _size_of_number(text):
    """A byte for two significant digits, and one; a negative number takes one more."""
    digits = text.strip("0") if text.isdecimal() else _digits(text)
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")


def _digits(text):
    return "".join(map(str, Decimal(text).as_tuple().digits)).strip("0")


SIZES = {
    "S": lambda text: len(text.encode()),
    "N": _size_of_number,
    "B": len,
    "M": lambda members: 3 + len(members) + size_of(members),
    "L": lambda members: 3 + sum(1 + size_of_value(one) for one in members),
}
"""By type; yes, no and nothing take a byte."""


def units(size, *, in_transaction=False):
    """Write units of an item."""
    return max(1, -(-size // WRITE_UNIT_BYTES)) * (2 if in_transaction else 1)


def check_item(item):
    """Raises `Invalid` when DynamoDB would not store it."""
    for value in item.values():
        _check_value(value, 0)
    if size_of(item) > MAX_ITEM_BYTES:
        raise Oversized("Item size has exceeded the maximum allowed size")


def _check_value(value, level):
    ((kind, inner),) = value.items()
    if kind in SETS:
        _check_set(kind, inner)
    elif kind in ("M", "L"):
        if level == MAX_LEVELS - 1:
            raise Invalid("Nesting Levels have exceeded supported limits")
        for one in inner.values() if kind == "M" else inner:
            _check_value(one, level + 1)
    elif kind == "N":
        _check_number(inner)


def _check_set(kind, members):
    if not members:
        raise Invalid("One or more parameter values were invalid: a set may not be empty")
    if len(set(members)) < len(members):
        raise Invalid("One or more parameter values were invalid: Input collection contains duplicates")
    if kind == "NS":
        for one in members:
            _check_number(one)


def _check_number(text):
    if text.isdecimal() and len(text) <= MAX_DIGITS:
        return
    number = Decimal(text)
    if not number.is_finite() or len(_digits(text)) > MAX_DIGITS or abs(number) >= Decimal("1E126"):
        raise Invalid(f"A number cannot be stored: {text[:MAX_DIGITS]}")


def check_key(name, value, kind, most):
    """A key attribute's value: of the declared type, not empty, not too long. Raises `Invalid`."""
    ((found, inner),) = value.items()
    if kind and found != kind:
        raise Invalid(f"One or more parameter values were invalid: Type mismatch for key {name}")
    if found == "N":
        return
    if not inner:
        raise Invalid(f"One or more parameter values are not valid: the key {name} is empty")
    if len(inner.encode() if found == "S" else inner) > most:
        raise Invalid(
            f"One or more parameter values were invalid: the key {name} is longer than {most} bytes"
        )


def check_count(operation, count):
    """How much one request may ask for. Raises `Invalid`."""
    if not 0 < count <= MOST[operation]:
        raise Invalid(f"{operation} takes 1 to {MOST[operation]} members, not {count}")
