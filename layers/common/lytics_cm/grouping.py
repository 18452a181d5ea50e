"""How things that come one after the other are put into groups of a largest size."""

import math
from collections.abc import Callable, Iterable, Iterator


def grouped[T](
    items: Iterable[T], size: Callable[[T], int], limit: int, most: float = math.inf
) -> Iterator[list[T]]:
    """Groups in order, each of at most `limit` in `size` and `most` in number; a larger item stands alone."""
    group: list[T] = []
    total = 0
    for item in items:
        own = size(item)
        if group and (len(group) == most or total + own > limit):
            yield group
            group, total = [], 0
        group.append(item)
        total += own
    if group:
        yield group
